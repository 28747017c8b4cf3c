//! What comes from below: statuses, and what people do (`people`); what is said of templates is in `verdicts`. `app` calls
//! these for the network in this process, `/upstream/webhook` for a real upstream. Everything is committed before it is
//! answered.

use std::collections::BTreeSet;

use serde_json::json;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::message::{StatusKind, UpstreamStatus};
use stentor_core::reason::reason;
use stentor_core::registry::Echo;
use stentor_store::{StatusResult, StoreError};

mod people;

pub use people::{acted, forward, key as name_of, messages, preferences, preferred, wrote};

use super::state::AppState;

/// Statuses committed at a time.
const BATCH_ROWS_MAX: usize = 500;

/// Applies statuses of an account's messages.
///
/// # Errors
/// When the store could not commit them all: the upstream must tell them again.
pub async fn statuses(
    state: &AppState,
    account: AccountId,
    statuses: Vec<UpstreamStatus>,
) -> Result<(), StoreError> {
    if statuses.is_empty() {
        return Ok(());
    }
    let now = state.clock.now();
    statuses.iter().filter_map(|status| unknown_code(&status.status.kind)).for_each(|code| {
        state.metrics.unknown_codes.inc();
        tracing::warn!(code, "a status of the upstream carries a code that is not known here");
    });
    let echoes = echoes(state, &statuses);
    let mut left = statuses.into_iter().peekable();
    while left.peek().is_some() {
        let batch: Vec<UpstreamStatus> = left.by_ref().take(BATCH_ROWS_MAX).collect();
        let (results, committed) = state.store.record_statuses(now, account, batch).await?;
        for result in results {
            state.metrics.statuses.get_or_create(&word(&result).into()).inc();
        }
        if committed.deliveries {
            state.wake.deliveries();
        }
    }
    for channel in echoes {
        state.directory.learn_echo(&state.store, now, channel, Echo::Yes).await?;
    }
    state.wake.timers();
    Ok(())
}

/// The code of a failure that nobody here knows.
fn unknown_code(kind: &StatusKind) -> Option<u32> {
    match kind {
        StatusKind::Failed { code, .. } if reason(*code).is_none() => Some(*code),
        _ => None,
    }
}

/// Channels of which a status brings our mark back for the first time.
fn echoes(state: &AppState, statuses: &[UpstreamStatus]) -> BTreeSet<ChannelId> {
    let snapshot = state.directory.snapshot();
    let marked = statuses.iter().filter(|status| status.mark.is_some()).map(|status| status.channel);
    marked.filter(|id| snapshot.channel(*id).is_some_and(|channel| channel.echo != Echo::Yes)).collect()
}

/// What a status did, for the metrics.
const fn word(result: &StatusResult) -> &'static str {
    match result {
        StatusResult::Applied(_) => "applied",
        StatusResult::Nothing(_) => "nothing",
        StatusResult::Parked => "parked",
    }
}

fn metadata(state: &AppState, channel: ChannelId) -> Option<serde_json::Value> {
    let snapshot = state.directory.snapshot();
    let channel = snapshot.channel(channel)?;
    Some(json!({
        "display_phone_number": channel.display_phone_number,
        "phone_number_id": channel.id.to_string(),
    }))
}
