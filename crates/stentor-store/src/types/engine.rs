//! What the engine's movers read and commit.

use std::time::Duration;

use stentor_core::admission::PersonLimits;
use stentor_core::id::{AccountId, BusinessId, ChannelId, MessageId, RecipientKey, TemplateId};
use stentor_core::learning::Decided;
pub use stentor_core::message::UpstreamStatus;
use stentor_core::message::{Change, Message, WaitReason};
use stentor_core::outcome::{Next, Outcome};
use stentor_core::rate::Pair;
use stentor_core::time::Timestamp;

use super::{Body, Person};

/// A message leased to the dispatcher, with the facts to decide about it once more.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The row as committed.
    pub message: Message,
    /// Its body.
    pub body: Body,
    /// What is known of the person.
    pub person: Person,
    /// The budget of the channel's pair with the person.
    pub pair: Pair,
}

/// A message that waits, as a plan looks at it.
#[derive(Clone, Debug)]
pub struct Waits {
    /// The row as committed.
    pub message: Message,
    /// Where it goes.
    pub address: String,
    /// The time zone that the person is known to be in.
    pub time_zone: Option<String>,
}

/// A channel's rate debited and the batch that begins under it, in one transaction.
#[derive(Clone, Debug)]
pub struct BeginSend {
    /// Whose.
    pub account: AccountId,
    /// The channel whose budget is debited.
    pub channel: ChannelId,
    /// Messages to begin, in order; at most as many begin as the bucket grants.
    pub messages: Vec<MessageId>,
    /// After this long without a result a send is in doubt.
    pub lease: Duration,
    /// Messages per second of the channel as configured.
    pub rate_per_s: u32,
    /// What is debited of each person.
    pub limits: PersonLimits,
    /// The business's messaging limit; `None`: it has none, or somebody else counts.
    pub portfolio: Option<Portfolio>,
    /// What was decided about each of the messages, in their order, where it may be learnt from; the rest may be left out.
    pub decided: Vec<Option<Box<Decided>>>,
}

impl BeginSend {
    /// Limited by the channel's rate alone.
    #[must_use]
    pub fn at_rate(
        (account, channel): (AccountId, ChannelId),
        messages: Vec<MessageId>,
        lease: Duration,
        rate_per_s: u32,
    ) -> Self {
        let limits = PersonLimits::default();
        Self { account, channel, messages, lease, rate_per_s, limits, portfolio: None, decided: Vec::new() }
    }
}

/// A business's messaging limit, for the messages of one [`BeginSend`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portfolio {
    /// Whose limit it is.
    pub business: BusinessId,
    /// How many people it may begin with in 24 hours.
    pub people_max: usize,
    /// Whom each of the messages goes to, in their order: the person as the business sees them, over all its accounts.
    pub people: Vec<RecipientKey>,
}

/// What [`BeginSend`] allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// Rows now in `sending`, in the order asked.
    pub messages: Vec<Message>,
    /// Released unsent, because another decision came first (no longer queued, not due, past its deadline), or another
    /// message took what the person had left.
    pub skipped: Vec<MessageId>,
    /// Put off, because the business may begin with nobody else for now.
    pub put_off: Vec<Change>,
    /// Not granted by the bucket: released to the queue.
    pub over_rate: Vec<MessageId>,
    /// The rate it was debited at: the channel's own, or what its upstream leaves of it.
    pub rate_per_s: u32,
    /// When the bucket has room again, if it refused any.
    pub wake_at: Option<Timestamp>,
    /// How long after `now` the first of `messages` leaves.
    pub first: Duration,
    /// How far apart the others leave.
    pub every: Duration,
}

/// The result of one attempt, with what the core decided from it.
#[derive(Clone, Debug)]
pub struct SendRecord {
    /// Which message.
    pub message: MessageId,
    /// Whose.
    pub account: AccountId,
    /// Which attempt (1 is the first).
    pub attempt: u32,
    /// What the upstream answered.
    pub outcome: Outcome,
    /// What comes next.
    pub next: Next,
    /// Whether the upstream's id is our own wamid (the simulated network in this process): then no row maps it.
    pub own_id: bool,
}

/// A queued message put off, failed or dropped by a decision between accept and send.
#[derive(Clone, Debug)]
pub enum QueueDecision {
    /// Not before then.
    Postpone {
        /// When to look again.
        until: Timestamp,
        /// Why.
        wait: WaitReason,
        /// More about it for the timeline; may be empty.
        why: String,
    },
    /// Never: with this code and detail, reported to the customer.
    Fail {
        /// The error code.
        code: u32,
        /// For people.
        detail: String,
    },
    /// Its time ran out in a twin: silent.
    ExpireSilently,
    /// A policy of the business stops it.
    Drop {
        /// The error code.
        code: u32,
        /// For people.
        detail: String,
    },
}

/// Whose wait may be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookAgain {
    /// What waits for a sync or the end of a pause, of any template.
    Stopped,
    /// What waits for this template: its sync, the end of its pause, the verdict that paces it.
    Template(TemplateId),
    /// What waits for room under a cap or the messaging limit.
    Limits,
    /// What waits for the end of quiet hours.
    Nights,
}

/// What one status did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusResult {
    /// It changed the message.
    Applied(MessageId),
    /// It told nothing new.
    Nothing(MessageId),
    /// No message is known by it yet: kept, and matched when one is.
    Parked,
}

/// The rows one engine transaction wrote; for wake-ups, metrics and the simulator's checkers.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// Every change, in order of commit.
    pub changes: Vec<Change>,
    /// Whether any delivery was queued, so that the notifier is woken.
    pub deliveries: bool,
    /// Channels whose mark was seen to come back for the first time: their registry row says `echo = yes` from now on.
    pub echoes: Vec<ChannelId>,
}
