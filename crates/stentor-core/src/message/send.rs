//! Leaving: from the queue to `sending`, and from there by what the upstream answered.

use std::time::Duration;

use super::{Change, Event, EventKind, Message, State, WaitReason};
use crate::outcome::{Next, Outcome};
use crate::time::Timestamp;
use crate::ttl;

/// The detail of a message's end by [`erase`].
pub const ERASED: &str = "its person was erased";
/// Its code: the business has ended it.
const BLOCKED: u32 = 130_403;

/// Begins a send: committed just before the request leaves. After `lease` without a result the send is in doubt.
///
/// `None` when the message is not in the queue, not due yet, or past its deadline: then nothing may leave.
pub fn begin_send(message: &Message, now: Timestamp, lease: Duration) -> Option<Change> {
    let due = message.due.is_some_and(|due| due <= now);
    if !message.state.is_queued() || !due || now >= message.deadline {
        return None;
    }
    Some(Change::new(
        Message {
            state: State::Sending,
            wait: None,
            due: Some(now + lease),
            attempts: message.attempts + 1,
            sending_at: Some(now),
            ..message.clone()
        },
        Vec::new(),
    ))
}

/// Books the result of attempt number `attempt` with what [`crate::outcome::next`] decided from it.
///
/// `None` when the result says nothing new: another attempt is under way, or a status already told more.
pub fn after_send(
    message: &Message,
    attempt: u32,
    outcome: &Outcome,
    next: &Next,
    now: Timestamp,
) -> Option<Change> {
    if attempt != message.attempts || !matches!(message.state, State::Sending | State::Unknown) {
        return None;
    }
    let was_unknown = message.state == State::Unknown;
    match next {
        Next::Done => Some(taken(message, was_unknown, now)),
        // A late answer after the send was doubted: only evidence moves an unknown, and a refusal is one.
        Next::Unknown if was_unknown => None,
        Next::Unknown => Some(unknown(message, now, outcome.describe())),
        Next::Retry { after, reason } => {
            let wait = WaitReason::from(*reason);
            Some(wait_until(message, now + *after, wait, outcome.describe(), now))
        }
        Next::Fail { code } => Some(fail(message, *code, outcome.describe(), now)),
    }
}

/// Puts a queued message off: a rule found between accept and send that it must wait (sync, pause, cap, ...). `why`: more
/// about it for the timeline, may be empty.
///
/// `None` when it is no longer queued. What waits on for the same reason leaves no second event: a million messages of a
/// stopped template are looked at again and again.
pub fn postpone(
    message: &Message,
    until: Timestamp,
    (wait, why): (WaitReason, &str),
    now: Timestamp,
) -> Option<Change> {
    if message.state == State::Waiting && message.wait == Some(wait) {
        let due = Some(until.min(message.deadline));
        return Some(Change::new(Message { due, ..message.clone() }, Vec::new()));
    }
    let why = if why.is_empty() { wait.sentence() } else { why };
    message.state.is_queued().then(|| wait_until(message, until, wait, why.to_owned(), now))
}

/// Fails a queued message that can no longer be sent (template gone, disabled, deadline passed).
///
/// `report`: whether the customer hears of it; silent expiry in a twin is not a failure but [`State::Expired`].
pub fn fail_in_queue(
    message: &Message,
    code: u32,
    detail: &str,
    report: bool,
    now: Timestamp,
) -> Option<Change> {
    if !message.state.is_queued() {
        return None;
    }
    if report {
        return Some(fail(message, code, detail.to_owned(), now));
    }
    let event = Event { code: Some(code), ..Event::note(now, EventKind::Expired, detail) };
    Some(Change::new(
        Message { state: State::Expired, wait: None, due: None, ended_at: Some(now), ..message.clone() },
        vec![event],
    ))
}

/// Stops a queued message by a policy of the business (opt-out, suppression). The customer hears `failed`.
pub fn drop_by_policy(message: &Message, code: u32, detail: &str, now: Timestamp) -> Option<Change> {
    message.state.is_queued().then(|| {
        let event = Event { kind: EventKind::Dropped, ..Event::failed(now, code, detail) };
        Change::new(
            Message {
                state: State::Dropped,
                wait: None,
                due: None,
                code: Some(code),
                ended_at: Some(now),
                ..message.clone()
            },
            vec![event],
        )
    })
}

/// Ends a message of a person who is being erased, where it may still be sent: dropped out of the queue, or failed where
/// nobody knows whether it was sent. The customer hears `failed`.
///
/// `None` when nothing more of it can leave; a message in `sending` is not ended here, its request is on its way.
pub fn erase(message: &Message, now: Timestamp) -> Option<Change> {
    match message.state {
        State::Unknown => Some(fail(message, BLOCKED, ERASED.to_owned(), now)),
        _ => drop_by_policy(message, BLOCKED, ERASED, now),
    }
}

fn taken(message: &Message, was_unknown: bool, now: Timestamp) -> Change {
    let events = if was_unknown {
        vec![Event::note(now, EventKind::Settled, "the upstream's late answer: taken")]
    } else {
        Vec::new()
    };
    Change::new(handed_over(message, now), events)
}

/// The row of a message the upstream has: its TTL counts from here, with an hour for late statuses.
pub(super) fn handed_over(message: &Message, now: Timestamp) -> Message {
    Message {
        state: State::Sent,
        wait: None,
        due: Some(ttl::expiry(now, message.ttl())),
        taken_at: message.taken_at.or(Some(now)),
        code: None,
        ended_at: None,
        ..message.clone()
    }
}

pub(super) fn unknown(message: &Message, now: Timestamp, why: String) -> Change {
    // Settled by evidence at any time, by the channel's policy when the deadline passes.
    Change::new(
        Message { state: State::Unknown, wait: None, due: Some(message.deadline), ..message.clone() },
        vec![Event::note(now, EventKind::Unknown, why)],
    )
}

pub(super) fn wait_until(
    message: &Message,
    until: Timestamp,
    wait: WaitReason,
    why: String,
    now: Timestamp,
) -> Change {
    let until = until.min(message.deadline);
    let mut detail = format!("{} until {until}", wait.as_str());
    if !why.is_empty() {
        detail.push_str(": ");
        detail.push_str(&why);
    }
    Change::new(
        Message { state: State::Waiting, wait: Some(wait), due: Some(until), ..message.clone() },
        vec![Event::note(now, EventKind::Waiting, detail)],
    )
}

pub(super) fn fail(message: &Message, code: u32, detail: String, now: Timestamp) -> Change {
    Change::new(
        Message {
            state: State::Failed,
            wait: None,
            due: None,
            code: Some(code),
            ended_at: Some(now),
            ..message.clone()
        },
        vec![Event::failed(now, code, detail)],
    )
}
