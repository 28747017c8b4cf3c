//! `POST /media`: one file of a form, streamed to the folder, judged, and given an id. With an upstream that keeps media
//! the file goes on to it from the disk, and its id is the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use stentor_core::admission;
use stentor_core::id::MediaId;
use stentor_core::media::{self, BYTES_MAX, Supported, UPLOAD_LIFE};
use stentor_core::time::Timestamp;
use stentor_store::{Media, MediaOrigin};
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::refusal::too_fast;
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, text, told};
use crate::api::state::AppState;
use crate::media::{Received, Sample, raw, read};
use crate::registry::Caller;

/// The answer of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uploaded {
    /// What sends name it by.
    #[schema(example = "1234567890123456")]
    pub id: String,
}

/// The same, as the retired On-Premises API had it, and as `POST /media` has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadedV1 {
    /// As of `POST /media`.
    pub id: String,
    /// One.
    pub media: [Uploaded; 1],
}

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct UploadForm {
    /// `whatsapp`
    #[schema(example = "whatsapp")]
    messaging_product: String,
    /// One file, with its type as the part's `Content-Type`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The file's type, where the part does not say it.
    #[schema(example = "image/jpeg", nullable = false)]
    r#type: Option<String>,
}

/// `POST /media`.
#[utoipa::path(
    post, path = "/media", tag = "Media", summary = "Upload a medium",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "It is kept for 30 days", body = Uploaded),
        (status = 403, description = ""),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
pub async fn upload(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = take(&state, request, Family::Dialog).await;
    told(&state, Shape::Meta, outcome.map(|id| answer(&Uploaded { id })))
}

#[utoipa::path(
    post, path = "/v1/media", tag = "Media", summary = "Upload a medium, the On-Premises way",
    description = "The same form as `/media`, or the bare file as the body with its type as `Content-Type`.",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "It is kept for 30 days", body = UploadedV1),
        (status = 403, description = ""),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
/// `POST /v1/media`: the same form, or the bare file as the body.
pub async fn upload_v1(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = take(&state, request, Family::V1).await;
    told(
        &state,
        Shape::Meta,
        outcome.map(|id| answer(&UploadedV1 { media: [Uploaded { id: id.clone() }], id })),
    )
}

/// An answer as JSON.
pub fn answer(body: &impl Serialize) -> Response {
    text(StatusCode::OK, serde_json::to_string(body).unwrap_or_default())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Dialog,
    V1,
}

/// A file that was taken in and judged, not yet kept.
struct Taken {
    file: Received,
    is: &'static Supported,
    file_name: Option<String>,
}

async fn take(state: &Arc<AppState>, request: Request, family: Family) -> Result<String, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, request.headers(), now)?;
    admission::standing(&caller.account, &caller.channel)?;
    if let Some(free_mib) = state.disk.low_mib() {
        return Err(ApiError::disk_low(free_mib));
    }
    let desk = &state.media;
    desk.take_upload(caller.channel.id, now).map_err(|after| {
        let details = format!("more than {} uploads a second by this number", desk.rules.uploads_per_sec);
        too_fast(&details, after)
    })?;
    let limit = desk.rules.upload_timeout;
    let taken = within(limit, receive(state, request, family)).await?;
    if let Some(relay) = &desk.relay {
        let named = Sample { mime: taken.is.mime, file_name: &called(taken.file_name.as_deref(), taken.is) };
        return Ok(relay.upload(caller.channel.id, &taken.file, named).await?);
    }
    let medium = Media {
        mime: taken.is.mime.to_owned(),
        size: taken.file.size,
        sha256: taken.file.sha256,
        file_name: taken.file_name,
        ..fresh(&caller, MediaOrigin::Upload, now, now + UPLOAD_LIFE)
    };
    let id = keep(state, taken.file, medium, state.clock.now()).await?;
    Ok(id.to_string())
}

/// Ends a body that takes too long.
///
/// # Errors
/// 408, or what the reading says.
pub async fn within<T>(
    limit: Duration,
    reading: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    tokio::select! {
        read = reading => read,
        () = crate::clock::pause(limit) => Err(ApiError::too_slow(limit)),
    }
}

async fn receive(state: &Arc<AppState>, request: Request, family: Family) -> Result<Taken, ApiError> {
    let (head, body) = request.into_parts();
    let content_type = content_type(&head.headers);
    let folder = &state.media.folder;
    let is_form =
        content_type.is_some_and(|it| it.trim_start().to_ascii_lowercase().starts_with("multipart/"));
    if family == Family::V1 && !is_form {
        let declared = content_type.unwrap_or_default();
        let max = media::supported(declared).map_or(BYTES_MAX, |known| known.kind.bytes_max());
        let file = raw(body, max, folder).await?;
        let is = media::judge(declared, &file.head, file.size)?;
        return Ok(Taken { file, is, file_name: None });
    }
    let form = read(content_type, body, folder).await?;
    let query = Query::of(&head.uri);
    match form.field("messaging_product").or_else(|| query.get("messaging_product")) {
        Some("whatsapp") => {}
        None if family == Family::V1 => {}
        None => return Err(ApiError::new(100, "messaging_product: is missing; it must be \"whatsapp\"")),
        Some(_) => return Err(ApiError::new(100, "messaging_product: must be \"whatsapp\"")),
    }
    let is = media::judge(
        &declared(form.field("type"), form.declared.as_deref()),
        &form.file.head,
        form.file.size,
    )?;
    Ok(Taken { file: form.file, is, file_name: form.file_name.filter(|name| !name.is_empty()) })
}

/// The type: the form's field where it is one (some send `image` there), else the part's own.
fn declared(field: Option<&str>, part: Option<&str>) -> String {
    let field = field.filter(|field| field.contains('/'));
    field.or(part).unwrap_or("application/octet-stream").to_owned()
}

pub fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

/// A file's name, also where it came without one.
pub fn called(file_name: Option<&str>, is: &Supported) -> String {
    file_name.map_or_else(|| format!("file.{}", is.extension), str::to_owned)
}

/// A medium of the caller's with a fresh id and nothing in it yet.
pub fn fresh(caller: &Caller, origin: MediaOrigin, now: Timestamp, expires_at: Timestamp) -> Media {
    Media {
        id: fresh_id(),
        account: caller.account.id,
        channel: caller.channel.id,
        origin,
        mime: String::new(),
        sha256: [0; 32],
        size: 0,
        file_name: None,
        created_at: now,
        expires_at,
    }
}

/// 16 digits that nobody can guess.
pub fn fresh_id() -> MediaId {
    let drawn = u64::from_le_bytes(crate::clock::random()) % 9_000_000_000_000_000;
    MediaId(1_000_000_000_000_000 + drawn.cast_signed())
}

/// Makes a file a medium: its content is named on disk first, then its row is committed, under one gate.
///
/// # Errors
/// The disk or the store; then there is no medium.
pub async fn keep(
    state: &AppState,
    file: Received,
    medium: Media,
    now: Timestamp,
) -> Result<MediaId, ApiError> {
    let id = medium.id;
    let _gate = state.media.folder.place(file).await?;
    state.store.put_media(now, medium).await?;
    state.metrics.media_received.inc();
    Ok(id)
}
