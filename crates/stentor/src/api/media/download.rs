//! `GET /whatsapp_business/attachments/`: the bytes, streamed from the disk, or through us from the upstream. Needs the
//! key beside the URL's own proof. `GET /v1/media/{id}` gives the bytes at once, as the On-Premises API did.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use stentor_core::id::MediaId;
use stentor_core::media::BadUrl;
use stentor_store::Media;
use stentor_wire::error::Shape;

use super::root::last_segment;
use super::show::{medium, no_such};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Done, Query, told};
use crate::api::state::AppState;
use crate::media::{Relay, Span, stream};
use crate::registry::Caller;

/// `GET /whatsapp_business/attachments/?mid=&ext=&hash=`.
#[utoipa::path(
    get, path = "/whatsapp_business/attachments/", tag = "Media", summary = "Fetch a medium",
    description = "The path and query of the URL that `GET /{media_id}` answers, on this server's host.",
    params(
        ("mid" = String, Query, description = "The media id."),
        ("ext" = String, Query, description = "Unix seconds: until when the URL works."),
        ("hash" = String, Query, description = "The proof of both."),
    ),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "*/*"),
        (status = 206, description = "The piece that `Range` asks for", body = Vec<u8>, content_type = "*/*"),
        (status = 401, description = "The key is none, or the URL's proof is wrong."),
        (status = 416, description = "Nothing of the range is there."),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn download(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = fetched(&state, &request.into_parts().0).await;
    told(&state, Shape::Meta, outcome)
}

/// `DELETE /v1/media/{media-id}`.
#[utoipa::path(
    delete, path = "/v1/media/{media_id}", tag = "Media", summary = "As `DELETE /{media_id}`",
    responses(
        (status = 200, description = "It is gone", body = Done),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn delete_v1(state: State<Arc<AppState>>, request: Request) -> Response {
    super::show::delete(state, request).await
}

/// `GET /v1/media/{media-id}`.
#[utoipa::path(
    get, path = "/v1/media/{media_id}", tag = "Media", summary = "Fetch a medium by its id",
    description = "As the retired On-Premises API did: the bytes at once.",
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "*/*"),
        (status = 206, description = "The piece that `Range` asks for", body = Vec<u8>, content_type = "*/*"),
        (status = 416, description = "Nothing of the range is there."),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn bytes_v1(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = bytes_of(&state, &request.into_parts().0).await;
    told(&state, Shape::Meta, outcome)
}

async fn fetched(state: &AppState, head: &Parts) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, &head.headers, now)?;
    let range = range(&head.headers);
    if let Some(relay) = &state.media.relay {
        let query = head.uri.query().unwrap_or_default();
        return through(relay.as_ref(), &format!("/whatsapp_business/attachments/?{query}"), range).await;
    }
    let query = Query::of(&head.uri);
    let needed = |name: &str| {
        let missing =
            || ApiError::new(100, format!("{name}: is missing; take the URL as GET /{{media-id}} gives it"));
        query.get(name).ok_or_else(missing)
    };
    let (mid, ext, hash) = (needed("mid")?, needed("ext")?, needed("hash")?);
    let id: MediaId = mid.parse().map_err(|_| no_such(mid))?;
    let ext = ext.parse().map_err(|_| ApiError::new(100, "ext: must be Unix seconds"))?;
    state.media.url_key.check(id, ext, hash, now).map_err(|bad| {
        let http = match bad {
            BadUrl::Expired => StatusCode::NOT_FOUND,
            BadUrl::Forged => StatusCode::UNAUTHORIZED,
        };
        ApiError::new(100, bad.to_string()).with_status(http)
    })?;
    given(state, medium(state, &caller, mid).await?, range).await
}

async fn bytes_of(state: &AppState, head: &Parts) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller: Caller = auth::caller(&snapshot, &head.headers, now)?;
    let (id, range) = (last_segment(&head.uri), range(&head.headers));
    if let Some(relay) = &state.media.relay {
        let shown = relay.show(caller.channel.id, &id).await?;
        let url = shown.body["url"].as_str().and_then(|url| url.parse::<http::Uri>().ok());
        let path = url.as_ref().and_then(http::Uri::path_and_query).ok_or_else(|| no_such(&id))?;
        return through(relay.as_ref(), path.as_str(), range).await;
    }
    given(state, medium(state, &caller, &id).await?, range).await
}

fn range(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::RANGE).and_then(|range| range.to_str().ok())
}

async fn through(relay: &dyn Relay, path: &str, range: Option<&str>) -> Result<Response, ApiError> {
    let arrived = relay.download(path, range).await?;
    let mut response = Response::new(arrived.body);
    *response.status_mut() = arrived.status;
    *response.headers_mut() = arrived.headers;
    Ok(response)
}

async fn given(state: &AppState, medium: Media, range: Option<&str>) -> Result<Response, ApiError> {
    let Some(file) = state.media.folder.read(&medium.sha256).await? else {
        tracing::error!(media = %medium.id, "the content of a medium is not in the folder");
        return Err(ApiError::internal());
    };
    let (span, status) = match Span::of(range, medium.size) {
        None => (None, StatusCode::OK),
        Some(Some(span)) => (Some(span), StatusCode::PARTIAL_CONTENT),
        Some(None) => {
            let details = format!("Range: nothing of it is there; the file has {} bytes", medium.size);
            return Err(ApiError::new(100, details).with_status(StatusCode::RANGE_NOT_SATISFIABLE));
        }
    };
    let mut response = Response::new(stream(file, span).await?);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mime = HeaderValue::from_str(&medium.mime);
    headers.insert(
        header::CONTENT_TYPE,
        mime.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CONTENT_LENGTH, span.map_or(medium.size, Span::bytes).into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // What a customer's customer sent is never to be run by a browser.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    if let Some(Span { first, last }) = span
        && let Ok(content_range) = HeaderValue::from_str(&format!("bytes {first}-{last}/{}", medium.size))
    {
        headers.insert(header::CONTENT_RANGE, content_range);
    }
    Ok(response)
}
