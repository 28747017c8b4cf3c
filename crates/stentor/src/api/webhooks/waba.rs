//! `/waba_webhook`: where the events of all of an account's numbers go, and those of the account itself
//! (facts/360dialog 2.4). A twin's takes effect later, as at 360dialog; a gateway's at once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_core::id::EndpointId;
use stentor_core::registry::{Channel, Character, Endpoint, Role};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, parse_json};
use utoipa::ToSchema;

use super::{Said, effect, said};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{bytes, json, told};
use crate::api::state::AppState;
use crate::api::webhook_config::{Wanted, parse, shown_headers};
use crate::registry::{Caller, Plan, Snapshot};

/// Where an account's webhooks go, and its numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct WabaWebhook {
    /// The account.
    #[schema(example = "111000111000111")]
    pub waba_id: String,
    /// Where to; null when none is set.
    #[schema(required = true, example = "https://example.com/hook")]
    pub url: Option<String>,
    /// Sent with every delivery.
    #[schema(value_type = Object)]
    pub headers: Map<String, Value>,
    /// The account's numbers.
    pub phone_numbers: Vec<Number>,
    /// The same: clients read either name.
    pub numbers_on_this_waba: Vec<Number>,
}

/// One of the account's numbers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WabaWebhookNumber)]
pub struct Number {
    /// The phone-number id.
    #[schema(example = "222000222000222")]
    pub id: String,
    /// Digits.
    #[schema(example = "15550001111")]
    pub display_phone_number: String,
    /// The number's own webhook, which goes before the account's; null when it has none.
    #[schema(required = true)]
    pub url: Option<String>,
}

/// Where an account's webhooks are to go.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct WabaWebhookBody {
    /// Begins with `https://`; null or empty removes it.
    #[schema(required = true, example = "https://example.com/hook", max_length = 2000)]
    url: Option<String>,
    /// At most 20, sent with every webhook.
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
    /// Whether every number's own webhook becomes the same.
    override_all: Option<bool>,
}

/// `GET /waba_webhook`.
#[utoipa::path(
    get, path = "/waba_webhook", tag = "Webhooks", summary = "Where the account's webhooks go",
    responses((status = 200, description = "The address, and the account's numbers", body = WabaWebhook)),
)]
pub async fn show(state: State<Arc<AppState>>, request: Request) -> Response {
    waba_webhook(state, request).await
}

/// `POST /waba_webhook`.
#[utoipa::path(
    post, path = "/waba_webhook", tag = "Webhooks",
    summary = "Set where the account's webhooks go; a twin's takes effect after some seconds",
    request_body(content = WabaWebhookBody, example = json!({
        "url": "https://example.com/hook", "headers": {"Authorization": "Bearer of-your-choice"},
        "override_all": false})),
    responses((status = 200, description = "It is on its way", body = Said)),
)]
pub async fn put(state: State<Arc<AppState>>, request: Request) -> Response {
    waba_webhook(state, request).await
}

/// `DELETE /waba_webhook`.
#[utoipa::path(
    delete, path = "/waba_webhook", tag = "Webhooks", summary = "Stop the account's webhooks",
    responses((status = 200, description = "Stopped", body = Said)),
)]
pub async fn remove(state: State<Arc<AppState>>, request: Request) -> Response {
    waba_webhook(state, request).await
}

async fn waba_webhook(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = handle(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn handle(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let caller = auth::caller(&snapshot, request.headers(), state.clock.now())?;
    match *request.method() {
        Method::GET | Method::HEAD => Ok(json(StatusCode::OK, &shown(&snapshot, &caller))),
        Method::DELETE => gone(state, &caller).await,
        _ => {
            let body = bytes(state, request.into_body()).await?;
            match parse(&body, &state.limits)? {
                None => gone(state, &caller).await,
                Some(wanted) => set(state, &caller, wanted, override_all(&body)?).await,
            }
        }
    }
}

fn override_all(body: &[u8]) -> Result<bool, ApiError> {
    let (value, notes) = (parse_json(body)?, Notes::default());
    let root = Cursor::root(&value, &notes);
    Ok(root.object(&["url", "headers", "override_all"])?.bool("override_all")?.unwrap_or(false))
}

fn shown(snapshot: &Snapshot, caller: &Caller) -> WabaWebhook {
    let account = caller.account.id;
    let own = snapshot.own_endpoint(account, None);
    let number = |channel: &Arc<Channel>| Number {
        id: channel.id.to_string(),
        display_phone_number: channel.display_phone_number.clone(),
        url: snapshot.own_endpoint(account, Some(channel.id)).map(|e| e.url.clone()),
    };
    let numbers: Vec<Number> = snapshot.channels_of(account).map(number).collect();
    WabaWebhook {
        waba_id: account.to_string(),
        url: own.map(|e| e.url.clone()),
        headers: own.map(|e| shown_headers(e)).unwrap_or_default(),
        numbers_on_this_waba: numbers.clone(),
        phone_numbers: numbers,
    }
}

/// Sets it: in a twin for later, and then a task waits for it.
async fn set(
    state: &Arc<AppState>,
    caller: &Caller,
    (url, headers): Wanted,
    override_all: bool,
) -> Result<Response, ApiError> {
    let (account, actor) = (caller.account.id, caller.actor());
    let delay = match caller.channel.character {
        Character::Twin => state.limits.waba_webhook_delay,
        Character::Gateway => Duration::ZERO,
    };
    let fresh = EndpointId(state.fresh_id(|_| false));
    let at = state
        .administer(move |snapshot, now| {
            let at = now + delay;
            let known = snapshot.coming(account).map(|e| e.id);
            let coming = Endpoint {
                id: known.unwrap_or(fresh),
                account,
                channel: None,
                role: Role::Coming { at, override_all },
                url,
                headers,
                created_at: now,
            };
            let changes = match delay.is_zero() {
                true => effect::begin(snapshot, &coming, now),
                false => vec![RegistryChange::PutEndpoint(coming)],
            };
            let detail = format!("account: override_all={override_all} from {at}");
            let audit = Audit { at: now, actor, account, action: "webhook.set".to_owned(), detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices: Vec::new() }, at))
        })
        .await?;
    if delay.is_zero() {
        return Ok(said(StatusCode::OK, "The WABA webhook is set."));
    }
    effect::wait(state, account, at);
    let secs = delay.as_secs();
    let message = format!(
        "The WABA webhook is being set, which takes about {secs} seconds: confirm it with GET before messaging."
    );
    Ok(said(StatusCode::OK, message))
}

/// Removes it, and what was set for later.
async fn gone(state: &Arc<AppState>, caller: &Caller) -> Result<Response, ApiError> {
    let (account, actor) = (caller.account.id, caller.actor());
    state
        .administer(move |snapshot, now| {
            let gone = snapshot.own_endpoint(account, None).into_iter().chain(snapshot.coming(account));
            let changes = gone.map(|e| RegistryChange::RemoveEndpoint(e.id)).collect();
            let (action, detail) = ("webhook.set".to_owned(), "account: none".to_owned());
            let audit = Audit { at: now, actor, account, action, detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    Ok(said(StatusCode::OK, "The WABA webhook is removed."))
}
