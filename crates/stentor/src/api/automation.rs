//! `/conversational_automation`: ice breakers, commands and the welcome message of a number. Kept and given back; the
//! simulated network shows none of them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stentor_core::registry::{Channel, DocumentKind};
use stentor_wire::error::Shape;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::{DONE, Done, json as answer, told};
use super::parameters::{flag, object, opened, parameters, text};
use super::state::AppState;
use super::{auth, relayed};
use crate::registry::{Caller, Snapshot};

const EDGE: &str = "conversational_automation";
const PROMPTS_MAX: usize = 4;
const PROMPT_CHARS_MAX: usize = 80;
const COMMANDS_MAX: usize = 30;
const COMMAND_NAME_CHARS_MAX: usize = 32;
const COMMAND_HINT_CHARS_MAX: usize = 256;

/// What a number offers in an empty chat.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Automation {
    /// Whether a `request_welcome` is told when a person first opens the chat.
    enable_welcome_message: bool,
    /// Up to 4 ice breakers, each up to 80 characters.
    prompts: Vec<String>,
    /// Up to 30.
    commands: Vec<Command>,
}

/// Something a person may type after a slash.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// Up to 32 characters.
    command_name: String,
    /// Up to 256 characters.
    command_description: String,
}

/// The answer of a read.
#[derive(Serialize, ToSchema)]
struct AutomationShown {
    conversational_automation: Automation,
    /// The phone-number id.
    id: String,
}

/// The paths of conversational components.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// `GET /conversational_automation`.
#[utoipa::path(
    get, path = "/conversational_automation", tag = "Number", summary = "Ice breakers, commands and the welcome message",
    responses((status = 200, description = "What is set", body = AutomationShown)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = find(&state, request.headers()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, headers: &HeaderMap) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    // Meta shows it as a field of the number.
    let fields = format!("?fields={EDGE}");
    if let Some(theirs) = relayed::ask(state, &caller, Method::GET, &fields, None).await? {
        return Ok(relayed::passed_on(theirs));
    }
    let id = caller.channel.id.to_string();
    Ok(answer(StatusCode::OK, &AutomationShown { conversational_automation: kept(state, &caller), id }))
}

fn kept(state: &AppState, caller: &Caller) -> Automation {
    of(&state.directory.snapshot(), &caller.channel)
}

/// What is set for a number.
pub fn of(snapshot: &Snapshot, channel: &Channel) -> Automation {
    let kept = snapshot.document(channel.account, Some(channel.id), DocumentKind::Automation);
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// `POST /conversational_automation`: what is not named stays.
#[utoipa::path(
    post, path = "/conversational_automation", tag = "Number", summary = "Set ice breakers, commands, the welcome message",
    request_body(content = Automation, example = json!({"prompts": ["Where is my order?"]})),
    responses((status = 200, description = "Done", body = Done), (status = 502, description = "The upstream did not answer")),
)]
pub async fn change(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = set(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn set(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), state.clock.now())?;
    let fields = parameters(state, request).await?;
    let automation = changed(kept(state, &caller), &fields)?;
    let body = json!(automation);
    if let Some(theirs) = relayed::ask(state, &caller, Method::POST, EDGE, Some(&body)).await? {
        return Ok(relayed::passed_on(theirs));
    }
    state.keep(&caller, true, DocumentKind::Automation, body.to_string()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}

fn changed(old: Automation, fields: &Map<String, Value>) -> Result<Automation, ApiError> {
    let mut new = old;
    if let Some(on) = flag(fields, "enable_welcome_message")? {
        new.enable_welcome_message = on;
    }
    if let Some(items) = list(fields, "prompts", PROMPTS_MAX)? {
        let prompt =
            |item: &Value| item.as_str().map(str::to_owned).filter(|text| fits(text, PROMPT_CHARS_MAX));
        let prompts: Option<Vec<String>> = items.iter().map(prompt).collect();
        new.prompts = prompts.ok_or_else(|| {
            ApiError::new(100, format!("prompts: each must be a text of 1 to {PROMPT_CHARS_MAX} characters"))
        })?;
    }
    if let Some(items) = list(fields, "commands", COMMANDS_MAX)? {
        new.commands = items.iter().map(command).collect::<Result<_, _>>()?;
    }
    Ok(new)
}

fn fits(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.chars().count())
}

fn list(fields: &Map<String, Value>, name: &str, max: usize) -> Result<Option<Vec<Value>>, ApiError> {
    match fields.get(name).map(opened) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) if items.len() <= max => Ok(Some(items)),
        Some(Value::Array(_)) => Err(ApiError::new(100, format!("{name}: at most {max} are allowed"))),
        Some(_) => Err(ApiError::new(100, format!("{name}: must be a list"))),
    }
}

fn command(item: &Value) -> Result<Command, ApiError> {
    let fields = object(item, "commands")?;
    let need = |name: &'static str, max: usize| {
        let given = text(&fields, name)?.filter(|given| fits(given, max));
        given
            .ok_or_else(|| ApiError::new(100, format!("commands.{name}: must be 1 to {max} characters long")))
    };
    Ok(Command {
        command_name: need("command_name", COMMAND_NAME_CHARS_MAX)?,
        command_description: need("command_description", COMMAND_HINT_CHARS_MAX)?,
    })
}
