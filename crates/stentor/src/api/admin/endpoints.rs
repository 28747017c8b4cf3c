//! Where events go: the endpoint of a channel, or of a whole account for channels without one of their own.

use std::sync::Arc;

use axum::extract::{Request, State};
use serde_json::{Map, Value, json};
use stentor_core::id::ChannelId;
use stentor_core::registry::Endpoint;

use super::super::http::bytes;
use super::super::state::AppState;
use super::super::webhook_config::{parse, set};
use super::answer::{AdminError, Answer, at, ok};
use super::audit::ACTOR;
use super::scope::OfEither;

/// `GET /admin/v1/channels/{channel}/webhook`, `…/accounts/{account}/webhook`, `/admin/v1/webhook?account=&channel=`.
pub async fn show(State(state): State<Arc<AppState>>, of: OfEither) -> Answer {
    let snapshot = state.directory.snapshot();
    let Some(endpoint) = snapshot.own_endpoint(of.account, of.channel) else { return Err(none(of.channel)) };
    let backlog = state.store.backlog(endpoint.id).await?;
    let mut shown = shown(endpoint);
    shown["waiting"] = backlog.rows.into();
    shown["lost"] = backlog.lost.into();
    shown["oldest_at"] = at(backlog.oldest_at);
    ok(&shown)
}

fn shown(endpoint: &Endpoint) -> Value {
    let headers = endpoint.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    json!({
        "url": endpoint.url,
        "headers": headers.collect::<Map<String, Value>>(),
        "endpoint_id": endpoint.id.to_string(),
        "account_id": endpoint.account.to_string(),
        "phone_number_id": endpoint.channel.map(|id| id.to_string()),
        "created_at": at(Some(endpoint.created_at)),
    })
}

fn none(channel: Option<ChannelId>) -> AdminError {
    let what = if channel.is_some() { "channel" } else { "account" };
    AdminError::not_found(format!(
        "this {what} has no webhook of its own: set one with `stentor webhook set URL`"
    ))
}

/// `PUT` `{"url", "headers"?: {name: value}}`: what waits goes to the new URL.
pub async fn put(State(state): State<Arc<AppState>>, of: OfEither, request: Request) -> Answer {
    let body = bytes(&state, request.into_body()).await?;
    let wanted = parse(&body, &state.limits)?;
    if wanted.is_none() {
        return Err(AdminError::field("url", "is missing; DELETE removes a webhook"));
    }
    let endpoint = set(&state, of.account, of.channel, wanted, ACTOR.to_owned()).await?;
    ok(&endpoint.as_ref().map(shown).unwrap_or_default())
}

/// `DELETE`: what waits for it is dropped, and counted.
pub async fn delete(State(state): State<Arc<AppState>>, of: OfEither) -> Answer {
    if state.directory.snapshot().own_endpoint(of.account, of.channel).is_none() {
        return Err(none(of.channel));
    }
    set(&state, of.account, of.channel, None, ACTOR.to_owned()).await?;
    ok(&json!({"success": true}))
}
