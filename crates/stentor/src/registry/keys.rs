//! Whom an API key stands for. Keys are kept as SHA-256 only; the text is shown once, when it is made.

use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use stentor_core::id::ChannelId;
use stentor_core::registry::{Account, ApiKey, Channel};
use stentor_core::time::Timestamp;
use subtle::ConstantTimeEq as _;

/// The hash under which a key is kept.
#[must_use]
pub fn hash_key(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// Who calls: the channel a key selects, and its account.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose it is.
    pub account: Arc<Account>,
    /// The one number the key stands for.
    pub channel: Arc<Channel>,
    /// The key's hash, for the audit's actor.
    pub key: [u8; 32],
}

impl Caller {
    /// `key:` and the first eight digits of the hash: names the key in the audit without giving it away.
    #[must_use]
    pub fn actor(&self) -> String {
        let [a, b, c, d, ..] = self.key;
        format!("key:{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

/// The keys by hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(HashMap<[u8; 32], ApiKey>);

impl Keys {
    /// The key of that hash, unless it has expired. The lookup is by a hash nobody can steer; the comparison that
    /// decides takes the same time for every key.
    pub(super) fn find(&self, hash: &[u8; 32], now: Timestamp) -> Option<&ApiKey> {
        let key = self.0.get(hash)?;
        let same: bool = key.hash.ct_eq(hash).into();
        (same && key.expires_at.is_none_or(|at| now < at)).then_some(key)
    }

    pub(super) fn put(&mut self, key: ApiKey) {
        self.0.insert(key.hash, key);
    }

    /// Ends every key of the channel at `at` but those to keep; a key that ends earlier stays as it is.
    pub(super) fn end(&mut self, channel: ChannelId, keep: &[[u8; 32]], at: Timestamp) {
        for key in self.0.values_mut().filter(|key| key.channel == channel && !keep.contains(&key.hash)) {
            key.expires_at = Some(key.expires_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    pub(super) fn of(&self, channel: ChannelId) -> impl Iterator<Item = &ApiKey> {
        self.0.values().filter(move |key| key.channel == channel)
    }
}
