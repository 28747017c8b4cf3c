//! Identities as types: no bare number or string names a thing inside the house.
//! Account, channel and template ids are the decimal ids Meta prints; message ids are ours and ordered by time.

use std::fmt;

use crate::time::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    };
}

id!(
    /// An account: the WhatsApp Business Account (WABA) id, as in `entry[].id` of its webhooks.
    AccountId
);
id!(
    /// A business portfolio: owns accounts; terms and limits are its own.
    BusinessId
);
id!(
    /// A channel: the business number's phone-number id. One channel has one API key at a time.
    ChannelId
);
id!(
    /// A template: Meta's id of one (name, language) of an account.
    TemplateId
);
id!(
    /// An endpoint: one customer URL that outgoing webhooks are delivered to.
    EndpointId
);
id!(
    /// An event that is not a message's status (template update, account update, forwarded inbound): its row id.
    NoticeId
);
id!(
    /// A delivery: one event on its way to one endpoint (the outbox row's id, in order of commit).
    DeliveryId
);
id!(
    /// A medium: what `POST /media` answers and a send names; 16 digits, not guessable, always positive.
    MediaId
);
id!(
    /// A person as seen by one account: 64-bit keyed hash of (account, canonical wa_id or BSUID). Not reversible.
    RecipientKey
);

impl AccountId {
    /// No account: what belongs to the installation as a whole. Ids of accounts are positive.
    pub const INSTALLATION: Self = Self(0);
}

/// A message: 41 bits of milliseconds since 2020-01-01, 10 bits of node, 12 bits of sequence; always positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub i64);

/// 2020-01-01T00:00:00Z in Unix milliseconds: 41 bits from here last until 2089.
const EPOCH_MILLIS: i64 = 1_577_836_800_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

impl MessageId {
    /// When the message was accepted, as the id tells it: to the millisecond.
    #[must_use]
    pub const fn accepted_at(self) -> Timestamp {
        Timestamp::from_millis((self.0 >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MILLIS)
    }

    /// The smallest id a message accepted at `t` can have: a cursor for ranges of time.
    #[must_use]
    pub const fn first_at(t: Timestamp) -> Self {
        let millis = t.millis() - EPOCH_MILLIS;
        Self((if millis < 0 { 0 } else { millis }) << (NODE_BITS + SEQUENCE_BITS))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes message ids for one node: strictly increasing, also when the clock stands still or steps back.
#[derive(Debug)]
pub struct IdGenerator {
    node: i64,
    last: i64,
}

impl IdGenerator {
    /// `node`: 0..=1023 (0 on SQLite). `last`: the largest id the store holds, so that a restart cannot repeat one.
    #[must_use]
    pub fn new(node: u16, last: Option<MessageId>) -> Self {
        let node = i64::from(node) & ((1 << NODE_BITS) - 1);
        Self { node: node << SEQUENCE_BITS, last: last.map_or(0, |id| id.0) }
    }

    /// The next id for a message accepted at `now`. More than 4,096 in one millisecond borrow from the next one.
    ///
    /// ```
    /// use stentor_core::{id::IdGenerator, time::Timestamp};
    /// let mut ids = IdGenerator::new(0, None);
    /// let now = Timestamp::from_millis(1_800_000_000_000);
    /// let (a, b) = (ids.next(now), ids.next(now));
    /// assert!(a < b);
    /// assert_eq!(a.accepted_at(), now);
    /// assert!(ids.next(Timestamp::from_millis(1_700_000_000_000)) > b);
    /// ```
    pub fn next(&mut self, now: Timestamp) -> MessageId {
        let first = MessageId::first_at(now).0 | self.node;
        let sequence_mask = (1_i64 << SEQUENCE_BITS) - 1;
        self.last = if first > self.last {
            first
        } else if self.last & sequence_mask == sequence_mask {
            (((self.last >> (NODE_BITS + SEQUENCE_BITS)) + 1) << (NODE_BITS + SEQUENCE_BITS)) | self.node
        } else {
            self.last + 1
        };
        MessageId(self.last)
    }
}
