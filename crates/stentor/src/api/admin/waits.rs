//! Why a queued message has not left, as it stands now: what no row of its own tells, for it concerns everything that
//! waits on its channel. The timeline shows it as its last line.

use stentor_core::id::ChannelId;
use stentor_core::message::{Message, WaitReason};
use stentor_core::rate::Throttle;
use stentor_core::time::Timestamp;

use super::super::autopilot;
use super::super::state::AppState;
use super::answer::AdminError;
use crate::registry::Snapshot;

/// The reason's word and what keeps it; `None`: it is not ours any more, or is about to leave.
///
/// # Errors
/// The store.
pub async fn waits(
    state: &AppState,
    snapshot: &Snapshot,
    message: &Message,
    now: Timestamp,
) -> Result<Option<String>, AdminError> {
    if !message.state.is_queued() {
        return Ok(None);
    }
    let template = message.template.and_then(|id| snapshot.template_by_id(message.account, id));
    if let Some((template, hold)) = template.and_then(|of| Some((&of.template, of.template.hold.as_ref()?))) {
        return Ok(Some(format!("{}: {}", WaitReason::Paused.as_str(), autopilot::words(template, hold))));
    }
    let is_due = message.due.is_some_and(|due| due <= now);
    let may_be_slowed = is_due || message.wait == Some(WaitReason::UpstreamLimit);
    let slowed = match snapshot.channel(message.channel).filter(|_| may_be_slowed) {
        Some(channel) => throttle(state, channel.id).await?.describe(channel.rate_per_s, now),
        None => None,
    };
    Ok(slowed.map(|slowed| format!("{}: {slowed}", WaitReason::UpstreamLimit.as_str())))
}

/// How a channel's upstream slows it.
///
/// # Errors
/// The store.
pub async fn throttle(state: &AppState, channel: ChannelId) -> Result<Throttle, AdminError> {
    Ok(state.store.pace(channel).await?.throttle)
}
