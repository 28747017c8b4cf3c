//! What happens when nothing happens: a send without a result, an unknown at its deadline, a message the upstream
//! kept too long.

use super::send::{fail, unknown, wait_until};
use super::{Change, Event, EventKind, Message, State, WaitReason};
use crate::time::Timestamp;

/// What a channel does with an unknown when its deadline passes without evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownPolicy {
    /// Failed, and said so: never a second send (the default).
    AtMostOnce,
    /// Sent again; allowed only where the upstream is known to echo our mark.
    AtLeastOnce,
}

impl UnknownPolicy {
    /// The word in configuration and the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtMostOnce => "at_most_once",
            Self::AtLeastOnce => "at_least_once",
        }
    }

    /// The policy of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::AtMostOnce, Self::AtLeastOnce].into_iter().find(|p| p.as_str() == word)
    }
}

/// A send whose process is gone: nobody knows whether it left. Called once at start for every `sending` row.
pub fn rescue(message: &Message, now: Timestamp) -> Option<Change> {
    (message.state == State::Sending)
        .then(|| unknown(message, now, "the process ended during the send".to_owned()))
}

/// The message's own timer ran out (`due` in the states sending, unknown and sent).
///
/// - `sending`: no result within the lease; the outcome is unknown.
/// - `unknown`: at the deadline the policy decides; `silence_is_evidence` (echo proven and later messages of the
///   channel had statuses) lets `at_least_once` send again while time is left.
/// - `sent`: the upstream's TTL and an hour are over without a delivery: expired, undetermined, silent.
///
/// `None` when it is not due or not in one of these states.
pub fn on_timer(
    message: &Message,
    policy: UnknownPolicy,
    silence_is_evidence: bool,
    now: Timestamp,
) -> Option<Change> {
    match message.state {
        State::Unknown
            if silence_is_evidence && policy == UnknownPolicy::AtLeastOnce && now < message.deadline =>
        {
            let why = "no status although later messages had theirs: not taken".to_owned();
            let mut change = wait_until(message, now, WaitReason::Retry, why, now);
            change.events[0].kind = EventKind::Settled;
            Some(change)
        }
        _ if message.due.is_none_or(|due| due > now) => None,
        State::Sending => Some(unknown(message, now, "no answer within the lease".to_owned())),
        State::Unknown => Some(settle_by_policy(message, now)),
        State::Sent => {
            let event = Event::note(now, EventKind::Expired, "no delivery within the TTL; undetermined");
            Some(Change::new(
                Message { state: State::Expired, due: None, ended_at: Some(now), ..message.clone() },
                vec![event],
            ))
        }
        _ => None,
    }
}

/// At the deadline nothing may leave any more, whatever the policy: the end is `failed`, and it says what is not known.
fn settle_by_policy(message: &Message, now: Timestamp) -> Change {
    let detail = "whether it was sent is unknown and its time has run out; not sent again";
    let mut change = fail(message, crate::reason::EXPIRED, detail.to_owned(), now);
    let settled = Event::note(now, EventKind::Settled, "by policy at the deadline");
    change.events.insert(0, settled);
    change.message.events += 1;
    change
}
