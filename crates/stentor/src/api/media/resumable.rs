//! Resumable uploads, for samples of templates and for profile pictures: begun with a length and a type, written in as
//! many requests as it takes, also over a restart, and ended with a handle. What is confirmed is on disk.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http_body_util::BodyExt as _;
use serde::Serialize;
use stentor_core::id::AccountId;
use stentor_core::media::{self, BYTES_MAX, Handle, SESSION_LIFE, UPLOAD_LIFE};
use stentor_core::time::Timestamp;
use stentor_store::{Media, MediaOrigin, UploadSession};
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::root::{Written, last_segment};
use super::upload::{answer, called, fresh, within};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, told};
use crate::api::state::AppState;
use crate::media::{Received, Resumed, Sample};
use crate::registry::Caller;

/// Bytes after which a long request's progress is confirmed, so that a crash costs no more.
const CONFIRM_BYTES: u64 = 4 << 20;
/// Hex digits of a token.
const TOKEN_DIGITS: usize = 48;
const PREFIX: &str = "upload:";
const FILE_NAME_CHARS_MAX: usize = 240;

/// A new upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// `upload:` and its token.
    pub id: String,
}

/// How far an upload is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// `upload:` and its token.
    pub id: String,
    /// Bytes that are safe: where to go on.
    pub file_offset: u64,
}

/// A complete upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct Complete {
    /// The handle: for `example.header_handle` of a template, or `profile_picture_handle`.
    pub h: String,
}

/// Whether it looks like a token of ours.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `POST /uploads?file_name=&file_length=&file_type=`.
#[utoipa::path(
    post, path = "/uploads", tag = "Media", summary = "Begin a resumable upload",
    description = "For the sample of a template's header and for a profile picture.",
    params(
        ("file_length" = u64, Query, description = "Bytes of the file."),
        ("file_type" = String, Query, description = "Its type, such as `image/jpeg`."),
        ("file_name" = Option<String>, Query, description = "Its name."),
    ),
    responses((status = 200, description = "Where to write it", body = Begun)),
)]
pub async fn begin(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = begun(&state, &request.into_parts().0).await;
    told(&state, Shape::Meta, outcome.map(|token| answer(&Begun { id: format!("{PREFIX}{token}") })))
}

async fn begun(state: &AppState, head: &Parts) -> Result<String, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, &head.headers, now)?;
    let query = Query::of(&head.uri);
    let missing = |name: &str| ApiError::new(100, format!("{name}: is missing in the query"));
    let file_type = query.get("file_type").ok_or_else(|| missing("file_type"))?;
    let is = media::supported(file_type)
        .ok_or_else(|| ApiError::from(media::Unfit::Type { declared: media::bare(file_type) }))?;
    let file_length = query.get("file_length").ok_or_else(|| missing("file_length"))?;
    let max = is.kind.bytes_max();
    let file_length = file_length.parse().ok().filter(|n| (1..=max).contains(n));
    let file_length = file_length.ok_or_else(|| {
        ApiError::new(100, format!("file_length: must be 1 to {max} bytes for {}", is.mime))
    })?;
    let file_name = query.get("file_name").map(|name| name.chars().take(FILE_NAME_CHARS_MAX).collect());
    let token = hex_token();
    let session = UploadSession {
        token: token.clone(),
        account: caller.account.id,
        channel: caller.channel.id,
        file_name,
        file_length,
        file_type: is.mime.to_owned(),
        file_offset: 0,
        expires_at: now + SESSION_LIFE,
    };
    state.store.begin_upload(now, session).await?;
    Ok(token)
}

fn hex_token() -> String {
    crate::media::hex(&crate::clock::random::<{ TOKEN_DIGITS / 2 }>())
}

/// `GET /upload:{id}`.
#[utoipa::path(
    get, path = "/upload:{upload_id}", tag = "Media", summary = "How far a resumable upload is",
    responses((status = 200, description = "Where to go on", body = Progress)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = shown(&state, &request.into_parts().0).await;
    told(&state, Shape::Meta, outcome)
}

async fn shown(state: &AppState, head: &Parts) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, &head.headers, now)?;
    Ok(progress(&session(state, &caller, head).await?))
}

fn progress(session: &UploadSession) -> Response {
    answer(&Progress { id: format!("{PREFIX}{}", session.token), file_offset: session.file_offset })
}

async fn session(state: &AppState, caller: &Caller, head: &Parts) -> Result<UploadSession, ApiError> {
    let id = last_segment(&head.uri);
    let token = id.strip_prefix(PREFIX).unwrap_or(&id).to_owned();
    let found = state.store.upload(state.clock.now(), caller.account.id, token).await?;
    found.ok_or_else(|| {
        ApiError::not_found(format!(
            "there is no upload {id}: it is complete, of another account, or older than a day; POST /uploads begins one"
        ))
    })
}

#[utoipa::path(
    post, path = "/upload:{upload_id}", tag = "Media", summary = "Write to a resumable upload",
    params(("file_offset" = Option<u64>, Header, description = "Where the bytes begin; 0 without it.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The handle, or how far it is", body = Written),
        (status = 502, description = "The upstream did not answer."),
    ),
)]
/// `POST /upload:{id}` with the header `file_offset` (0 without it) and the bytes from there on.
pub async fn append(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = appended(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn appended(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let (head, body) = request.into_parts();
    let caller = auth::caller(&snapshot, &head.headers, now)?;
    let first = session(state, &caller, &head).await?;
    let desk = &state.media;
    let _alone = desk.write_to(&first.token).ok_or_else(|| {
        ApiError::new(
            100,
            "another request is writing to this upload: GET it for its file_offset when that has ended",
        )
    })?;
    // Again, now that nobody else writes.
    let mut session = session(state, &caller, &head).await?;
    let offset = offset(&head, &session)?;
    if offset < session.file_offset {
        // What will be written over is confirmed no more.
        state.store.advance_upload(now, caller.account.id, session.token.clone(), offset).await?;
        session.file_offset = offset;
    }
    let mut file = desk.folder.resume(&session.token, offset).await?;
    let written = within(desk.rules.upload_timeout, write(state, &mut session, &mut file, body)).await;
    confirm(state, &mut session, &mut file).await?;
    written?;
    if file.size() < session.file_length {
        return Ok(progress(&session));
    }
    let received = file.finish().await?;
    complete(state, &caller, session, received).await
}

fn offset(head: &Parts, session: &UploadSession) -> Result<u64, ApiError> {
    let Some(header) = head.headers.get("file_offset") else { return Ok(0) };
    let given = header.to_str().ok().and_then(|text| text.trim().parse::<u64>().ok());
    let given =
        given.ok_or_else(|| ApiError::new(100, "file_offset: the header must be a number of bytes"))?;
    if given > session.file_offset {
        let details =
            format!("file_offset: is {given}, but only {} bytes are here: go on there", session.file_offset);
        return Err(ApiError::new(100, details));
    }
    Ok(given)
}

/// Writes the body down as it comes; how it ended is told, what was written of it stays.
async fn write(
    state: &AppState,
    session: &mut UploadSession,
    file: &mut Resumed,
    mut body: Body,
) -> Result<(), ApiError> {
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| ApiError::new(100, "the request body ended too early: go on at file_offset"))?;
        let Ok(bytes) = frame.into_data() else { continue };
        read += bytes.len() as u64;
        if file.size() + bytes.len() as u64 > session.file_length || read > BYTES_MAX {
            let details = format!("the body goes beyond file_length, which is {}", session.file_length);
            return Err(ApiError::new(100, details));
        }
        file.write(&bytes).await?;
        if file.size() - session.file_offset >= CONFIRM_BYTES {
            confirm(state, session, file).await?;
        }
    }
    Ok(())
}

/// What is written is on disk, and the upload goes on from there whatever happens.
async fn confirm(state: &AppState, session: &mut UploadSession, file: &mut Resumed) -> Result<(), ApiError> {
    let safe = file.confirm().await?;
    if safe != session.file_offset {
        let token = session.token.clone();
        state.store.advance_upload(state.clock.now(), session.account, token, safe).await?;
        session.file_offset = safe;
    }
    Ok(())
}

async fn complete(
    state: &AppState,
    caller: &Caller,
    session: UploadSession,
    received: Received,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let is = match media::judge(&session.file_type, &received.head, received.size) {
        Ok(is) => is,
        Err(unfit) => {
            // The upload begins again: nothing of these bytes can be of use.
            state.store.advance_upload(now, session.account, session.token, 0).await?;
            received.discard();
            return Err(unfit.into());
        }
    };
    let desk = &state.media;
    let theirs = match &desk.relay {
        None => None,
        Some(relay) => {
            let named = Sample { mime: is.mime, file_name: &called(session.file_name.as_deref(), is) };
            Some(relay.sample(&received, named).await?)
        }
    };
    let medium = Media {
        mime: is.mime.to_owned(),
        size: received.size,
        sha256: received.sha256,
        file_name: session.file_name,
        ..fresh(caller, MediaOrigin::Sample, now, now + UPLOAD_LIFE)
    };
    let ours = Handle {
        account: medium.account,
        media: medium.id,
        mime: medium.mime.clone(),
        expires_at: medium.expires_at,
    };
    let _gate = desk.folder.place(received).await?;
    if !state.store.complete_upload(now, session.token, medium).await? {
        return Err(ApiError::not_found("the upload has expired: POST /uploads begins one"));
    }
    state.metrics.media_received.inc();
    Ok(answer(&Complete { h: theirs.unwrap_or_else(|| ours.encode(&desk.url_key)) }))
}

/// The sample a handle names; `None`: it is no handle of ours for this account, or has expired.
///
/// # Errors
/// The store.
pub async fn resolve(
    state: &AppState,
    account: AccountId,
    handle: &str,
    now: Timestamp,
) -> Result<Option<Media>, ApiError> {
    let Some(handle) = Handle::decode(&state.media.url_key, handle.trim()) else { return Ok(None) };
    if handle.account != account {
        return Ok(None);
    }
    Ok(state.store.media(now, account, handle.media).await?)
}

/// Keeps a resolved sample for as long as the account: a template or a profile shows it now.
///
/// # Errors
/// The store.
pub async fn keep(state: &AppState, sample: &Media, now: Timestamp) -> Result<(), ApiError> {
    state.store.keep_media(now, sample.account, sample.id).await?;
    Ok(())
}
