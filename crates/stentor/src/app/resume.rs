//! After a restart the simulated network in this process is empty: what it had taken is put back, so that the later
//! statuses still come. People are a function of (seed, number), so they do what they would have done.
//!
//! An unknown is put back as taken: here we own both ends, and the network of the last process is this one's past.

use std::sync::Arc;

use stentor_core::message::{Message, State};
use stentor_core::rate::Pair;
use stentor_simnet::Seen;
use stentor_store::{Claimed, MessageView, Person, StoreError};

use crate::api::AppState;
use crate::engine::readmit;
use crate::registry::Snapshot;
use crate::upstream::Departure;
use crate::upstream::simulated::Simulated;

/// Rows of one page.
const PAGE_ROWS: usize = 500;

/// Puts back at most `messages_max` messages, the newest; the oldest of them first.
///
/// # Errors
/// When the store cannot be read.
pub async fn resume(
    upstream: &Simulated,
    state: &Arc<AppState>,
    messages_max: usize,
) -> Result<(), StoreError> {
    let mut taken = Vec::new();
    let mut before = None;
    while taken.len() < messages_max && !state.lifecycle.is_stopping() {
        let page = state.store.in_flight_upstream(before, PAGE_ROWS.min(messages_max - taken.len())).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.message.id);
        taken.extend(page);
    }
    let snapshot = state.directory.snapshot();
    for view in taken.into_iter().rev() {
        let taken_at = view.message.taken_at.or(view.message.sending_at);
        let seen = seen(&view.message);
        if let (Some(taken_at), Some(departure)) = (taken_at, departure(state, &snapshot, view)) {
            upstream.resume(departure, taken_at, seen);
        }
    }
    Ok(())
}

fn seen(message: &Message) -> Seen {
    match message.state {
        State::Delivered => Seen::Delivered,
        _ if message.sent_at.is_some() => Seen::Sent,
        _ => Seen::Nothing,
    }
}

/// The message as it departed; `None` when its channel or its body is gone.
fn departure(state: &AppState, snapshot: &Snapshot, view: MessageView) -> Option<Departure> {
    let channel = snapshot.channel(view.message.channel)?;
    let claimed = Claimed {
        message: view.message.clone(),
        body: view.body?,
        person: Person::default(),
        pair: Pair::FRESH,
    };
    let now = state.clock.now();
    Some(readmit::departure(now, snapshot, channel, &state.wamid_key, &view.message, claimed))
}
