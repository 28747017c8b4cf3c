//! Whether the server lives, is ready, and what it counts.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::http::json;
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
