//! The handle of a finished resumable upload (`4::…`): names the sample to a template or a profile, and proves itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::UrlKey;
use crate::id::{AccountId, MediaId};
use crate::time::Timestamp;

/// What a handle says, once it has proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// Whose upload it was.
    pub account: AccountId,
    /// The medium.
    pub media: MediaId,
    /// Its type.
    pub mime: String,
    /// Until when it may be used.
    pub expires_at: Timestamp,
}

impl Handle {
    /// The handle's text: version, type, proof, end, account and medium, as Meta's look.
    ///
    /// ```
    /// use stentor_core::{id::{AccountId, MediaId}, media::{Handle, UrlKey}, time::Timestamp};
    /// let key = UrlKey([7; 32]);
    /// let handle = Handle {
    ///     account: AccountId(1), media: MediaId(2), mime: "image/png".into(), expires_at: Timestamp::from_secs(9),
    /// };
    /// let text = handle.encode(&key);
    /// assert!(text.starts_with("4::aW1hZ2UvcG5n:"));
    /// assert_eq!(Handle::decode(&key, &text), Some(handle));
    /// assert_eq!(Handle::decode(&UrlKey([8; 32]), &text), None);
    /// ```
    #[must_use]
    pub fn encode(&self, key: &UrlKey) -> String {
        let Self { account, media, mime, expires_at } = self;
        let proof = self.proof(key);
        format!("4::{}:{proof}:e:{}:{account}:{media}", STANDARD.encode(mime), expires_at.secs())
    }

    /// What a handle of ours says; `None` for anything else. Whether it is still good is the caller's to ask.
    #[must_use]
    pub fn decode(key: &UrlKey, text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.strip_prefix("4::")?.split(':').collect();
        let [mime, proof, "e", ends, account, media] = parts[..] else { return None };
        let handle = Self {
            account: account.parse().ok()?,
            media: media.parse().ok()?,
            mime: String::from_utf8(STANDARD.decode(mime).ok()?).ok()?,
            expires_at: Timestamp::from_secs(ends.parse().ok()?),
        };
        (handle.proof(key) == proof).then_some(handle)
    }

    fn proof(&self, key: &UrlKey) -> String {
        let Self { account, media, mime, expires_at } = self;
        key.mac(&format!("handle {account} {media} {} {mime}", expires_at.secs()))
    }
}
