//! Who calls: a channel by its API key, or the operator by the admin key.

use http::HeaderMap;
use stentor_core::time::Timestamp;
use subtle::ConstantTimeEq as _;

use super::error::ApiError;
use super::state::AppState;
use crate::registry::{Caller, Snapshot, hash_key};

/// 360dialog's header; the specification shows the bare key and `Bearer <key>`, so both are taken.
pub const KEY_HEADER: &str = "d360-api-key";
/// Longer keys are nobody's.
const KEY_BYTES_MAX: usize = 512;
/// `OAuth` is what Meta's resumable uploads are called with.
const SCHEMES: [&str; 2] = ["bearer", "oauth"];

/// The key in that header, with or without `Bearer`.
pub fn token(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    let bare = match text.split_once(' ') {
        Some((scheme, rest)) if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) => rest.trim(),
        _ => text,
    };
    (!bare.is_empty() && bare.len() <= KEY_BYTES_MAX).then(|| bare.to_owned())
}

/// The caller of a customer's path.
///
/// # Errors
/// 401 for a missing, unknown or expired key.
pub fn caller(snapshot: &Snapshot, headers: &HeaderMap, now: Timestamp) -> Result<Caller, ApiError> {
    let key = token(headers, KEY_HEADER).or_else(|| token(headers, "authorization"));
    key.and_then(|key| snapshot.caller(&hash_key(&key), now)).ok_or_else(ApiError::invalid_key)
}

/// Whom a key stands for that did not come in a header of ours: one of Meta's own paths.
pub fn of_token(snapshot: &Snapshot, key: &str, now: Timestamp) -> Option<Caller> {
    snapshot.caller(&hash_key(key), now)
}

/// Lets the operator in.
///
/// # Errors
/// 401 without the admin key.
pub fn admin(state: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    let key = token(headers, "authorization").map(|key| hash_key(&key));
    let same: bool = key.is_some_and(|key| key.ct_eq(&state.admin_key_hash).into());
    if same { Ok(()) } else { Err(ApiError::invalid_key()) }
}
