//! How the server stands: messages by state, unknowns, webhooks, upstream, the oldest waiting.

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Map, Value, json};
use stentor_core::message::State as MessageState;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};

/// Endpoints listed; the sums count all.
const ENDPOINTS_SHOWN: usize = 200;

/// `GET /admin/v1/status`.
pub async fn status(State(state): State<Arc<AppState>>) -> Answer {
    let (now, snapshot) = (state.clock.now(), state.directory.snapshot());
    let counts = state.store.counts().await?;
    let by_state: Map<String, Value> =
        counts.by_state.iter().map(|(state, n)| (state.as_str().to_owned(), (*n).into())).collect();
    let unknown = by_state.get(MessageState::Unknown.as_str()).cloned().unwrap_or_else(|| 0.into());
    let oldest = counts.oldest_queued_at;
    let endpoints = endpoints(&state).await?;
    let kind = match (&state.network, &state.upstream_webhook) {
        (Some(_), _) => "simulated",
        (None, Some(_)) => "cloud_api",
        (None, None) => "none",
    };
    ok(&json!({
        "by_state": by_state,
        "unknown": unknown,
        "webhooks": {
            "waiting": counts.deliveries_waiting,
            "lost": counts.deliveries_lost,
            "endpoints": endpoints,
        },
        "upstream": {"kind": kind, "simulated": state.network.is_some()},
        "oldest_waiting": at(oldest),
        "oldest_waiting_s": oldest.map_or(0, |at| now.since(at).as_secs()),
        "accounts": snapshot.accounts().count(),
        "channels": snapshot.channels().count(),
        "parked": counts.parked,
        "doubles": counts.doubles,
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": state.started.elapsed().as_secs(),
    }))
}

/// What waits for each endpoint. Of its URL only the origin: the rest may be a secret.
async fn endpoints(state: &AppState) -> Result<Vec<Value>, AdminError> {
    let snapshot = state.directory.snapshot();
    let mut shown = Vec::new();
    for endpoint in snapshot.endpoints().take(ENDPOINTS_SHOWN) {
        let backlog = state.store.backlog(endpoint.id).await?;
        let origin = url::Url::parse(&endpoint.url).map(|url| url.origin().ascii_serialization());
        shown.push(json!({
            "endpoint_id": endpoint.id.to_string(),
            "account_id": endpoint.account.to_string(),
            "phone_number_id": endpoint.channel.map(|id| id.to_string()),
            "origin": origin.unwrap_or_default(),
            "waiting": backlog.rows,
            "lost": backlog.lost,
            "oldest_at": at(backlog.oldest_at),
        }));
    }
    Ok(shown)
}
