//! What happened to a message: rows exist only for what is reported to the customer or explains something.

use crate::time::Timestamp;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The upstream's `sent`.
    Sent,
    /// The upstream's `delivered`.
    Delivered,
    /// The upstream's `read`.
    Read,
    /// The upstream's `played`: a voice message was listened to.
    Played,
    /// It failed; the event's code says why.
    Failed,
    /// It waits; the event's detail is the reason's word and until when.
    Waiting,
    /// A send whose outcome nobody knows.
    Unknown,
    /// An unknown was settled by evidence or by policy.
    Settled,
    /// Its time ran out.
    Expired,
    /// Stopped by a policy of the business.
    Dropped,
    /// A second upstream id for one message: it was sent twice.
    Double,
    /// The person answered it; the detail says how, never in whose words.
    Answered,
    /// Accepted with something worth knowing (unknown field ignored, no score, TTL shortened).
    Note,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
        Self::Waiting,
        Self::Unknown,
        Self::Settled,
        Self::Expired,
        Self::Dropped,
        Self::Double,
        Self::Answered,
        Self::Note,
    ];

    /// The word in the store and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
            Self::Settled => "settled",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
            Self::Double => "double",
            Self::Answered => "answered",
            Self::Note => "note",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }
}

/// One thing that happened to one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened (for statuses: the upstream's time).
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The error code, for failures.
    pub code: Option<u32>,
    /// Why, in words or as the reason's word; never an address or a body.
    pub detail: Option<String>,
    /// Whether the customer's endpoints hear of it: then the store adds it to the outbox in the same transaction.
    pub report: bool,
}

impl Event {
    /// An event that explains and is not reported.
    #[must_use]
    pub fn note(at: Timestamp, kind: EventKind, detail: impl Into<String>) -> Self {
        Self { at, kind, code: None, detail: Some(detail.into()), report: false }
    }

    /// A failure that the customer hears of.
    pub(crate) fn failed(at: Timestamp, code: u32, detail: impl Into<String>) -> Self {
        Self { at, kind: EventKind::Failed, code: Some(code), detail: Some(detail.into()), report: true }
    }
}
