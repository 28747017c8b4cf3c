//! Whom an API key stands for. Keys are kept as SHA-256 only; the text is shown once, when it is made.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

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
        key_name(&self.key)
    }
}

/// A key as it is kept, and the day of its last use as it is known: the same for every snapshot.
#[derive(Clone, Debug)]
struct Kept {
    key: ApiKey,
    /// Milliseconds of its midnight; 0: never used.
    used: Arc<AtomicI64>,
}

const DAY_MILLIS: i64 = 86_400_000;

/// The keys by hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(HashMap<[u8; 32], Kept>);

impl Keys {
    /// The key of that hash, unless it has expired. The lookup is by a hash nobody can steer; the comparison that
    /// decides takes the same time for every key.
    pub(super) fn find(&self, hash: &[u8; 32], now: Timestamp) -> Option<&ApiKey> {
        let Kept { key, used } = self.0.get(hash)?;
        let same: bool = key.hash.ct_eq(hash).into();
        if !same || key.expires_at.is_some_and(|at| now >= at) {
            return None;
        }
        let today = now.millis() - now.millis().rem_euclid(DAY_MILLIS);
        if used.load(Ordering::Relaxed) != today {
            used.store(today, Ordering::Relaxed);
        }
        Some(key)
    }

    pub(super) fn put(&mut self, key: ApiKey) {
        let known = self.0.remove(&key.hash).map(|kept| kept.used);
        let kept = || Arc::new(AtomicI64::new(key.used_at.map_or(0, Timestamp::millis)));
        let used = known.unwrap_or_else(kept);
        self.0.insert(key.hash, Kept { key, used });
    }

    /// Ends every key of the channel at `at` but those to keep; a key that ends earlier stays as it is.
    pub(super) fn end(&mut self, channel: ChannelId, keep: &[[u8; 32]], at: Timestamp) {
        let ending = |kept: &&mut Kept| kept.key.channel == channel && !keep.contains(&kept.key.hash);
        for Kept { key, .. } in self.0.values_mut().filter(ending) {
            key.expires_at = Some(key.expires_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// The keys of a channel, the oldest first, with the day of their last use as it is known now.
    pub(super) fn of(&self, channel: ChannelId) -> Vec<ApiKey> {
        let mut of: Vec<ApiKey> =
            self.0.values().filter(|kept| kept.key.channel == channel).map(Kept::now).collect();
        of.sort_by_key(|key| (key.created_at, key.hash));
        of
    }

    /// Keys with a day of use that is not kept yet.
    pub(super) fn used(&self) -> Vec<ApiKey> {
        let is_news =
            |kept: &&Kept| kept.used.load(Ordering::Relaxed) != kept.key.used_at.map_or(0, Timestamp::millis);
        self.0.values().filter(is_news).map(Kept::now).collect()
    }
}

impl Kept {
    fn now(&self) -> ApiKey {
        let used = self.used.load(Ordering::Relaxed);
        ApiKey { used_at: (used != 0).then(|| Timestamp::from_millis(used)), ..self.key.clone() }
    }
}

/// How a key is named where it must not be told: `key:` and the first eight digits of its hash.
#[must_use]
pub fn key_name(hash: &[u8; 32]) -> String {
    let [a, b, c, d, ..] = hash;
    format!("key:{a:02x}{b:02x}{c:02x}{d:02x}")
}
