//! What comes from below: statuses, people's preferences and messages (what is said of templates: `verdicts`). `app` calls these for the
//! network in this process, `/upstream/webhook` for a real upstream. Everything is committed before it is answered.

use std::collections::BTreeSet;

use serde_json::json;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::message::UpstreamStatus;
use stentor_core::recipient;
use stentor_core::registry::Echo;
use stentor_core::time::Timestamp;
use stentor_store::{NewNotice, PersonNote, StatusResult, StoreError};

use super::state::AppState;

/// How long the person's own message lets the business write freely.
const SERVICE_WINDOW: std::time::Duration = std::time::Duration::from_hours(24);
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

/// A person stopped (or resumed) the account's marketing messages: kept, and told as `user_preferences`.
///
/// # Errors
/// The store.
pub async fn preferences(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    wa_id: &str,
    stopped: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    keep_preference(state, account, wa_id, stopped, at).await?;
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [{"wa_id": wa_id}],
        "user_preferences": [{
            "wa_id": wa_id,
            "detail": if stopped { "User requested to stop marketing messages" }
                else { "User requested to resume marketing messages" },
            "category": "marketing_messages",
            "value": if stopped { "stop" } else { "resume" },
            "timestamp": at.secs(),
        }],
    });
    forward(state, account, Some(channel), "user_preferences", &value.to_string()).await
}

/// Keeps an opt-out or its end, without telling anybody.
///
/// # Errors
/// The store.
pub async fn keep_preference(
    state: &AppState,
    account: AccountId,
    wa_id: &str,
    stopped: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    let note = match stopped {
        true => PersonNote::Stopped { at, source: "user_preferences".to_owned() },
        false => PersonNote::Resumed { at },
    };
    note_person(state, account, wa_id, note).await
}

/// A person wrote: the service window opens, and the message is passed on as it is. `message`: one of `messages[]`.
///
/// # Errors
/// The store.
pub async fn wrote(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    (wa_id, profile_name): (&str, &str),
    message: &serde_json::Value,
    at: Timestamp,
) -> Result<(), StoreError> {
    open_window(state, account, wa_id, at).await?;
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [{"profile": {"name": profile_name}, "wa_id": wa_id}],
        "messages": [message],
    });
    forward(state, account, Some(channel), "messages", &value.to_string()).await
}

/// Somebody, nobody says who, did something with a message: passed on. `action`: one of `user_actions[]`.
///
/// # Errors
/// The store.
pub async fn acted(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    action: &serde_json::Value,
) -> Result<(), StoreError> {
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "user_actions": [action]});
    forward(state, account, Some(channel), "messages", &value.to_string()).await
}

/// Opens the person's service window, without telling anybody.
///
/// # Errors
/// The store.
pub async fn open_window(
    state: &AppState,
    account: AccountId,
    wa_id: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    note_person(state, account, wa_id, PersonNote::Wrote { until: at + SERVICE_WINDOW }).await
}

/// Passes a change on to the account's webhooks. `value`: JSON text.
///
/// # Errors
/// The store.
pub async fn forward(
    state: &AppState,
    account: AccountId,
    channel: Option<ChannelId>,
    field: &str,
    value: &str,
) -> Result<(), StoreError> {
    let (field, value) = (field.to_owned(), value.to_owned());
    told(state, vec![NewNotice { account, channel, field, value }]).await
}

pub(super) async fn told(state: &AppState, notices: Vec<NewNotice>) -> Result<(), StoreError> {
    state.store.notify(state.clock.now(), notices).await?;
    state.wake.deliveries();
    Ok(())
}

async fn note_person(
    state: &AppState,
    account: AccountId,
    wa_id: &str,
    note: PersonNote,
) -> Result<(), StoreError> {
    let address = recipient::parse(wa_id).or_else(|_| recipient::parse_user(wa_id));
    let Ok(address) = address else { return Ok(()) };
    state.store.note_person(account, address.key(&state.recipient_key, account), note).await
}

fn metadata(state: &AppState, channel: ChannelId) -> Option<serde_json::Value> {
    let snapshot = state.directory.snapshot();
    let channel = snapshot.channel(channel)?;
    Some(json!({
        "display_phone_number": channel.display_phone_number,
        "phone_number_id": channel.id.to_string(),
    }))
}
