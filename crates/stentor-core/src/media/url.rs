//! Download URLs that prove themselves: the hash is over the medium's id and the second at which the URL ends.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::id::MediaId;
use crate::time::Timestamp;

/// Hex digits of the hash: 128 bits of HMAC-SHA-256.
const HASH_DIGITS: usize = 32;

/// Signs and checks download URLs; the key lives in the store.
#[derive(Clone)]
pub struct UrlKey(pub [u8; 32]);

impl std::fmt::Debug for UrlKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UrlKey")
    }
}

/// Why a download URL is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Its time is over.
    #[error("ext: the URL has expired; ask GET /{{media-id}} for a new one")]
    Expired,
    /// Its hash is not ours.
    #[error("hash: does not fit mid and ext; take the URL as GET /{{media-id}} gives it")]
    Forged,
}

impl UrlKey {
    /// The path and query of the URL that works until `until` (whole seconds).
    ///
    /// ```
    /// use stentor_core::{id::MediaId, media::UrlKey, time::Timestamp};
    /// let path = UrlKey([7; 32]).path(MediaId(42), Timestamp::from_secs(1_800_000_300));
    /// assert!(path.starts_with("/whatsapp_business/attachments/?mid=42&ext=1800000300&hash="));
    /// ```
    #[must_use]
    pub fn path(&self, id: MediaId, until: Timestamp) -> String {
        let ext = until.secs();
        format!("/whatsapp_business/attachments/?mid={id}&ext={ext}&hash={}", self.hash(id, ext))
    }

    /// Whether a URL with these three values is ours and still works at `now`.
    ///
    /// # Errors
    /// [`BadUrl`]; a forged URL is never told whether it would have been in time.
    pub fn check(&self, id: MediaId, ext: i64, hash: &str, now: Timestamp) -> Result<(), BadUrl> {
        let ours = self.hash(id, ext);
        // Every byte is looked at, whichever differs.
        let differ = ours.bytes().zip(hash.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        if hash.len() != HASH_DIGITS || differ != 0 {
            return Err(BadUrl::Forged);
        }
        if now.secs() > ext { Err(BadUrl::Expired) } else { Ok(()) }
    }

    fn hash(&self, id: MediaId, ext: i64) -> String {
        self.mac(&format!("url {id} {ext}"))
    }

    /// A keyed hash of a text, in hex; each use begins its text with a word of its own.
    pub(super) fn mac(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes[..HASH_DIGITS / 2].iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
