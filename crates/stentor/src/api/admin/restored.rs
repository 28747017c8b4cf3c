//! The queue of a restored backup: what becomes of it, said while the server runs.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use stentor_core::registry::UpstreamKind;
use stentor_store::RestoredQueue;
use utoipa::ToSchema;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, ok};
use super::audit::audit;
use super::fields::{Fields, required};

/// What is true of what is held.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct Resume {
    /// `send`: nothing was sent since the backup was taken, what is held leaves. `settle`: it may have been sent, it never is;
    /// statuses or its deadline settle it.
    #[schema(example = "settle")]
    resume: String,
}

/// What that moved.
#[derive(Serialize, ToSchema)]
struct Resumed {
    messages: u64,
    /// RFC 3339: when the backup was taken.
    restored_to: String,
}

/// `POST /admin/v1/restored` `{"resume"}`. Safe to repeat.
#[utoipa::path(
    post, path = "/restored", tag = "Service", summary = "Say what becomes of the queue of a restored backup",
    request_body(content = Resume, example = json!({"resume": "settle"})),
    responses(
        (status = 200, description = "How many messages that moved", body = Resumed),
        (status = 409, description = "The data folder was not restored."),
    ),
)]
pub async fn resume(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let wanted = |word: &str| match word {
        "send" => Some(("send", RestoredQueue::Release)),
        "settle" => Some(("settle", RestoredQueue::Doubt)),
        _ => None,
    };
    let (word, queue) = required("resume", fields.word("resume", wanted, &["send", "settle"])?)?;
    fields.end()?;
    let Some(restored_to) = state.store.counts().await?.restored_to else {
        let message = "this data folder was not restored from a backup: nothing is held";
        return Err(AdminError::new(StatusCode::CONFLICT, message));
    };
    let (now, snapshot) = (state.clock.now(), state.directory.snapshot());
    let outside = snapshot.channels().filter(|channel| channel.upstream != UpstreamKind::Simulated);
    let accounts: std::collections::BTreeSet<_> = outside.map(|channel| channel.account).collect();
    for account in accounts {
        let row = audit(now, account, "restored.resume", word);
        state.store.administer(now, row, Vec::new(), Vec::new()).await?;
    }
    let messages = state.store.settle_restored(now, queue).await?;
    state.wake.queue();
    state.wake.timers();
    state.wake.deliveries();
    ok(&Resumed { messages, restored_to: restored_to.to_string() })
}
