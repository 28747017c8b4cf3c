//! What an upstream's status means for a message. Statuses may come before the send's own reply, twice, late and out
//! of order: ranks only go up, and evidence of delivery beats every verdict.

use super::send::handed_over;
use super::{Change, Event, EventKind, Message, State};
use crate::id::{ChannelId, MessageId, RecipientKey};
use crate::time::Timestamp;

/// What the upstream says happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// It left the upstream.
    Sent,
    /// It is on the phone.
    Delivered,
    /// The person saw it.
    Read,
    /// The person listened to it: voice messages only.
    Played,
    /// It will not arrive.
    Failed {
        /// The upstream's code.
        code: u32,
        /// The upstream's details, for people.
        detail: String,
    },
}

/// One status of one message, as the upstream's webhook carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What happened.
    pub kind: StatusKind,
    /// The upstream's own time of it.
    pub at: Timestamp,
}

/// One status from an upstream, as parsed, not yet matched to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamStatus {
    /// The channel it came for.
    pub channel: ChannelId,
    /// The upstream's message id.
    pub upstream_id: String,
    /// Our id, when the upstream uses our own wamid (decoded by the caller).
    pub message: Option<MessageId>,
    /// Our mark out of `biz_opaque_callback_data` (`s:<id>.<attempt>`), when it came back.
    pub mark: Option<(MessageId, u32)>,
    /// The person, when the status names one.
    pub recipient: Option<RecipientKey>,
    /// What happened.
    pub status: Status,
}

/// Applies one status. `None` when it tells nothing new (a duplicate, a lower rank already passed and reported).
///
/// A `delivered` that comes after `read` still gets its time and its report: the customer counts it.
pub fn apply_status(message: &Message, status: &Status, now: Timestamp) -> Option<Change> {
    if matches!(message.state, State::Accepted | State::HeldOut) {
        return None;
    }
    let settled = (message.state == State::Unknown)
        .then(|| Event::note(now, EventKind::Settled, "a status of the upstream: taken"));
    let mut events: Vec<Event> = settled.into_iter().collect();
    let message = match &status.kind {
        StatusKind::Sent => sent(message, status.at, now, &mut events)?,
        StatusKind::Delivered => delivered(message, status.at, now, &mut events)?,
        StatusKind::Read => read(message, status.at, now, &mut events)?,
        StatusKind::Played => played(message, status.at, now, &mut events)?,
        StatusKind::Failed { code, detail } => failed(message, *code, detail, status.at, &mut events)?,
    };
    Some(Change::new(message, events))
}

fn report(at: Timestamp, kind: EventKind) -> Event {
    Event { at, kind, code: None, detail: None, report: true }
}

/// The row with the proof that the upstream has it, when a status is the first to say so.
fn with_proof(message: &Message, now: Timestamp) -> Message {
    match message.state {
        State::Sending | State::Unknown | State::Waiting => handed_over(message, now),
        _ => message.clone(),
    }
}

fn sent(message: &Message, at: Timestamp, now: Timestamp, events: &mut Vec<Event>) -> Option<Message> {
    if message.sent_at.is_some() {
        return None;
    }
    events.push(report(at, EventKind::Sent));
    Some(Message { sent_at: Some(at), ..with_proof(message, now) })
}

fn delivered(message: &Message, at: Timestamp, now: Timestamp, events: &mut Vec<Event>) -> Option<Message> {
    if message.delivered_at.is_some() {
        return None;
    }
    events.push(report(at, EventKind::Delivered));
    let with = with_proof(message, now);
    let state = reached(message.state, State::Delivered);
    Some(Message { state, due: None, delivered_at: Some(at), code: None, ended_at: None, ..with })
}

fn read(message: &Message, at: Timestamp, now: Timestamp, events: &mut Vec<Event>) -> Option<Message> {
    if message.read_at.is_some() {
        return None;
    }
    events.push(report(at, EventKind::Read));
    let with = with_proof(message, now);
    let state = reached(message.state, State::Read);
    Some(Message { state, due: None, read_at: Some(at), code: None, ended_at: None, ..with })
}

/// Has no time of its own in the row: its event is kept.
fn played(message: &Message, at: Timestamp, now: Timestamp, events: &mut Vec<Event>) -> Option<Message> {
    if message.state == State::Played {
        return None;
    }
    events.push(report(at, EventKind::Played));
    let with = with_proof(message, now);
    Some(Message { state: State::Played, due: None, code: None, ended_at: None, ..with })
}

/// The further of two ranks: a late status of a lower one takes nothing back.
const fn reached(now: State, told: State) -> State {
    match (now, told) {
        (State::Played, _) | (State::Read, State::Delivered) => now,
        _ => told,
    }
}

fn failed(
    message: &Message,
    code: u32,
    detail: &str,
    at: Timestamp,
    events: &mut Vec<Event>,
) -> Option<Message> {
    // Delivered is proof; a failure that comes after it, or a second failure, tells nothing.
    if matches!(
        message.state,
        State::Delivered | State::Read | State::Played | State::Failed | State::Dropped
    ) {
        return None;
    }
    events.push(Event::failed(at, code, detail));
    Some(Message {
        state: State::Failed,
        wait: None,
        due: None,
        code: Some(code),
        ended_at: Some(at),
        ..message.clone()
    })
}
