//! Outgoing webhooks: what is due to an endpoint and what became of it.

use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, NoticeId};
use stentor_core::message::{Event, Message};
use stentor_core::time::Timestamp;

/// One event due to one endpoint, with what its envelope needs.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The outbox row; in order of commit.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint: EndpointId,
    /// Tries so far.
    pub tries: u32,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// From then on it is given up.
    pub expires_at: Timestamp,
    /// What to say.
    pub item: DeliveryItem,
}

/// What a delivery says.
#[derive(Clone, Debug)]
pub enum DeliveryItem {
    /// A message's status.
    Status {
        /// The row.
        message: Box<Message>,
        /// The event's number within the message.
        seq: u32,
        /// What happened.
        event: Event,
        /// Canonical address; empty once erased.
        address: String,
        /// The customer's own callback data.
        opaque: Option<String>,
    },
    /// Anything else: the `value` of one change.
    Notice {
        /// Its row.
        id: NoticeId,
        /// `field` of the change.
        field: String,
        /// `value` of the change, as JSON text.
        value: String,
    },
}

/// A webhook that is not a message's status, to be committed with its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// Whose.
    pub account: AccountId,
    /// The channel it is about; `None`: the account.
    pub channel: Option<ChannelId>,
    /// `field` of the change.
    pub field: String,
    /// `value` of the change, as JSON text.
    pub value: String,
}

/// What became of one delivery attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The outbox row.
    pub id: DeliveryId,
    /// HTTP status, 0 when there was none.
    pub status: u16,
    /// How long the endpoint took, in milliseconds.
    pub took_ms: u32,
    /// Why it failed, in words; never the body.
    pub error: Option<String>,
    /// What to do with the row.
    pub verdict: DeliveryVerdict,
}

/// What to do with an outbox row after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryVerdict {
    /// 200: done, deleted.
    Delivered,
    /// Not before then; counts a try. Later events of the same message wait too.
    Retry(Timestamp),
    /// The endpoint is down: put back untouched.
    Back,
    /// Given up after the horizon: deleted and counted.
    Lost,
}

/// A row of the delivery log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLogRow {
    /// The delivery it was.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint: EndpointId,
    /// The message it told of, if one.
    pub message: Option<MessageId>,
    /// The event's number within the message.
    pub seq: Option<u32>,
    /// The notice, if not a message's.
    pub notice: Option<NoticeId>,
    /// When it was attempted.
    pub at: Timestamp,
    /// HTTP status, 0 when there was none.
    pub status: u16,
    /// In milliseconds.
    pub took_ms: u32,
    /// In words.
    pub error: Option<String>,
}

/// What waits for one endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows.
    pub rows: u64,
    /// When the oldest was queued.
    pub oldest_at: Option<Timestamp>,
    /// Rows given up so far: visible loss.
    pub lost: u64,
}
