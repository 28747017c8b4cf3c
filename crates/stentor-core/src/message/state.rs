//! The states of a message and the reasons of waiting, as one closed set each. `docs/states.md` draws them.

use crate::outcome::WaitKind;

/// Where a message stands. Ranks only go up: sent < delivered < read < played; evidence beats a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Committed and due at once; next: sending.
    Accepted,
    /// Queued for a later time, for a [`WaitReason`]; next: sending, failed, dropped or expired.
    Waiting,
    /// The request is leaving or has left; next: sent, waiting, failed or unknown.
    Sending,
    /// Nobody knows whether the upstream took it; next: sent by evidence, or by the channel's policy failed or waiting.
    Unknown,
    /// The upstream took it; next: delivered, read, played, failed or expired.
    Sent,
    /// On the phone; next: read or played.
    Delivered,
    /// Seen by the person; the end, but for a voice message.
    Read,
    /// A voice message the person listened to; the end.
    Played,
    /// Will not arrive, for [`super::Message::code`]; only evidence of delivery changes that.
    Failed,
    /// Its time ran out; undetermined when the upstream had it.
    Expired,
    /// Stopped by a policy of the business before it left.
    Dropped,
    /// Kept back on purpose by the randomised holdout; never sent.
    HeldOut,
}

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 12] = [
        Self::Accepted,
        Self::Waiting,
        Self::Sending,
        Self::Unknown,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
        Self::Expired,
        Self::Dropped,
        Self::HeldOut,
    ];

    /// The word in the store, the timeline and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
            Self::HeldOut => "held_out",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }

    /// In our queue: it has not left, and stopping it is always safe.
    #[must_use]
    pub const fn is_queued(self) -> bool {
        matches!(self, Self::Accepted | Self::Waiting)
    }

    /// Nothing more is expected of us.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Read | Self::Played | Self::Failed | Self::Expired | Self::Dropped | Self::HeldOut
        )
    }
}

/// Why a message waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// The template still syncs with the ad account.
    Sync,
    /// Held for the template's quality assessment.
    Quality,
    /// The template is paced.
    Pacing,
    /// The channel's messages per second are used up.
    Rate,
    /// Too many to this person from this channel.
    Pair,
    /// The person has had the most that the cap allows.
    Cap,
    /// Night at the recipient's.
    QuietHours,
    /// A better slot was chosen.
    Slot,
    /// A refused or failed attempt is tried again.
    Retry,
    /// The upstream asked us to slow down.
    UpstreamLimit,
    /// The budget is used up.
    Budget,
    /// The template is paused.
    Paused,
    /// It was in the queue of a backup and may have left since: a person decides ([`super::doubt_restored`]).
    Restored,
}

impl WaitReason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::Sync,
        Self::Quality,
        Self::Pacing,
        Self::Rate,
        Self::Pair,
        Self::Cap,
        Self::QuietHours,
        Self::Slot,
        Self::Retry,
        Self::UpstreamLimit,
        Self::Budget,
        Self::Paused,
        Self::Restored,
    ];

    /// The word in the store and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Quality => "quality",
            Self::Pacing => "pacing",
            Self::Rate => "rate",
            Self::Pair => "pair",
            Self::Cap => "cap",
            Self::QuietHours => "quiet_hours",
            Self::Slot => "slot",
            Self::Retry => "retry",
            Self::UpstreamLimit => "upstream_limit",
            Self::Budget => "budget",
            Self::Paused => "paused",
            Self::Restored => "restored",
        }
    }

    /// In words, for the timeline; empty where the word says it.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Pair => "too many messages to this person at once: one every 6 s, up to 45 borrowed ahead",
            Self::Cap => "the person has had as much marketing as WhatsApp or the account's own cap allows",
            Self::UpstreamLimit => "the business has begun with as many people as its messaging limit allows",
            _ => "",
        }
    }

    /// The reason of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == word)
    }
}

impl From<WaitKind> for WaitReason {
    fn from(kind: WaitKind) -> Self {
        match kind {
            WaitKind::Retry => Self::Retry,
            WaitKind::UpstreamLimit => Self::UpstreamLimit,
            WaitKind::Pair => Self::Pair,
            WaitKind::Sync => Self::Sync,
            WaitKind::Paused => Self::Paused,
            WaitKind::Cap => Self::Cap,
        }
    }
}
