//! Where webhooks go, set the Graph way: the URL must first give a challenge back, then it is the number's or the
//! account's endpoint, as if `/v1/configs/webhook` had set it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use hyper::body::Bytes;
use serde_json::{Map, Value, json};
use stentor_core::id::ChannelId;
use stentor_wire::error::Shape;

use super::number::success;
use super::schema::{GraphApps, GraphSubscribeBody};
use super::{Seen, app, app_webhook, refusal};
use crate::api::error::ApiError;
use crate::api::http::{Done, json as answer, told, trace};
use crate::api::parameters;
use crate::api::state::AppState;
use crate::api::webhook_config::{self, Wanted};
use crate::registry::Caller;

/// Characters of an override (facts/meta 6.1).
const CALLBACK_CHARS_MAX: usize = 200;

/// `GET /{waba_id}/subscribed_apps`: this app.
#[utoipa::path(
    get, path = "/account/subscribed_apps", tag = "Graph", summary = "Where an account's webhooks go",
    responses((status = 200, description = "As asked for", body = GraphApps)),
)]
pub async fn list(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    let snapshot = state.directory.snapshot();
    let mut this = json!({"whatsapp_business_api_data":
        {"id": app::ID.to_string(), "link": "/docs", "name": "Stentor"}});
    if let Some(endpoint) = snapshot.own_endpoint(seen.caller.account.id, None) {
        this["override_callback_uri"] = endpoint.url.as_str().into();
    }
    answer(StatusCode::OK, &json!({"data": [this]}))
}

/// `POST /{waba_id}/subscribed_apps` `{"override_callback_uri"?, "verify_token"?}`.
#[utoipa::path(
    post, path = "/account/subscribed_apps", tag = "Graph", summary = "Set where an account's webhooks go",
    request_body(content((Option<GraphSubscribeBody> = "application/json"), (Option<GraphSubscribeBody> = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn subscribe(
    State(state): State<Arc<AppState>>,
    seen: Extension<Seen>,
    request: Request,
) -> Response {
    let outcome = async {
        let fields = parameters::parameters(&state, request).await?;
        // Without a URL it is subscribed, which it is already.
        if fields.contains_key("override_callback_uri") {
            set(&state, &seen.caller, None, &fields).await?;
        }
        Ok(success())
    };
    let outcome = outcome.await;
    told(&state, Shape::Meta, outcome)
}

/// `DELETE /{waba_id}/subscribed_apps`: the account has no endpoint of its own any more.
#[utoipa::path(
    delete, path = "/account/subscribed_apps", tag = "Graph", summary = "Remove where an account's webhooks go",
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn unsubscribe(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    // Behind it stands the app's, where there is one.
    let wanted = app_webhook::url(&state, &seen.caller).map(|url| (url, Vec::new()));
    let gone = webhook_config::set(&state, seen.caller.account.id, None, wanted, seen.caller.actor()).await;
    told(&state, Shape::Meta, gone.map(|_| success()))
}

/// A callback URL that may be one, and has proved itself with the token.
///
/// # Errors
/// 100 for the URL or a missing token, 2200 when it does not give the challenge back.
pub async fn proved(
    state: &AppState,
    (field, url): (&str, &str),
    fields: &Map<String, Value>,
) -> Result<Wanted, ApiError> {
    if url.chars().count() > CALLBACK_CHARS_MAX {
        let details = format!("{field}: must be at most {CALLBACK_CHARS_MAX} characters long");
        return Err(ApiError::new(100, details));
    }
    let token = parameters::text(fields, "verify_token")?.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| ApiError::new(100, "verify_token: is missing"))?;
    let body = json!({"url": url}).to_string();
    let wanted = webhook_config::parse(body.as_bytes(), &state.limits)?;
    challenge(state, url, &token).await?;
    wanted.ok_or_else(|| ApiError::new(100, format!("{field}: is missing")))
}

/// Sets (or with an empty URL removes) the endpoint of the number, or with `None` of the account.
///
/// # Errors
/// 100 for the URL, 2200 when it does not give the challenge back; the store.
pub async fn set(
    state: &Arc<AppState>,
    caller: &Caller,
    channel: Option<ChannelId>,
    fields: &Map<String, Value>,
) -> Result<(), ApiError> {
    let wanted = match parameters::text(fields, "override_callback_uri")?.filter(|url| !url.is_empty()) {
        None => None,
        Some(url) => Some(proved(state, ("override_callback_uri", &url), fields).await?),
    };
    webhook_config::set(state, caller.account.id, channel, wanted, caller.actor()).await?;
    Ok(())
}

/// The handshake: `hub.challenge` must come back as the whole body of a 200.
async fn challenge(state: &AppState, callback: &str, verify_token: &str) -> Result<(), ApiError> {
    let Some(outbound) = &state.outbound else {
        return Err(refusal::callback("this server sends no requests"));
    };
    let challenge = trace(state);
    let mut url = url::Url::parse(callback).map_err(|_| refusal::callback("it is no URL"))?;
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", verify_token);
    let uri = url.as_str().parse().map_err(|_| refusal::callback("it is no URL"))?;
    match outbound.ask(Method::GET, &uri, HeaderMap::new(), Bytes::new()).await {
        Ok(said) if said.status == StatusCode::OK && said.body.trim_ascii() == challenge.as_bytes() => Ok(()),
        Ok(said) if said.status == StatusCode::OK => {
            Err(refusal::callback("the answer is not the challenge"))
        }
        Ok(said) => Err(refusal::callback(&format!("HTTP Status Code = {}", said.status.as_u16()))),
        Err(failure) => Err(refusal::callback(&failure.to_string())),
    }
}
