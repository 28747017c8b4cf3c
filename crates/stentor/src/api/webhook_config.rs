//! `/v1/configs/webhook`: where a number's webhooks go. GET is cheap: clients use it to try their key.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use stentor_core::id::{AccountId, ChannelId, EndpointId};
use stentor_core::registry::{Endpoint, Role};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, Object, parse_json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth;
use super::error::ApiError;
use super::http::{bytes, json as answer, told};
use super::state::{AppState, Limits};
use crate::outbound::is_public;
use crate::registry::{Plan, Snapshot};

/// Characters of a URL.
const URL_CHARS_MAX: usize = 2_000;
/// Headers of one endpoint.
const HEADERS_MAX: usize = 20;
/// Bytes of one header's value.
const HEADER_BYTES_MAX: usize = 4_096;
/// Headers that belong to the connection, not to the customer.
const RESERVED: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];
/// Headers that every webhook carries with our own value.
const OURS: [&str; 3] = ["content-type", "x-360dialog-signature", "x-hub-signature-256"];

/// Its path.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(show, put, remove))
}

/// Where webhooks go, as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct WebhookShown {
    /// Null: nowhere.
    #[schema(example = "https://example.com/hook")]
    url: Option<String>,
    /// Sent with every webhook.
    #[schema(value_type = Object)]
    headers: Map<String, Value>,
}

/// Where webhooks are to go.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct WebhookBody {
    /// Begins with `https://`; null or empty removes it.
    #[schema(example = "https://example.com/hook", max_length = 2000)]
    url: Option<String>,
    /// At most 20, sent with every webhook.
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
}

/// `GET /v1/configs/webhook`.
#[utoipa::path(
    get, path = "/v1/configs/webhook", tag = "Webhooks", summary = "Where this number's webhooks go",
    responses((status = 200, description = "The address and its headers", body = WebhookShown)),
)]
pub async fn show(state: State<Arc<AppState>>, request: Request) -> Response {
    webhook(state, request).await
}

/// `POST /v1/configs/webhook`.
#[utoipa::path(
    post, path = "/v1/configs/webhook", tag = "Webhooks", summary = "Set where this number's webhooks go",
    request_body(content = WebhookBody, example = json!({
        "url": "https://example.com/hook", "headers": {"Authorization": "Bearer of-your-choice"}})),
    responses((status = 200, description = "As it is now", body = WebhookShown)),
)]
pub async fn put(state: State<Arc<AppState>>, request: Request) -> Response {
    webhook(state, request).await
}

/// `DELETE /v1/configs/webhook`.
#[utoipa::path(
    delete, path = "/v1/configs/webhook", tag = "Webhooks", summary = "Stop this number's webhooks",
    responses((status = 200, description = "As it is now", body = WebhookShown)),
)]
pub async fn remove(state: State<Arc<AppState>>, request: Request) -> Response {
    webhook(state, request).await
}

async fn webhook(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = handle(&state, request).await;
    told(&state, Shape::Config, outcome)
}

async fn handle(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let caller = auth::caller(&snapshot, request.headers(), state.clock.now())?;
    let (account, channel) = (caller.account.id, Some(caller.channel.id));
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return Ok(answer(
            StatusCode::OK,
            &shown(snapshot.own_endpoint(account, channel).map(AsRef::as_ref)),
        ));
    }
    let wanted = match *request.method() {
        Method::DELETE => None,
        _ => parse(&bytes(state, request.into_body()).await?, &state.limits)?,
    };
    let endpoint = set(state, account, channel, wanted, caller.actor()).await?;
    Ok(answer(StatusCode::OK, &shown(endpoint.as_ref())))
}

/// An endpoint as its owner sees it.
pub(super) fn shown(endpoint: Option<&Endpoint>) -> WebhookShown {
    let headers = endpoint.map(shown_headers).unwrap_or_default();
    WebhookShown { url: endpoint.map(|e| e.url.clone()), headers }
}

/// The headers of an endpoint as they are shown.
pub(super) fn shown_headers(endpoint: &Endpoint) -> Map<String, Value> {
    endpoint.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
}

/// Where to, and with which headers.
pub(super) type Wanted = (String, Vec<(String, String)>);

/// Sets or (with `None`) removes the endpoint of a channel, or of the account as a whole.
///
/// # Errors
/// The store.
pub(super) async fn set(
    state: &Arc<AppState>,
    account: AccountId,
    channel: Option<ChannelId>,
    wanted: Option<Wanted>,
    actor: String,
) -> Result<Option<Endpoint>, ApiError> {
    let id = EndpointId(state.fresh_id(|_| false));
    state
        .administer(move |snapshot: &Snapshot, at| {
            let current = snapshot.own_endpoint(account, channel);
            let endpoint = wanted.map(|(url, headers)| Endpoint {
                id: current.map_or(id, |current| current.id),
                account,
                channel,
                role: Role::Main,
                url,
                headers,
                created_at: at,
            });
            let change = match (&endpoint, current) {
                (Some(endpoint), _) => Some(RegistryChange::PutEndpoint(endpoint.clone())),
                (None, Some(current)) => Some(RegistryChange::RemoveEndpoint(current.id)),
                (None, None) => None,
            };
            let host =
                endpoint.as_ref().and_then(|e| url::Url::parse(&e.url).ok()?.host_str().map(str::to_owned));
            let of = channel.map_or_else(|| "account".to_owned(), |channel| format!("channel {channel}"));
            let detail = format!("{of}: {}", host.as_deref().unwrap_or("none"));
            let audit = Audit { at, actor, account, action: "webhook.set".to_owned(), detail };
            let plan = Plan { audit, changes: change.into_iter().collect(), notices: Vec::new() };
            Ok((plan, endpoint))
        })
        .await
}

/// Reads `{"url", "headers"}`; a null or empty URL removes it.
///
/// # Errors
/// 100, naming the field and the rule.
pub(super) fn parse(body: &[u8], limits: &Limits) -> Result<Option<Wanted>, ApiError> {
    let value = parse_json(body)?;
    let notes = Notes::default();
    let root = Cursor::root(&value, &notes);
    if value.as_object().is_some_and(|root| !root.contains_key("url")) {
        return Err(root.object(&["url", "headers"])?.missing("url").into());
    }
    read(&root.object(&["url", "headers", "override_all"])?, limits)
}

/// The same of an object that is read already; absent counts as null.
///
/// # Errors
/// As [`parse`].
pub(super) fn read(root: &Object<'_, '_>, limits: &Limits) -> Result<Option<Wanted>, ApiError> {
    let headers = headers(root, limits)?.unwrap_or_default();
    match root.string("url")?.filter(|url| !url.trim().is_empty()) {
        None => Ok(None),
        Some(url) => {
            check_url(url.trim(), limits)?;
            Ok(Some((url.trim().to_owned(), headers)))
        }
    }
}

/// The headers of an object, where it has any.
///
/// # Errors
/// As [`parse`].
pub(super) fn headers(
    root: &Object<'_, '_>,
    limits: &Limits,
) -> Result<Option<Vec<(String, String)>>, ApiError> {
    let Some(given) = root.get("headers") else { return Ok(None) };
    given.open_object()?;
    let mut headers = Vec::new();
    for (name, value) in given.value().as_object().into_iter().flatten() {
        headers.push((name.clone(), header(name, value, limits)?));
    }
    if headers.len() > HEADERS_MAX {
        return Err(ApiError::new(100, format!("headers: at most {HEADERS_MAX} are allowed")));
    }
    Ok(Some(headers))
}

/// Whether webhooks may go there.
///
/// # Errors
/// 100, with the rule.
pub(super) fn check_url(text: &str, limits: &Limits) -> Result<(), ApiError> {
    let refuse = |why: &str| Err(ApiError::new(100, format!("url: {why}")));
    let Ok(url) = url::Url::parse(text) else {
        return refuse("must be a whole address such as https://example.com/hook");
    };
    let private = limits.allow_private_webhooks;
    match (url.scheme(), url.host_str()) {
        _ if text.chars().count() > URL_CHARS_MAX => refuse("must be at most 2000 characters long"),
        (_, None) => refuse("must name a host"),
        ("https", _) => Ok(()),
        ("http", _) if private => Ok(()),
        _ => refuse("must begin with https://"),
    }?;
    let host = url.host_str().unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not carry a name and password: use an Authorization header");
    }
    if !private && (host.contains('_') || url.port().is_some()) {
        return refuse("must not have a port or an underscore in its host name");
    }
    let address = match url.host() {
        Some(url::Host::Ipv4(ip)) => Some(ip.into()),
        Some(url::Host::Ipv6(ip)) => Some(ip.into()),
        _ => None,
    };
    if !private && address.is_some_and(|ip| !is_public(ip)) {
        return refuse("must not be an address of this machine or of a private network");
    }
    Ok(())
}

fn header(name: &str, value: &Value, limits: &Limits) -> Result<String, ApiError> {
    let refuse = |why: &str| Err(ApiError::new(100, format!("headers['{name}']: {why}")));
    let Some(text) = value.as_str() else { return refuse("must be a string") };
    let valid = HeaderName::from_bytes(name.as_bytes()).is_ok();
    if !valid || (name.contains('_') && !limits.allow_private_webhooks) {
        return refuse("is not a header name (letters, digits and hyphens)");
    }
    if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
        return refuse("belongs to the connection and cannot be set");
    }
    if OURS.contains(&name.to_ascii_lowercase().as_str()) {
        return refuse("is set by this server on every webhook and cannot be another");
    }
    if text.len() > HEADER_BYTES_MAX || HeaderValue::from_str(text).is_err() {
        return refuse("must be one line of at most 4096 bytes");
    }
    Ok(text.to_owned())
}
