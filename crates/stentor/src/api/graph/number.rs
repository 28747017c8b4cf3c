//! The number as Graph shows and changes it: `GET` and `POST /{phone_number_id}`, `/register`, `/deregister`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use serde_json::{Map, Value, json};
use stentor_core::id::ChannelId;
use stentor_core::registry::{Account, Channel, ChannelState, DocumentKind, Endpoint};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;

use super::schema::{GraphNumber, GraphNumberBody, GraphRegisterBody};
use super::{Seen, fields, refusal, subscribe};
use crate::api::automation;
use crate::api::error::ApiError;
use crate::api::health;
use crate::api::http::{Done, json as answer, told};
use crate::api::number_quality;
use crate::api::parameters;
use crate::api::state::AppState;
use crate::registry::{Caller, Plan, Snapshot, hash_key};

const USUAL: [&str; 7] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
];
const NODE: &str = "WhatsAppBusinessPhoneNumber";
/// From this many messages a second on, a number's throughput is called high.
const HIGH_PER_S: u32 = 1_000;

/// `GET /{phone_number_id}`.
#[utoipa::path(
    get, path = "/number", tag = "Graph", summary = "A number",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphNumber)),
)]
pub async fn show(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let outcome = find(&state, &seen, request.uri()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, seen: &Seen, uri: &Uri) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let channel = snapshot.channel(ChannelId(seen.object));
    let channel = channel.ok_or_else(|| refusal::object(&Method::GET, &seen.object.to_string()))?;
    let shown = shown(state, &snapshot, &seen.caller.account, channel).await?;
    Ok(answer(StatusCode::OK, &fields::select(shown, uri, &USUAL, NODE)?))
}

/// The numbers of an account, each with the fields asked for.
///
/// # Errors
/// A field there is not; the store.
pub async fn of_account(state: &AppState, account: &Account, uri: &Uri) -> Result<Vec<Value>, ApiError> {
    let snapshot = state.directory.snapshot();
    let mut all = Vec::new();
    for channel in snapshot.channels_of(account.id) {
        all.push(fields::select(shown(state, &snapshot, account, channel).await?, uri, &USUAL, NODE)?);
    }
    Ok(all)
}

/// Everything that can be asked of a number.
async fn shown(
    state: &AppState,
    snapshot: &Snapshot,
    account: &Account,
    channel: &Channel,
) -> Result<Map<String, Value>, ApiError> {
    let status = match channel.state {
        ChannelState::Active => "CONNECTED",
        ChannelState::Blocked => "RESTRICTED",
        ChannelState::Unregistered => "DISCONNECTED",
        ChannelState::Unavailable => "UNKNOWN",
    };
    let level = if channel.rate_per_s >= HIGH_PER_S { "HIGH" } else { "STANDARD" };
    let tier = snapshot.messaging_limit(account).as_str();
    let quality = number_quality::of(snapshot, channel).as_str();
    let has_pin = snapshot.document(account.id, Some(channel.id), DocumentKind::Pin).is_some();
    let hook = |endpoint: Option<&Arc<Endpoint>>| endpoint.map(|e| e.url.clone());
    let mut webhooks = Map::new();
    let own = hook(snapshot.own_endpoint(account.id, Some(channel.id)));
    let of_account = hook(snapshot.own_endpoint(account.id, None));
    for (name, url) in [("phone_number", own), ("whatsapp_business_account", of_account)] {
        url.map(|url| webhooks.insert(name.to_owned(), url.into()));
    }
    let mut automation = json!(automation::of(snapshot, channel));
    automation["id"] = channel.id.to_string().into();
    let all = json!({
        "id": channel.id.to_string(),
        "display_phone_number": format!("+{}", channel.display_phone_number),
        "verified_name": account.name,
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "quality_rating": quality,
        "quality_score": {"score": quality},
        "status": status,
        "account_mode": "LIVE",
        "platform_type": "CLOUD_API",
        "throughput": {"level": level},
        "messaging_limit_tier": tier,
        "whatsapp_business_manager_messaging_limit": tier,
        "is_official_business_account": false,
        "is_pin_enabled": has_pin,
        "is_on_biz_app": false,
        "last_onboarded_time": channel.created_at.to_string(),
        "webhook_configuration": webhooks,
        "conversational_automation": automation,
        "health_status": health::of(state, account, channel).await?,
    });
    match all {
        Value::Object(all) => Ok(all),
        _ => Ok(Map::new()),
    }
}

/// `POST /{phone_number_id}`: the number's own callback URL.
#[utoipa::path(
    post, path = "/number", tag = "Graph", summary = "Set a number's webhook or PIN",
    request_body(content((GraphNumberBody = "application/json"), (GraphNumberBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn change(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let outcome = set(&state, &seen, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn set(state: &Arc<AppState>, seen: &Seen, request: Request) -> Result<Response, ApiError> {
    if seen.caller.channel.id != ChannelId(seen.object) {
        return Err(refusal::object(request.method(), &seen.object.to_string()));
    }
    let fields = parameters::parameters(state, request).await?;
    let pin = parameters::text(&fields, "pin")?.map(|pin| checked_pin(Some(pin))).transpose()?;
    let hook = fields.get("webhook_configuration");
    if pin.is_none() && hook.is_none() {
        return Err(ApiError::new(100, "webhook_configuration: is missing, and so is pin"));
    }
    if let Some(wanted) = hook {
        let wanted = parameters::object(wanted, "webhook_configuration")?;
        subscribe::set(state, &seen.caller, Some(seen.caller.channel.id), &wanted).await?;
    }
    if let Some(pin) = pin {
        keep_pin(state, &seen.caller, &pin).await?;
    }
    Ok(success())
}

/// `{"success": true}`
pub fn success() -> Response {
    answer(StatusCode::OK, &json!({"success": true}))
}

/// `POST /{phone_number_id}/register` `{"messaging_product", "pin"}`.
#[utoipa::path(
    post, path = "/number/register", tag = "Graph", summary = "Register a number",
    request_body(content((GraphRegisterBody = "application/json"), (GraphRegisterBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn register(
    State(state): State<Arc<AppState>>,
    seen: Extension<Seen>,
    request: Request,
) -> Response {
    let outcome = async {
        let fields = parameters::parameters(&state, request).await?;
        let pin = checked_pin(parameters::text(&fields, "pin")?)?;
        let snapshot = state.directory.snapshot();
        let Caller { account, channel, .. } = &seen.caller;
        match snapshot.document(account.id, Some(channel.id), DocumentKind::Pin) {
            Some(kept) if kept != pin_text(&seen.caller, &pin) => {
                return Err(ApiError::new(133_005, "pin: is not the one this number was registered with"));
            }
            Some(_) => {}
            None => keep_pin(&state, &seen.caller, &pin).await?,
        }
        move_to(&state, &seen.caller, ChannelState::Active).await
    };
    let outcome = outcome.await;
    told(&state, Shape::Meta, outcome)
}

fn checked_pin(pin: Option<String>) -> Result<String, ApiError> {
    let is_pin = |pin: &String| pin.len() == 6 && pin.bytes().all(|b| b.is_ascii_digit());
    pin.filter(is_pin).ok_or_else(|| ApiError::new(100, "pin: must be six digits"))
}

/// What is kept of a PIN: its hash with the number, as JSON text.
fn pin_text(caller: &Caller, pin: &str) -> String {
    json!(hash_key(&format!("{}:{pin}", caller.channel.id))).to_string()
}

async fn keep_pin(state: &Arc<AppState>, caller: &Caller, pin: &str) -> Result<(), ApiError> {
    Ok(state.keep(caller, true, DocumentKind::Pin, pin_text(caller, pin)).await?)
}

/// `POST /{phone_number_id}/deregister`.
#[utoipa::path(
    post, path = "/number/deregister", tag = "Graph", summary = "Deregister a number",
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn deregister(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    let outcome = move_to(&state, &seen.caller, ChannelState::Unregistered).await;
    told(&state, Shape::Meta, outcome)
}

/// A number that the operator blocked stays so: only what registration is about is moved.
async fn move_to(state: &Arc<AppState>, caller: &Caller, to: ChannelState) -> Result<Response, ApiError> {
    let (id, account, actor) = (caller.channel.id, caller.account.id, caller.actor());
    let changed = state
        .administer(move |snapshot, at| {
            let movable = [ChannelState::Active, ChannelState::Unregistered];
            let channel = snapshot.channel(id).filter(|channel| movable.contains(&channel.state));
            let changes = channel
                .filter(|channel| channel.state != to)
                .map(|channel| RegistryChange::PutChannel(Channel { state: to, ..Channel::clone(channel) }));
            let detail = format!("{id}: {}", to.as_str());
            let audit = Audit { at, actor, account, action: "channel.register".to_owned(), detail };
            let plan = Plan { audit, changes: changes.into_iter().collect(), notices: Vec::new() };
            Ok::<_, ApiError>((plan, channel.is_some()))
        })
        .await?;
    match changed {
        true => Ok(success()),
        false => Err(ApiError::new(10, "the number is blocked by the operator")),
    }
}
