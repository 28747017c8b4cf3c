//! What media paths share: the folder, the key of the URLs, the upstream that keeps media if there is one, and the
//! speed and error limits of each number. Limits live in memory only: a restart forgets them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stentor_core::id::ChannelId;
use stentor_core::media::{Throttle, ThrottleRule, UrlKey};
use stentor_core::time::Timestamp;

use crate::media::{Folder, Relay};

/// A second's uploads may come at once.
const WINDOW_MICROS: i64 = 1_000_000;
/// Numbers remembered before those that have nothing against them are forgotten.
const NUMBERS_MAX: usize = 10_000;
/// MiB of a folder nobody configured.
const QUOTA_MIB: u64 = 1_024;

/// As configured.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where the URL of `GET /{media-id}` leads, without its path.
    pub url_base: String,
    /// Uploads a second and number.
    pub uploads_per_sec: u32,
    /// Errors of `GET /{media-id}`.
    pub throttle: ThrottleRule,
    /// How long an upload's body may take, in real time.
    pub upload_timeout: Duration,
    /// Whether a send may name an id that is nobody's.
    pub takes_unknown_ids: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            url_base: "https://lookaside.fbsbx.com".to_owned(),
            uploads_per_sec: 25,
            throttle: ThrottleRule::default(),
            upload_timeout: Duration::from_secs(300),
            takes_unknown_ids: false,
        }
    }
}

/// Where media are handed in and out.
#[derive(Debug)]
pub struct Desk {
    /// The contents.
    pub folder: Arc<Folder>,
    /// Signs URLs and handles.
    pub url_key: UrlKey,
    /// The upstream, where it keeps the media.
    pub relay: Option<Arc<dyn Relay>>,
    /// As configured.
    pub rules: Rules,
    /// The time up to which a number's uploads are spoken for, in microseconds since the epoch.
    uploads: Mutex<HashMap<ChannelId, i64>>,
    throttles: Mutex<HashMap<ChannelId, Throttle>>,
    /// Resumable uploads that somebody is writing to.
    busy: Mutex<HashSet<String>>,
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk over a folder.
    #[must_use]
    pub fn new(folder: Arc<Folder>, url_key: UrlKey, rules: Rules) -> Self {
        let (uploads, throttles, busy) = Default::default();
        Self { folder, url_key, relay: None, rules, uploads, throttles, busy }
    }

    /// One upload more of that number.
    ///
    /// # Errors
    /// After how long it makes sense to ask again.
    pub fn take_upload(&self, channel: ChannelId, now: Timestamp) -> Result<(), Duration> {
        let now_micros = now.millis().saturating_mul(1_000);
        let every = WINDOW_MICROS / i64::from(self.rules.uploads_per_sec.max(1));
        let mut uploads = locked(&self.uploads);
        if uploads.len() >= NUMBERS_MAX {
            uploads.retain(|_, until| *until > now_micros);
        }
        let until = uploads.entry(channel).or_insert(now_micros);
        let taken = (*until).max(now_micros);
        let over = taken + every - now_micros - WINDOW_MICROS;
        if over > 0 {
            return Err(Duration::from_micros(over.unsigned_abs()));
        }
        *until = taken + every;
        Ok(())
    }

    /// How long that number is still shut out of `GET /{media-id}`.
    #[must_use]
    pub fn rest(&self, channel: ChannelId, now: Timestamp) -> Option<Duration> {
        locked(&self.throttles).get(&channel)?.rest(now)
    }

    /// An error was answered to that number.
    pub fn note_error(&self, channel: ChannelId, now: Timestamp) {
        let mut throttles = locked(&self.throttles);
        if throttles.len() >= NUMBERS_MAX {
            throttles.retain(|_, throttle| !throttle.is_idle(now));
        }
        throttles.entry(channel).or_default().note(self.rules.throttle, now);
    }

    /// Writes to a resumable upload, unless somebody does already.
    #[must_use]
    pub fn write_to(&self, token: &str) -> Option<Writing<'_>> {
        let is_free = locked(&self.busy).insert(token.to_owned());
        is_free.then(|| Writing { desk: self, token: token.to_owned() })
    }
}

impl Default for Desk {
    /// A folder of its own and a key of the moment.
    fn default() -> Self {
        let folder = Arc::new(Folder::temporary(QUOTA_MIB));
        Self::new(folder, UrlKey(crate::clock::random()), Rules::default())
    }
}

/// Who writes to a resumable upload, until it is dropped.
#[derive(Debug)]
pub struct Writing<'a> {
    desk: &'a Desk,
    token: String,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        locked(&self.desk.busy).remove(&self.token);
    }
}
