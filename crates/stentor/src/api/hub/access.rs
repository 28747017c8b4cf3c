//! Who calls the partner's API: by `X-API-Key`, or by the token of a name and password. Tokens are signed, not kept: they
//! end with their time, and with the login they were made for.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use stentor_core::time::Timestamp;
use stentor_core::webhook;
use stentor_store::{PartnerLogin, PartnerLoginKind};
use subtle::ConstantTimeEq as _;

use super::ids;
use crate::api::auth::token;
use crate::api::error::ApiError;
use crate::api::state::AppState;
use crate::registry::hash_key;

/// How long a token is good for.
pub const TOKEN_AGE: Duration = Duration::from_hours(24);

/// Who calls.
#[derive(Debug)]
pub struct Partner {
    login: Arc<PartnerLogin>,
}

impl Partner {
    /// In the audit.
    pub fn actor(&self) -> String {
        format!("partner:{}", self.login.name)
    }
}

/// The caller of a path under `/partners/{partner_id}`.
///
/// # Errors
/// 401 without a credential of the partner's; 404 for another partner's id.
pub fn partner(state: &AppState, headers: &HeaderMap, id: &str) -> Result<Partner, ApiError> {
    let by_key = token(headers, "x-api-key").and_then(|key| of_key(state, &key));
    let login = by_key.or_else(|| of_token(state, &token(headers, "authorization")?));
    let login = login.ok_or_else(ApiError::invalid_key)?;
    if id != ids::partner_id(state) {
        return Err(ApiError::not_found(format!("there is no partner {id}: see `stentor hub list`")));
    }
    Ok(Partner { login })
}

fn of_key(state: &AppState, key: &str) -> Option<Arc<PartnerLogin>> {
    let hash: String = hash_key(key).iter().map(|byte| format!("{byte:02x}")).collect();
    let is_it = |login: &&Arc<PartnerLogin>| {
        login.kind == PartnerLoginKind::Key && login.hash.as_bytes().ct_eq(hash.as_bytes()).into()
    };
    state.directory.snapshot().logins().find(is_it).cloned()
}

/// What signs tokens: known to this installation only.
fn secret(state: &AppState) -> [u8; 32] {
    Sha256::digest([&state.recipient_key[..], b"partner token"].concat()).into()
}

/// A token for a login: until when, for whom, and the signature of both.
pub fn issue(state: &AppState, login: &PartnerLogin, now: Timestamp) -> String {
    let until = (now + TOKEN_AGE).secs();
    let said = format!("{until}.{}.{}", login.created_at.millis(), BASE64.encode(&login.name));
    let signature = webhook::sign(&secret(state), said.as_bytes());
    format!("{said}.{signature}")
}

fn of_token(state: &AppState, token: &str) -> Option<Arc<PartnerLogin>> {
    let (said, signature) = token.rsplit_once('.')?;
    if !webhook::verify(&secret(state), said.as_bytes(), signature) {
        return None;
    }
    let mut parts = said.split('.');
    let (until, made) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
    let name = String::from_utf8(BASE64.decode(parts.next()?).ok()?).ok()?;
    let snapshot = state.directory.snapshot();
    let login = snapshot.logins().find(|login| login.name == name && login.created_at.millis() == made)?;
    (state.clock.now().secs() < until).then(|| Arc::clone(login))
}
