//! Ids in the hub's manner: ours, with the two letters that say what they name.

use sha2::{Digest as _, Sha256};
use stentor_core::id::{AccountId, BusinessId, ChannelId};

use crate::api::error::ApiError;
use crate::api::state::AppState;

/// The one partner there is: this installation. Six digits out of its own key, the same as long as its data folder is.
#[must_use]
pub fn partner_id(state: &AppState) -> String {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest([&state.recipient_key[..], b"partner"].concat()).into();
    format!("{}PA", 100_000 + u32::from_le_bytes([a, b, c, d]) % 900_000)
}

pub fn client(id: BusinessId) -> String {
    format!("{id}CL")
}

pub fn waba(id: AccountId) -> String {
    format!("{id}WA")
}

pub fn channel(id: ChannelId) -> String {
    format!("{id}CH")
}

/// The number before the letters; the bare number is taken too.
///
/// # Errors
/// 404: nothing has such an id.
pub fn number(text: &str, letters: &str) -> Result<i64, ApiError> {
    let digits = text.strip_suffix(letters).unwrap_or(text);
    digits.parse().map_err(|_| ApiError::not_found(format!("there is no {text}")))
}
