//! `Idempotency-Key`: the same request again gets the first answer again, never a second message.
//! Without the header it costs nothing. The record is written in the transaction of the message.

use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};
use stentor_core::time::Timestamp;
use stentor_store::{Accepted, Idempotency};

use super::error::ApiError;
use super::http::text;
use super::once::Ticket;
use super::state::AppState;
use crate::registry::Caller;

/// The header's name.
pub const HEADER: &str = "idempotency-key";
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 255;

/// A request under a key.
#[derive(Debug)]
pub struct Attempt<'a> {
    scope: [u8; 32],
    body_hash: [u8; 32],
    _ticket: Ticket<'a>,
}

impl Attempt<'_> {
    /// What is kept with the message.
    pub fn record(&self, answer: &str) -> Idempotency {
        Idempotency { scope: self.scope, body_hash: self.body_hash, response: answer.as_bytes().to_vec() }
    }
}

/// The request's key, held until the attempt is dropped; `None` without the header.
///
/// # Errors
/// 400 for a key that is too long; 409 while the first request under it is still being answered.
pub fn begin<'a>(
    state: &'a AppState,
    caller: &Caller,
    head: &Parts,
    body: &[u8],
) -> Result<Option<Attempt<'a>>, ApiError> {
    let Some(key) = head.headers.get(HEADER) else { return Ok(None) };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        let details = format!("Idempotency-Key: must be 1 to {KEY_BYTES_MAX} bytes long");
        return Err(ApiError::new(100, details));
    }
    let mut scope = Sha256::new();
    scope.update(caller.channel.id.0.to_le_bytes());
    for part in [head.method.as_str().as_bytes(), head.uri.path().as_bytes()] {
        scope.update(part);
        scope.update([0]);
    }
    scope.update(key.as_bytes());
    let scope: [u8; 32] = scope.finalize().into();
    let Some(ticket) = state.in_flight.enter(scope) else {
        let details = "Idempotency-Key: the first request under this key is still being answered";
        let busy = ApiError::new(100, details).with_status(StatusCode::CONFLICT);
        return Err(busy.retry_after(1));
    };
    Ok(Some(Attempt { scope, body_hash: Sha256::digest(body).into(), _ticket: ticket }))
}

/// The first answer, before the request is looked at: what was refused since does not change what was answered.
///
/// # Errors
/// 422 for another body under the same key; the store.
pub async fn answered(
    state: &AppState,
    once: Option<&Attempt<'_>>,
    now: Timestamp,
) -> Result<Option<Response>, ApiError> {
    let Some(once) = once else { return Ok(None) };
    match state.store.answered(now, once.scope, once.body_hash).await? {
        Some(Accepted::Replayed { response }) => Ok(Some(replayed(response))),
        Some(Accepted::OtherBody) => Err(other_body()),
        Some(Accepted::New) | None => Ok(None),
    }
}

/// The first answer, again.
pub fn replayed(response: Vec<u8>) -> Response {
    let mut response = text(StatusCode::OK, response);
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}

/// 422: one key, two bodies.
pub fn other_body() -> ApiError {
    let details = "Idempotency-Key: this key was used with another body; take a new key for a new message";
    ApiError::new(100, details).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
