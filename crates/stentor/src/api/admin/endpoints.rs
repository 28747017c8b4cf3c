//! Where events go: the endpoint of a channel, or of a whole account for channels without one of their own.

use std::sync::Arc;

use axum::extract::{Request, State};
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_core::id::ChannelId;
use stentor_core::registry::Endpoint;
use utoipa::ToSchema;

use super::super::http::{DONE, Done, bytes};
use super::super::state::AppState;
use super::super::webhook_config::{WebhookBody, parse, set};
use super::answer::{AdminError, Answer, at, ok};
use super::audit::ACTOR;
use super::scope::OfEither;

/// `GET /admin/v1/channels/{channel}/webhook`, `…/accounts/{account}/webhook`, `/admin/v1/webhook?account=&channel=`.
#[utoipa::path(
    get, path = "/webhook", tag = "Webhooks", summary = "Where events go, and what waits",
    params(("channel" = Option<String>, Query, description = "A channel's id, where none is in the path")),
    responses((status = 200, description = "The endpoint", body = EndpointShown)),
)]
pub async fn show(State(state): State<Arc<AppState>>, of: OfEither) -> Answer {
    let snapshot = state.directory.snapshot();
    let Some(endpoint) = snapshot.own_endpoint(of.account, of.channel) else { return Err(none(of.channel)) };
    let backlog = state.store.backlog(endpoint.id).await?;
    ok(&EndpointShown {
        waiting: Some(backlog.rows),
        lost: Some(backlog.lost),
        oldest_at: Some(at(backlog.oldest_at)),
        ..shown(endpoint)
    })
}

/// Where events go, as the operator sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Endpoint)]
struct EndpointShown {
    #[schema(example = "https://example.com/hook")]
    url: String,
    /// Sent with every webhook.
    #[schema(value_type = Object)]
    headers: Map<String, Value>,
    endpoint_id: String,
    account_id: String,
    /// Null: for the whole account.
    #[schema(required = true)]
    phone_number_id: Option<String>,
    /// RFC 3339.
    #[schema(required = true)]
    created_at: Option<String>,
    /// Deliveries that wait; when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    waiting: Option<u64>,
    /// Deliveries given up; when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lost: Option<u64>,
    /// RFC 3339, when it is shown; null: nothing waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    oldest_at: Option<Option<String>>,
}

fn shown(endpoint: &Endpoint) -> EndpointShown {
    let headers = endpoint.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    EndpointShown {
        url: endpoint.url.clone(),
        headers: headers.collect(),
        endpoint_id: endpoint.id.to_string(),
        account_id: endpoint.account.to_string(),
        phone_number_id: endpoint.channel.map(|id| id.to_string()),
        created_at: at(Some(endpoint.created_at)),
        waiting: None,
        lost: None,
        oldest_at: None,
    }
}

fn none(channel: Option<ChannelId>) -> AdminError {
    let what = if channel.is_some() { "channel" } else { "account" };
    AdminError::not_found(format!(
        "this {what} has no webhook of its own: set one with `stentor webhook set URL`"
    ))
}

/// `PUT` `{"url", "headers"?: {name: value}}`: what waits goes to the new URL.
#[utoipa::path(
    put, path = "/webhook", tag = "Webhooks", summary = "Set where events go",
    params(("channel" = Option<String>, Query, description = "A channel's id, where none is in the path")),
    request_body(content = WebhookBody, example = json!({"url": "https://example.com/hook"})),
    responses((status = 200, description = "The endpoint", body = EndpointShown)),
)]
pub async fn put(State(state): State<Arc<AppState>>, of: OfEither, request: Request) -> Answer {
    let body = bytes(&state, request.into_body()).await?;
    let wanted = parse(&body, &state.limits)?;
    if wanted.is_none() {
        return Err(AdminError::field("url", "is missing; DELETE removes a webhook"));
    }
    let endpoint = set(&state, of.account, of.channel, wanted, ACTOR.to_owned()).await?;
    ok(&endpoint.as_ref().map(shown))
}

/// `DELETE`: what waits for it is dropped, and counted.
#[utoipa::path(
    delete, path = "/webhook", tag = "Webhooks", summary = "Remove where events go",
    params(("channel" = Option<String>, Query, description = "A channel's id, where none is in the path")),
    responses((status = 200, description = "Removed", body = Done)),
)]
pub async fn delete(State(state): State<Arc<AppState>>, of: OfEither) -> Answer {
    if state.directory.snapshot().own_endpoint(of.account, of.channel).is_none() {
        return Err(none(of.channel));
    }
    set(&state, of.account, of.channel, None, ACTOR.to_owned()).await?;
    ok(&DONE)
}
