//! `GET /{media-id}`: what it is and where it can be fetched for five minutes. `DELETE /{media-id}`.
//! Too many errors shut a number out of the first for a while, as at 360dialog.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use stentor_core::id::MediaId;
use stentor_core::media::URL_LIFE;
use stentor_store::Media;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::refusal::too_fast;
use super::root::last_segment;
use super::upload::answer;
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{DONE, Done, told};
use crate::api::state::AppState;
use crate::media::{collect, hex};
use crate::registry::Caller;

/// What an id is, and where it can be fetched.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaUrl {
    /// `whatsapp`
    #[schema(example = "whatsapp")]
    pub messaging_product: &'static str,
    #[schema(
        example = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1234567890123456&ext=1800000300&hash=…"
    )]
    /// Works for five minutes, with the key that asked; replace the host by this server's.
    pub url: String,
    /// Its type.
    #[schema(example = "image/jpeg")]
    pub mime_type: String,
    /// Of the content, in lower-case hex.
    pub sha256: String,
    /// Bytes. A number, though the documentation prints a text: typed clients of the real API read a number.
    #[schema(example = 4799)]
    pub file_size: u64,
    /// The id that was asked for.
    #[schema(example = "1234567890123456")]
    pub id: String,
}

/// `GET /media/{media-id}`.
#[utoipa::path(
    get, path = "/media/{media_id}", tag = "Media", summary = "As `GET /{media_id}`",
    responses(
        (status = 200, description = "The medium", body = MediaUrl),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let outcome = match auth::caller(&snapshot, request.headers(), now) {
        Ok(caller) => throttled(&state, &caller, last_segment(request.uri())).await,
        Err(error) => Err(error),
    };
    told(&state, Shape::Meta, outcome)
}

async fn throttled(state: &AppState, caller: &Caller, id: String) -> Result<Response, ApiError> {
    let (desk, number, now) = (&state.media, caller.channel.id, state.clock.now());
    if let Some(rest) = desk.rest(number, now) {
        let rule = desk.rules.throttle;
        let details = format!(
            "GET /{{media-id}} is closed to this number: {} errors within an hour close it for {} minutes",
            rule.errors_max,
            rule.rest.as_secs() / 60
        );
        return Err(too_fast(&details, rest));
    }
    let outcome = found(state, caller, &id).await;
    if outcome.is_err() {
        desk.note_error(number, now);
    }
    outcome
}

async fn found(state: &AppState, caller: &Caller, id: &str) -> Result<Response, ApiError> {
    let desk = &state.media;
    if let Some(relay) = &desk.relay {
        let mut body = relay.show(caller.channel.id, id).await?.body;
        if let Some(url) = body.get("url").and_then(Value::as_str).and_then(path_and_query) {
            body["url"] = format!("{}{url}", desk.rules.url_base).into();
        }
        return Ok(answer(&body));
    }
    let medium = medium(state, caller, id).await?;
    Ok(answer(&MediaUrl {
        messaging_product: "whatsapp",
        url: url(state, medium.id),
        mime_type: medium.mime,
        sha256: hex(&medium.sha256),
        file_size: medium.size,
        id: medium.id.to_string(),
    }))
}

/// Where a medium can be fetched for five minutes, by who has the account's key.
pub fn url(state: &AppState, id: MediaId) -> String {
    let (desk, until) = (&state.media, state.clock.now() + URL_LIFE);
    format!("{}{}", desk.rules.url_base, desk.url_key.path(id, until))
}

/// The medium of that id.
///
/// # Errors
/// 404: it is nobody's, another account's, or has expired.
pub async fn medium(state: &AppState, caller: &Caller, id: &str) -> Result<Media, ApiError> {
    let now = state.clock.now();
    let found = match id.parse::<MediaId>() {
        Ok(id) => state.store.media(now, caller.account.id, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| no_such(id))
}

/// 404 for an id.
pub fn no_such(id: &str) -> ApiError {
    ApiError::not_found(format!(
        "there is no media {id}: it is of another account, was deleted, or has expired"
    ))
}

fn path_and_query(url: &str) -> Option<String> {
    let url: http::Uri = url.parse().ok()?;
    Some(url.path_and_query()?.as_str().to_owned())
}

/// `DELETE /media/{media-id}`.
#[utoipa::path(
    delete, path = "/media/{media_id}", tag = "Media", summary = "As `DELETE /{media_id}`",
    responses(
        (status = 200, description = "It is gone", body = Done),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn delete(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = deleted(&state, &request.into_parts().0).await;
    told(&state, Shape::Meta, outcome.map(|()| answer(&DONE)))
}

async fn deleted(state: &AppState, head: &Parts) -> Result<(), ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, &head.headers, now)?;
    let id = last_segment(&head.uri);
    if let Some(relay) = &state.media.relay {
        return Ok(relay.delete(caller.channel.id, &id).await?);
    }
    let known = id.parse().map_err(|_| no_such(&id))?;
    let gone = state.store.delete_media(now, caller.account.id, known).await?;
    let gone = gone.ok_or_else(|| no_such(&id))?;
    collect(&state.store, &state.media.folder, vec![gone.sha256]).await?;
    Ok(())
}
