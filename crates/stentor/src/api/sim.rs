//! `/sim/*`: the simulated network of this process as a test fixture: faults, time, phones (`phones`), figures. Behind the
//! admin key; without such a network these paths are not there.

mod phones;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use http::Uri;
use serde::Serialize;
use serde_json::Value;
use stentor_core::message::State as MessageState;
use stentor_wire::reader::tree;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::admin::{AdminError, Answer, Fields, ok};
use super::http::{DONE, Done, Query};
use super::sim_schema as schema;
use super::state::AppState;
use crate::clock::{instant, pause};
use crate::sim::{PhoneMessage, SimControl, span};

/// The paths; served where something is simulated.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    let sim = OpenApiRouter::default()
        .routes(routes!(profile, set_profile))
        .routes(routes!(advance))
        .routes(routes!(reset))
        .routes(routes!(recipients))
        .routes(routes!(triggers))
        .routes(routes!(messages))
        .routes(routes!(chat))
        .routes(routes!(stats))
        .merge(phones::routes());
    OpenApiRouter::default().nest("/sim", sim)
}

/// How long a reset, or a step of time, waits for what is being sent.
const SENDING_MAX: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long an answer waits for what it caused to be recorded.
const RECORDING_MAX: Duration = Duration::from_secs(10);

/// The time after a leap.
#[derive(Serialize, ToSchema)]
struct Advanced {
    /// RFC 3339.
    now: String,
    by_s: u64,
}

fn network(state: &AppState) -> Result<&Arc<dyn SimControl>, AdminError> {
    let problem = "nothing is simulated here: the upstream is a real one";
    state.network.as_ref().ok_or_else(|| AdminError::not_found(problem))
}

/// `GET /sim/profile`: the faults in force, every field spelt out.
#[utoipa::path(
    get, path = "/profile", tag = "Simulated network", summary = "The faults in force",
    responses((status = 200, description = "Every field spelt out", body = schema::Profile)),
)]
async fn profile(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.profile())
}

/// `PUT /sim/profile`: a name as a JSON string, or the fields that differ from calm.
#[utoipa::path(
    put, path = "/profile", tag = "Simulated network", summary = "Switch the faults",
    request_body(content = schema::ProfileBody, examples(
        ("name" = (summary = "By name", value = json!("lossy"))),
        ("fields" = (summary = "What differs from calm", value = json!({"name": "mine", "error_5xx": 0.1}))),
    )),
    responses((status = 200, description = "What is now in force", body = schema::Profile)),
)]
async fn set_profile(State(state): State<Arc<AppState>>, wanted: axum::body::Bytes) -> Answer {
    let parsed = tree(&wanted);
    let wanted = parsed.map_err(|error| AdminError::field("profile", format!("is not JSON: {error}")))?;
    let set = network(&state)?.set_profile(&wanted);
    // The error names the field itself.
    let named = |error: String| error.strip_prefix("profile: ").map_or(error.clone(), str::to_owned);
    ok(&set.map_err(|error| AdminError::field("profile", named(error.to_string())))?)
}

/// `POST /sim/advance` `{"by": "8d"}` (or seconds): time moves at once, and what has become due happens.
#[utoipa::path(
    post, path = "/advance", tag = "Simulated network", summary = "Advance the clock",
    request_body(content = schema::Advance, example = json!({"by": "8d"})),
    responses((status = 200, description = "The time it is now", body = Advanced)),
)]
async fn advance(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let by = match fields.take("by") {
        Some(Value::String(text)) => span(&text).map_err(|problem| AdminError::field("by", problem))?,
        Some(Value::Number(n)) => span(&n.to_string()).map_err(|problem| AdminError::field("by", problem))?,
        _ => return Err(AdminError::field("by", "is missing: a span such as \"8d\", or seconds")),
    };
    fields.end()?;
    let network = network(&state)?;
    // What was sent before was sent before: a test that sends and then moves the time means it in this order.
    let began = instant();
    while is_sending(&state).await? && began.elapsed() < SENDING_MAX {
        pause(LOOK_EVERY).await;
    }
    // Receivers live in real time: told before, so that nothing they still wait for is given up.
    state.store.skip(by).await?;
    state.clock.advance(by);
    let now = state.clock.now();
    network.advanced(now);
    state.wake.timers();
    state.wake.queue();
    state.wake.deliveries();
    ok(&Advanced { now: now.to_string(), by_s: by.as_secs() })
}

/// Whether something that could leave at once has not left yet.
async fn is_sending(state: &AppState) -> Result<bool, AdminError> {
    let counts = state.store.counts().await?;
    let leaves = [MessageState::Accepted, MessageState::Sending];
    Ok(counts.by_state.iter().any(|(state, n)| leaves.contains(state) && *n > 0))
}

/// Waits until the business has recorded what the network told it, but not for ever.
async fn recorded(state: &AppState, network: &Arc<dyn SimControl>) {
    tokio::select! {
        () = network.told().recorded() => {}
        () = pause(RECORDING_MAX) => tracing::warn!("what the network told is not recorded yet"),
        () = state.lifecycle.stopping() => {}
    }
}

/// What else is forgotten.
#[derive(ToSchema)]
#[schema(as = Reset)]
#[expect(dead_code, reason = "a schema; never made")]
struct ResetBody {
    /// Also every message, its webhooks that still wait, and everything known of people: of all accounts. False at first.
    messages: Option<bool>,
}

/// `POST /sim/reset` `{"messages"?: true}`: empty phones, no stops, no faults; what is on its way in the network is
/// forgotten, and with `messages` what the store knows of messages and people, too.
#[utoipa::path(
    post, path = "/reset", tag = "Simulated network", summary = "Forget everything on phones and on its way",
    request_body(content = ResetBody, example = json!({"messages": true})),
    responses((status = 200, description = "Forgotten", body = Done)),
)]
async fn reset(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let messages = fields.flag("messages")?.unwrap_or(false);
    fields.end()?;
    let network = network(&state)?;
    if messages {
        // What is being sent right now would come to the phones afterwards: it is let go first, but not for ever.
        let began = instant();
        while state.store.wipe(false).await? > 0 && began.elapsed() < SENDING_MAX {
            pause(LOOK_EVERY).await;
        }
    }
    network.reset();
    state.limiter.clear();
    if messages {
        // What the network had told before is recorded first: it must not come up in the next test.
        recorded(&state, network).await;
        state.store.wipe(true).await?;
        state.wake.timers();
    }
    ok(&DONE)
}

/// `GET /sim/recipients`: the numbers that behave the same way every time.
#[utoipa::path(
    get, path = "/recipients", tag = "Simulated network", summary = "Numbers that always behave the same way",
    responses((status = 200, description = "The numbers", body = Vec<schema::Recipient>)),
)]
async fn recipients(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.recipients())
}

/// `GET /sim/triggers`: the words that decide a template's review.
#[utoipa::path(
    get, path = "/triggers", tag = "Simulated network", summary = "Words that decide a template's review",
    responses((status = 200, description = "The words", body = Vec<schema::Trigger>)),
)]
async fn triggers(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.triggers())
}

/// `GET /sim/messages/{number}?limit=`: what that phone shows, newest first.
#[utoipa::path(
    get, path = "/messages/{number}", tag = "Simulated network", summary = "What a phone shows, newest first",
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Messages; 20 when absent")),
    responses((status = 200, description = "The messages", body = Vec<PhoneMessage>)),
)]
async fn messages(State(state): State<Arc<AppState>>, Path(number): Path<String>, uri: Uri) -> Answer {
    let limit = Query::of(&uri).number("limit", 1..=1_000, 20)?;
    ok(&network(&state)?.phone(&phones::person(&number)?, limit).messages)
}

/// `GET /sim/chats/{account}/{number}`: what that person sees of an account beside its messages.
#[utoipa::path(
    get, path = "/chats/{account}/{number}", tag = "Simulated network",
    summary = "What an account has read, and whether it types",
    responses((status = 200, description = "The chat", body = schema::PhoneChat)),
)]
async fn chat(State(state): State<Arc<AppState>>, Path((account, number)): Path<(String, String)>) -> Answer {
    let network = network(&state)?;
    let address =
        stentor_core::recipient::parse(&number).map_err(|problem| AdminError::field("number", problem))?;
    let account: stentor_core::id::AccountId =
        account.parse().map_err(|_| AdminError::field("account", "is no account id: digits"))?;
    ok(&network.chat(&account.to_string(), address.canonical()))
}

/// `GET /sim/stats`.
#[utoipa::path(
    get, path = "/stats", tag = "Simulated network", summary = "What was counted and what is held",
    responses((status = 200, description = "Figures", body = schema::Stats)),
)]
async fn stats(State(state): State<Arc<AppState>>) -> Answer {
    ok(&network(&state)?.stats())
}
