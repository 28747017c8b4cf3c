//! The paths of media. `/{id}` stands at the root beside every other path: what is no media id and no upload there is a
//! path that does not exist.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::Uri;
use stentor_wire::error::Shape;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::resumable::{Complete, Progress};
use super::show::MediaUrl;
use super::{download, resumable, show, upload};
use crate::api::error::ApiError;
use crate::api::http::{Done, no_such_method, no_such_path, told};
use crate::api::openapi::at;
use crate::api::state::AppState;

/// 360dialog's paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    let (schemas, paths, root) = routes!(show_root, delete_root, write_root);
    OpenApiRouter::default()
        .routes(routes!(upload::upload))
        .routes(routes!(show::show, show::delete))
        .routes(routes!(download::download))
        .routes(at("/whatsapp_business/attachments", routes!(download::download)))
        .routes(routes!(resumable::begin))
        .routes(routes!(resumable::show, resumable::append))
        .routes((schemas, paths, root.fallback(other_method)))
}

/// The retired On-Premises API's paths, for clients that still use them.
pub fn routes_v1() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(upload::upload_v1))
        .routes(routes!(download::bytes_v1, download::delete_v1))
}

/// What an id at the root is.
#[derive(ToSchema)]
#[schema(as = MediaOrUpload)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema; never made")]
enum Shown {
    /// A media id.
    Media(MediaUrl),
    /// A resumable upload.
    Upload(Progress),
}

/// What writing to a resumable upload comes to.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "a schema; never made")]
pub(super) enum Written {
    /// All of it is there.
    Complete(Complete),
    /// Not yet.
    Progress(Progress),
}

/// `GET /{media-id}`, `GET /upload:…`
#[utoipa::path(
    get, path = "/{media_id}", tag = "Media", summary = "What a media id is and where it can be fetched",
    description = "Also for an upload's id, `upload:…`.",
    responses(
        (status = 200, description = "The medium, or how far the upload is", body = Shown),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
async fn show_root(state: State<Arc<AppState>>, request: Request) -> Response {
    of_root(state, request).await
}

/// `DELETE /{media-id}`
#[utoipa::path(
    delete, path = "/{media_id}", tag = "Media", summary = "Delete a medium",
    responses(
        (status = 200, description = "It is gone", body = Done),
        (status = 405, description = ""),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
async fn delete_root(state: State<Arc<AppState>>, request: Request) -> Response {
    of_root(state, request).await
}

/// `POST /upload:…`
#[utoipa::path(
    post, path = "/{media_id}", tag = "Media", summary = "Write to a resumable upload",
    description = "Its id, `upload:…`, with the header `file_offset` and the bytes from there on.",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The handle, or how far it is", body = Written),
        (status = 405, description = ""),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
async fn write_root(state: State<Arc<AppState>>, request: Request) -> Response {
    of_root(state, request).await
}

/// `/{id}`, whatever it is.
async fn of_root(state: State<Arc<AppState>>, request: Request) -> Response {
    let (id, method) = (last_segment(request.uri()), request.method().clone());
    match (method.as_str(), is_media_id(&id), is_upload(&id)) {
        ("GET" | "HEAD", true, _) => show::show(state, request).await,
        ("DELETE", true, _) => show::delete(state, request).await,
        ("GET" | "HEAD", _, true) => resumable::show(state, request).await,
        ("POST", _, true) => resumable::append(state, request).await,
        (_, _, true) => no_such_method(state, request).await,
        ("POST" | "GET", ..) if resumable::is_token(&id) => {
            let error = ApiError::new(100, format!("write the upload's id with its prefix: /upload:{id}"));
            told(&state, Shape::Meta, Err(error))
        }
        _ => no_such_path(state, request).await,
    }
}

async fn other_method(state: State<Arc<AppState>>, request: Request) -> Response {
    let id = last_segment(request.uri());
    match is_media_id(&id) || is_upload(&id) {
        true => no_such_method(state, request).await,
        false => no_such_path(state, request).await,
    }
}

/// The last segment of the path. The only escape that clients write into an id is the colon's.
pub fn last_segment(uri: &Uri) -> String {
    let segment = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    segment.replace("%3A", ":").replace("%3a", ":")
}

fn is_media_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_upload(text: &str) -> bool {
    text.starts_with("upload:")
}
