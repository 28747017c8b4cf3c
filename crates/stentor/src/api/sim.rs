//! `/sim/*`: the simulated network of this process as a test fixture: faults, time, phones, figures. Behind the admin key;
//! without such a network these paths are not there.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use http::Uri;
use serde_json::{Value, json};

use super::admin::{AdminError, Answer, Fields, guarded, ok};
use super::http::Query;
use super::state::AppState;
use crate::sim::{SimControl, span};

/// The paths, under their guard; none where nothing is simulated.
pub fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    if state.network.is_none() {
        return Router::new();
    }
    let sim = Router::new()
        .route("/profile", get(profile).put(set_profile))
        .route("/advance", post(advance))
        .route("/reset", post(reset))
        .route("/recipients", get(recipients))
        .route("/triggers", get(triggers))
        .route("/messages/{number}", get(messages))
        .route("/stats", get(stats));
    guarded(state, Router::new().nest("/sim", sim))
}

fn network(state: &AppState) -> Result<&Arc<dyn SimControl>, AdminError> {
    let problem = "nothing is simulated here: the upstream is a real one";
    state.network.as_ref().ok_or_else(|| AdminError::not_found(problem))
}

/// `GET /sim/profile`: the faults in force, every field spelt out.
async fn profile(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.profile())
}

/// `PUT /sim/profile`: a name as a JSON string, or the fields that differ from calm.
async fn set_profile(State(state): State<Arc<AppState>>, wanted: axum::body::Bytes) -> Answer {
    let parsed = serde_json::from_slice::<Value>(&wanted);
    let wanted = parsed.map_err(|error| AdminError::field("profile", format!("is not JSON: {error}")))?;
    let set = network(&state)?.set_profile(&wanted);
    ok(&set.map_err(|error| AdminError::field("profile", error))?)
}

/// `POST /sim/advance` `{"by": "8d"}` (or seconds): time moves at once, and what has become due happens.
async fn advance(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let by = match fields.take("by") {
        Some(Value::String(text)) => span(&text).map_err(|problem| AdminError::field("by", problem))?,
        Some(Value::Number(n)) => span(&n.to_string()).map_err(|problem| AdminError::field("by", problem))?,
        _ => return Err(AdminError::field("by", "is missing: a span such as \"8d\", or seconds")),
    };
    fields.end()?;
    let network = network(&state)?;
    // Receivers live in real time: told before, so that nothing they still wait for is given up.
    state.store.skip(by).await?;
    state.clock.advance(by);
    let now = state.clock.now();
    network.advanced(now);
    state.wake.timers();
    state.wake.queue();
    state.wake.deliveries();
    ok(&json!({"now": now.to_string(), "by_s": by.as_secs()}))
}

/// `POST /sim/reset`: empty phones, no stops, no faults; what is on its way in the network is forgotten.
async fn reset(State(state): State<Arc<AppState>>) -> Answer {
    network(&state)?.reset();
    ok(&json!({"success": true}))
}

/// `GET /sim/recipients`: the numbers that behave the same way every time.
async fn recipients(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.recipients())
}

/// `GET /sim/triggers`: the words that decide a template's review.
async fn triggers(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.triggers())
}

/// `GET /sim/messages/{number}?limit=`: what that phone shows, newest first.
async fn messages(State(state): State<Arc<AppState>>, Path(number): Path<String>, uri: Uri) -> Answer {
    let limit = Query::of(&uri).number("limit", 1..=1_000, 20)?;
    let address =
        stentor_core::recipient::parse(&number).map_err(|problem| AdminError::field("number", problem))?;
    ok(&network(&state)?.messages(address.canonical(), limit))
}

/// `GET /sim/stats`.
async fn stats(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.stats())
}
