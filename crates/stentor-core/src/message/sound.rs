//! What is true of every row of a message, whatever its life was. Asked by `stentor verify` and by the simulation.

use super::{Message, State};

/// What contradicts itself in a row, each in words; empty for a sound one.
///
/// ```
/// use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
/// use stentor_core::message::{Message, State, flaws};
/// use stentor_core::{time::Timestamp, ttl::LONGEST};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let sound = Message::accepted(MessageId::first_at(now), AccountId(1), ChannelId(2), RecipientKey(3), now + LONGEST);
/// assert!(flaws(&sound).is_empty());
/// assert_eq!(flaws(&Message { due: None, ..sound }), ["queued and never due"]);
/// ```
#[must_use]
pub fn flaws(message: &Message) -> Vec<&'static str> {
    let state = message.state;
    let has_left = matches!(state, State::Sending | State::Unknown);
    let has_timer = state.is_queued() || has_left || state == State::Sent;
    let is_over = matches!(state, State::Failed | State::Expired | State::Dropped);
    let rules = [
        (state.is_queued() && message.due.is_none(), "queued and never due"),
        (state.is_queued() && message.due > Some(message.deadline), "due after its deadline"),
        (message.wait.is_some() != (state == State::Waiting), "a reason to wait goes with waiting alone"),
        (has_left && message.sending_at.is_none(), "its send began at no time"),
        (has_left && message.attempts == 0, "it is being sent without an attempt"),
        (!state.is_queued() && has_timer && message.due.is_none(), "it has no timer and would stay for ever"),
        (!has_timer && message.due.is_some(), "it is over and has a timer"),
        (state == State::Sent && message.taken_at.is_none(), "sent and never taken"),
        (state == State::Delivered && message.delivered_at.is_none(), "delivered at no time"),
        (state == State::Read && message.read_at.is_none(), "read at no time"),
        (is_over && message.ended_at.is_none(), "ended at no time"),
        (!is_over && message.ended_at.is_some(), "it goes on and has ended"),
        (matches!(state, State::Failed | State::Dropped) && message.code.is_none(), "ended without a code"),
        (message.deadline < message.id.accepted_at(), "its deadline is before it was accepted"),
    ];
    rules.into_iter().filter_map(|(is_broken, what)| is_broken.then_some(what)).collect()
}
