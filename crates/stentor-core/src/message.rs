//! The life of a message: one closed set of states, and the only functions that move a message between them.
//! The store calls them inside its transactions and commits the whole [`Change`]; nothing else writes a state.
//! They read no clock, and what they refuse leaves the message as it was.

mod event;
mod restored;
mod send;
mod sound;
mod state;
mod status;
mod timer;

pub use event::{Event, EventKind};
pub use restored::{doubt_restored, hold_restored, release_restored};
pub use send::{ERASED, after_send, begin_send, drop_by_policy, erase, fail_in_queue, postpone};
pub use sound::flaws;
pub use state::{State, WaitReason};
pub use status::{Status, StatusKind, UpstreamStatus, apply_status};
pub use timer::{UnknownPolicy, on_timer, rescue};

use crate::id::{AccountId, ChannelId, MessageId, RecipientKey, TemplateId};
use crate::learning::Decided;
use crate::route::Route;
use crate::template::Category;
use crate::time::Timestamp;

/// The narrow row of a message: what decisions need, without payload and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Ours; ordered by time; [`MessageId::accepted_at`] tells when it was accepted.
    pub id: MessageId,
    /// The account it belongs to.
    pub account: AccountId,
    /// The channel it leaves by.
    pub channel: ChannelId,
    /// The template, for template messages.
    pub template: Option<TemplateId>,
    /// What it is priced as; `None` for free-form messages (service).
    pub category: Option<Category>,
    /// The person it goes to.
    pub recipient: RecipientKey,
    /// The endpoint's way: optimised (`/marketing_messages`) or classic.
    pub route: Route,
    /// Whether its activity may be learnt from; decided at accept and never changed.
    pub sharing: bool,
    /// Where it stands.
    pub state: State,
    /// Why it waits, in state [`State::Waiting`].
    pub wait: Option<WaitReason>,
    /// When the engine must look at it next: to send it (queued states), to doubt it (sending), to settle it
    /// (unknown), to expire it (sent). `None`: never again. Never after the deadline in queued states.
    pub due: Option<Timestamp>,
    /// `accepted_at` + TTL: nothing of ours leaves after it.
    pub deadline: Timestamp,
    /// How many times a send was begun.
    pub attempts: u32,
    /// The error code of its end, in failed and dropped.
    pub code: Option<u32>,
    /// When the last send began.
    pub sending_at: Option<Timestamp>,
    /// When the upstream took it.
    pub taken_at: Option<Timestamp>,
    /// The upstream's `sent` status.
    pub sent_at: Option<Timestamp>,
    /// The upstream's `delivered` status.
    pub delivered_at: Option<Timestamp>,
    /// The upstream's `read` status.
    pub read_at: Option<Timestamp>,
    /// When it failed, expired or was dropped.
    pub ended_at: Option<Timestamp>,
    /// How many events it has: the sequence number of the next one.
    pub events: u32,
    /// What was decided where its last send began; `None`: nothing may be learnt from it.
    pub decided: Option<Box<Decided>>,
}

impl Message {
    /// A message accepted just now (the time is its id's), due at once: a classic, unshared, free-form one until told
    /// otherwise. The start of a struct update.
    #[must_use]
    pub fn accepted(
        id: MessageId,
        account: AccountId,
        channel: ChannelId,
        recipient: RecipientKey,
        deadline: Timestamp,
    ) -> Self {
        Self {
            id,
            account,
            channel,
            template: None,
            category: None,
            recipient,
            route: Route::Classic,
            sharing: false,
            state: State::Accepted,
            wait: None,
            due: Some(id.accepted_at()),
            deadline,
            attempts: 0,
            code: None,
            sending_at: None,
            taken_at: None,
            sent_at: None,
            delivered_at: None,
            read_at: None,
            ended_at: None,
            events: 0,
            decided: None,
        }
    }

    /// How long the upstream may try after hand-over: the TTL it was accepted with.
    #[must_use]
    pub fn ttl(&self) -> std::time::Duration {
        self.deadline.since(self.id.accepted_at())
    }
}

/// What one decision did: the message as it is now, and what is to be explained or reported, to be committed together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a change that is not committed did not happen"]
pub struct Change {
    /// The whole new row.
    pub message: Message,
    /// New events, oldest first; the store numbers them from [`Message::events`] of the old row.
    pub events: Vec<Event>,
}

impl Change {
    /// A change with at most one event; keeps the row's event count true.
    fn new(mut message: Message, events: Vec<Event>) -> Self {
        message.events += u32::try_from(events.len()).unwrap_or(u32::MAX);
        Self { message, events }
    }

    /// The same, where it makes the message wait with what else keeps it.
    pub fn because(mut self, also: Option<&str>) -> Self {
        let waits = self.events.iter_mut().find(|event| event.kind == EventKind::Waiting);
        if let (Some(detail), Some(also)) = (waits.and_then(|event| event.detail.as_mut()), also) {
            detail.push_str("; ");
            detail.push_str(also);
        }
        self
    }
}

#[cfg(test)]
mod tests;
