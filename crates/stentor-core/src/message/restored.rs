//! After a restore: what was queued when the backup was taken may have left since. It is held until a person says what
//! is true of it; evidence settles it all the while.

use super::send::{unknown, wait_until};
use super::{Change, Message, State, WaitReason};
use crate::time::Timestamp;

const WHY: &str = "it was in the queue of a backup and may have been sent since";

/// Holds a queued message until its deadline. `None` when it is not queued or held already.
///
/// ```
/// use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
/// use stentor_core::message::{Message, State, WaitReason, doubt_restored, hold_restored, release_restored};
/// use stentor_core::{time::Timestamp, ttl::LONGEST};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let queued = Message::accepted(MessageId::first_at(now), AccountId(1), ChannelId(2), RecipientKey(3), now + LONGEST);
/// let held = hold_restored(&queued, now).unwrap().message;
/// assert_eq!((held.wait, held.due), (Some(WaitReason::Restored), Some(held.deadline)));
/// assert!(hold_restored(&held, now).is_none());
/// assert_eq!(release_restored(&held, WaitReason::Retry, now).unwrap().message.due, Some(now));
/// let doubted = doubt_restored(&held, now, now).unwrap().message;
/// assert_eq!((doubted.state, doubted.attempts, doubted.sending_at), (State::Unknown, 1, Some(now)));
/// ```
pub fn hold_restored(message: &Message, now: Timestamp) -> Option<Change> {
    let is_free = message.state.is_queued() && !is_held(message);
    is_free.then(|| wait_until(message, message.deadline, WaitReason::Restored, WHY.to_owned(), now))
}

/// Lets a held message go on: nothing has left since the backup was taken. `wait`: what it waits for now, when anything.
/// `None` when it is not held.
pub fn release_restored(message: &Message, wait: WaitReason, now: Timestamp) -> Option<Change> {
    let why = "released: nothing was sent since the backup".to_owned();
    is_held(message).then(|| wait_until(message, now, wait, why, now))
}

/// Doubts a held message: it may have been sent since the backup was taken (`since`). Settled as every unknown: by
/// evidence, or at its deadline. `None` when it is not held.
pub fn doubt_restored(message: &Message, since: Timestamp, now: Timestamp) -> Option<Change> {
    is_held(message).then(|| {
        let began = Message {
            attempts: message.attempts + 1,
            sending_at: message.sending_at.max(Some(since)),
            ..message.clone()
        };
        unknown(&began, now, WHY.to_owned())
    })
}

impl Message {
    /// The row with what an attempt proves that only the restored-away time knew: it was begun after the backup was
    /// taken (`since`). Unchanged when the attempt is known.
    #[must_use]
    pub fn with_attempt(self, attempt: u32, since: Timestamp) -> Self {
        if attempt <= self.attempts {
            return self;
        }
        Self { attempts: attempt, sending_at: self.sending_at.max(Some(since)), ..self }
    }
}

fn is_held(message: &Message) -> bool {
    message.state == State::Waiting && message.wait == Some(WaitReason::Restored)
}

#[cfg(test)]
mod tests {
    use super::super::{Event, EventKind, flaws};
    use super::*;
    use crate::id::{AccountId, ChannelId, MessageId, RecipientKey};
    use crate::ttl::LONGEST;

    #[test]
    fn only_what_is_held_is_let_go_or_doubted() {
        let now = Timestamp::from_secs(1_800_000_000);
        let (id, deadline) = (MessageId::first_at(now), now + LONGEST);
        let queued = Message::accepted(id, AccountId(1), ChannelId(2), RecipientKey(3), deadline);
        for state in State::ALL {
            let message = Message { state, ..queued.clone() };
            assert_eq!(hold_restored(&message, now).is_some(), state.is_queued(), "{state:?}");
            assert!(release_restored(&message, WaitReason::Retry, now).is_none(), "{state:?}");
            assert!(doubt_restored(&message, now, now).is_none(), "{state:?}");
        }
        let held = hold_restored(&queued, now).expect("queued").message;
        let doubted = doubt_restored(&held, now, now).expect("held");
        let told: Vec<_> = doubted.events.iter().map(|Event { kind, report, .. }| (*kind, *report)).collect();
        assert_eq!(told, [(EventKind::Unknown, false)]);
        let released = release_restored(&held, WaitReason::Pacing, now).expect("held").message;
        assert_eq!(released.wait, Some(WaitReason::Pacing));
        for message in [held, doubted.message, released] {
            assert_eq!(flaws(&message), Vec::<&str>::new(), "{message:?}");
        }
    }
}
