//! Whether the server lives, is ready, and what it counts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use stentor_core::message::State as MessageState;
use stentor_core::reason::dialog360;
use stentor_core::registry::{Account, AccountState, Channel, ChannelState, UpstreamKind};
use stentor_wire::error::Shape;

use super::auth;
use super::error::ApiError;
use super::http::{json, told};
use super::state::AppState;

/// `GET /healthz`: the process answers.
pub async fn alive() -> Response {
    json(StatusCode::OK, &json!({"status": "ok"}))
}

/// `GET /readyz`: the store can commit; 503 with the reason otherwise.
pub async fn ready(State(state): State<Arc<AppState>>) -> Response {
    match state.store.ready().await {
        Ok(()) => json(StatusCode::OK, &json!({"status": "ready"})),
        Err(error) => json(
            StatusCode::SERVICE_UNAVAILABLE,
            &json!({"status": "not ready", "reason": error.to_string()}),
        ),
    }
}

/// `GET /metrics`: Prometheus text, with the store's counts of the moment.
pub async fn metrics(State(state): State<Arc<AppState>>) -> Response {
    let counts = match state.store.counts().await {
        Ok(counts) => counts,
        Err(error) => return told(&state, Shape::Meta, Err(error.into())),
    };
    let mut response = Response::new(state.metrics.render(&counts, state.clock.now()).into());
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `GET /health_status`: whether this number can send, entity by entity; the worst one speaks for all.
pub async fn health_status(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = standing(&state, request.headers()).await;
    told(&state, Shape::Meta, outcome)
}

async fn standing(state: &AppState, headers: &HeaderMap) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    let (number, mut waba) = (number(&caller.channel), waba(&caller.account));
    let counts = state.store.counts_of(caller.account.id).await?;
    let unknown = counts.iter().find(|(state, _)| *state == MessageState::Unknown).map_or(0, |(_, n)| *n);
    if unknown > 0 {
        let words = format!("{unknown} messages are unknown: nobody can say yet whether they were sent");
        waba["additional_info"] = json!([words]);
    }
    let worst = [&number, &waba].into_iter().any(|entity| entity["can_send_message"] == "BLOCKED");
    let overall = if worst { "BLOCKED" } else { "AVAILABLE" };
    let id = caller.channel.id.to_string();
    let status = json!({"can_send_message": overall, "entities": [number, waba]});
    Ok(json(StatusCode::OK, &json!({"health_status": status, "id": id})))
}

fn number(channel: &Channel) -> Value {
    let (description, solution) = match channel.state {
        ChannelState::Active => ("", ""),
        ChannelState::Blocked => {
            (dialog360::BLOCKED, "Unblock the channel: `stentor channel set ID state=active`.")
        }
        ChannelState::Unregistered => ("The number is not registered", "Register the number."),
        ChannelState::Unavailable => (dialog360::UNAVAILABLE, "Wait, or look at the upstream."),
    };
    let mut number =
        entity("PHONE_NUMBER", channel.id.0, channel.state == ChannelState::Active, description, solution);
    if channel.upstream == UpstreamKind::Simulated {
        number["additional_info"] = json!(["SIMULATED: nothing leaves this machine"]);
    }
    number
}

fn waba(account: &Account) -> Value {
    let (description, solution) = match account.state {
        AccountState::Active => ("", ""),
        AccountState::Disabled => (dialog360::DISABLED, "Ask the operator to switch it on."),
        AccountState::Unpaid => (dialog360::LACK_OF_PAYMENT, "Settle the invoices."),
        AccountState::Restricted => {
            ("Temporarily blocked for policy violations", "Wait until the restriction ends.")
        }
        AccountState::Locked => ("Account has been locked", "Ask the operator to unlock it."),
    };
    entity("WABA", account.id.0, account.state == AccountState::Active, description, solution)
}

fn entity(kind: &str, id: i64, fine: bool, description: &str, solution: &str) -> Value {
    let mut entity = json!({
        "entity_type": kind,
        "id": id.to_string(),
        "can_send_message": if fine { "AVAILABLE" } else { "BLOCKED" },
    });
    if !fine {
        let error =
            json!({"error_code": 141_000, "error_description": description, "possible_solution": solution});
        entity["errors"] = json!([error]);
    }
    entity
}
