//! What comes from below: statuses, verdicts of reviewers, people's preferences and messages. `app` calls these for the
//! network in this process, `/upstream/webhook` for a real upstream. Everything is committed before it is answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::message::UpstreamStatus;
use stentor_core::recipient;
use stentor_core::registry::Echo;
use stentor_core::template::{Category, Quality, RejectedReason, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_store::{NewNotice, PersonNote, StatusResult, StoreError};

use super::error::ApiError;
use super::moves::{category_notice, change, notice, status_notice, with_status};
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

/// What a reviewer, or the network's quality watch, says of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be sent.
    Approved,
    /// It may not, for this reason.
    Rejected(RejectedReason),
    /// Stopped for a time; `title` is Meta's word for which pause it is.
    Paused {
        /// `FIRST_PAUSE`, `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`.
        title: String,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// The pause is over.
    Unpaused,
    /// Stopped for good.
    Disabled,
}

/// Books a verdict on the template of that name and language, and tells the account. A pinned template, one that is
/// gone, or one no longer waiting for this verdict stays as it is.
///
/// # Errors
/// The store.
pub async fn reviewed(
    state: &Arc<AppState>,
    account: AccountId,
    (name, language): (&str, &str),
    verdict: Verdict,
) -> Result<(), ApiError> {
    let snapshot = state.directory.snapshot();
    let Some(registered) = snapshot.template(account, name, language) else { return Ok(()) };
    let id = registered.template.id;
    let outcome =
        change(state, (account, id), ("network".to_owned(), "template.review"), move |template, now| {
            let waits =
                template.status == TemplateStatus::Pending || template.status == TemplateStatus::InAppeal;
            let (status, fits) = match &verdict {
                Verdict::Approved => (TemplateStatus::Approved, waits),
                Verdict::Rejected(_) => (TemplateStatus::Rejected, waits),
                Verdict::Paused { .. } => {
                    (TemplateStatus::Paused, template.status == TemplateStatus::Approved)
                }
                Verdict::Unpaused => (TemplateStatus::Approved, template.status == TemplateStatus::Paused),
                Verdict::Disabled => (TemplateStatus::Disabled, !waits),
            };
            if template.pinned || !fits {
                return None;
            }
            let mut moved = with_status(template, status, now);
            let info = match verdict {
                Verdict::Rejected(reason) => {
                    moved.rejected_reason = Some(reason);
                    None
                }
                Verdict::Paused { title, until } => {
                    let description = until.map_or_else(
                        || "paused until it is unpaused by hand".to_owned(),
                        |until| format!("paused until {until}"),
                    );
                    Some(json!({"title": title, "description": description}))
                }
                Verdict::Unpaused => Some(json!({"title": "UNPAUSE"})),
                Verdict::Approved | Verdict::Disabled => None,
            };
            let told = status_notice(&moved, status.as_str(), info);
            Some((moved, vec![told]))
        });
    match outcome.await {
        // Deleted since it was looked up: nobody waits for the verdict.
        Err(error) if error.http == http::StatusCode::NOT_FOUND => Ok(()),
        outcome => outcome,
    }
}

/// A template follows what a real upstream lists of it: its verdict, pause or end, and its category; the account is told.
/// A pinned template stays as it is, and so does one that merely waits at the upstream.
///
/// # Errors
/// The store.
pub async fn mirrored(
    state: &Arc<AppState>,
    account: AccountId,
    (name, language): (&str, &str),
    (status, reason): (TemplateStatus, Option<RejectedReason>),
    category: Option<Category>,
) -> Result<(), ApiError> {
    let snapshot = state.directory.snapshot();
    let Some(registered) = snapshot.template(account, name, language) else { return Ok(()) };
    let audit = ("network".to_owned(), "template.mirror");
    let outcome = change(state, (account, registered.template.id), audit, move |template, now| {
        let (mut moved, mut notices) = (template.clone(), Vec::new());
        if let Some(category) = category.filter(|category| *category != template.category) {
            moved.category = category;
            moved.previous_category = Some(template.category);
            moved.modified_at = now;
            notices.push(category_notice(&moved));
        }
        // A stop made by hand is not lifted by a reading: only a verdict told by webhook, or a hand, lifts it.
        let lifts_a_stop = status == TemplateStatus::Approved
            && matches!(template.status, TemplateStatus::Paused | TemplateStatus::Disabled);
        if MIRRORED.contains(&status) && status != template.status && !lifts_a_stop {
            moved = with_status(&moved, status, now);
            moved.rejected_reason = reason.filter(|_| status == TemplateStatus::Rejected);
            notices.push(status_notice(&moved, status.as_str(), None));
        }
        (!template.pinned && !notices.is_empty()).then_some((moved, notices))
    });
    match outcome.await {
        Err(error) if error.http == http::StatusCode::NOT_FOUND => Ok(()),
        outcome => outcome,
    }
}

/// Verdicts that a mirror takes over; while the upstream still thinks, nothing is known.
const MIRRORED: [TemplateStatus; 4] =
    [TemplateStatus::Approved, TemplateStatus::Rejected, TemplateStatus::Paused, TemplateStatus::Disabled];

/// Tells the account that a template's quality changed.
///
/// # Errors
/// The store.
pub async fn quality(
    state: &AppState,
    account: AccountId,
    (name, language): (&str, &str),
    (from, to): (Quality, Quality),
) -> Result<(), StoreError> {
    let snapshot = state.directory.snapshot();
    let Some(registered) = snapshot.template(account, name, language) else { return Ok(()) };
    let value = json!({
        "previous_quality_score": from.as_str(),
        "new_quality_score": to.as_str(),
        "message_template_id": registered.template.id.0,
        "message_template_name": name,
        "message_template_language": language,
    });
    told(state, vec![notice(account, "message_template_quality_update", &value)]).await
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

async fn told(state: &AppState, notices: Vec<NewNotice>) -> Result<(), StoreError> {
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
