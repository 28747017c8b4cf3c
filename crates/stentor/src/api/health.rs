//! Whether the server lives, is ready, and what it counts.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use stentor_core::reason::dialog360;
use stentor_core::registry::{Account, AccountState, Channel, ChannelState, UpstreamKind};
use stentor_wire::error::Shape;

use super::auth;
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

/// `GET /metrics`: Prometheus text, the program's own and the API's counters.
pub async fn metrics(State(state): State<Arc<AppState>>) -> Response {
    let mut page = state.metrics.as_ref().map_or_else(String::new, |render| render());
    let counters = &state.counters;
    let own = [
        ("stentor_api_accepted_total", "Messages accepted with a 200.", &counters.accepted),
        ("stentor_api_refused_total", "Sends answered with an error.", &counters.refused),
        ("stentor_api_unknown_fields_total", "Unknown fields ignored in sends.", &counters.unknown_fields),
        ("stentor_api_panics_total", "Requests that panicked: each is a bug.", &counters.panics),
    ];
    let end = page.find("# EOF").unwrap_or(page.len());
    page.truncate(end);
    for (name, help, counter) in own {
        let value = counter.load(Ordering::Relaxed);
        let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}");
    }
    let mut response = Response::new(page.into());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `GET /health_status`: whether this number can send, entity by entity; the worst one speaks for all.
pub async fn health_status(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let snapshot = state.directory.snapshot();
    let outcome = auth::caller(&snapshot, request.headers(), state.clock.now()).map(|caller| {
        let (number, waba) = (number(&caller.channel), waba(&caller.account));
        let worst = [&number, &waba].into_iter().any(|entity| entity["can_send_message"] == "BLOCKED");
        let overall = if worst { "BLOCKED" } else { "AVAILABLE" };
        let id = caller.channel.id.to_string();
        json(
            StatusCode::OK,
            &json!({"health_status": {"can_send_message": overall, "entities": [number, waba]}, "id": id}),
        )
    });
    told(&state, Shape::Meta, outcome)
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
