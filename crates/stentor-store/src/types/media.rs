//! Media as the store knows them: the content itself lies in the media folder, under its hash.

use stentor_core::id::{AccountId, ChannelId, MediaId};
use stentor_core::time::Timestamp;

/// Where a medium comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaOrigin {
    /// `POST /media`: can be sent.
    Upload,
    /// It came in with a person's message.
    Inbound,
    /// A resumable upload: a template's or a profile's sample.
    Sample,
}

impl MediaOrigin {
    /// The word it is stored as.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Inbound => "inbound",
            Self::Sample => "sample",
        }
    }

    /// The origin of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Upload, Self::Inbound, Self::Sample].into_iter().find(|origin| origin.as_str() == word)
    }
}

/// One medium. Its content is on disk, fsynced, before this is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its name towards customers.
    pub id: MediaId,
    /// Whose it is.
    pub account: AccountId,
    /// The channel it came by.
    pub channel: ChannelId,
    /// Where from.
    pub origin: MediaOrigin,
    /// Its type, bare.
    pub mime: String,
    /// SHA-256 of the content: where it lies in the folder.
    pub sha256: [u8; 32],
    /// Bytes of the content.
    pub size: u64,
    /// As the uploader called it.
    pub file_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is not found; [`Timestamp::NEVER`] while a template or a profile shows it.
    pub expires_at: Timestamp,
}

/// A resumable upload that is not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadSession {
    /// Its name, without `upload:`.
    pub token: String,
    /// Whose it is.
    pub account: AccountId,
    /// The channel it came by.
    pub channel: ChannelId,
    /// As announced.
    pub file_name: Option<String>,
    /// Bytes, as announced.
    pub file_length: u64,
    /// The type, as announced.
    pub file_type: String,
    /// Bytes that are surely on disk.
    pub file_offset: u64,
    /// From then on it is not found.
    pub expires_at: Timestamp,
}
