//! Media of a message: the five kinds of free-form message that are one, and every place where a message holds one.
//! Read here; whether an id exists or a link can be fetched is asked by whoever keeps media, over [`super::Medium`].

use super::component::{MediaKind, MediaSource};
use super::text::{need_url, real_or_number, some_short};
use crate::reader::{Cursor, Problem, WireError};

/// The type of a medium, for limits of size and MIME types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// Picture.
    Image,
    /// Sound or voice.
    Audio,
    /// Film.
    Video,
    /// Looping film: headers of templates on the marketing endpoint.
    Gif,
    /// File.
    Document,
    /// Sticker.
    Sticker,
}

impl MediaType {
    /// The word on the wire, which is also the field that holds the medium.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Gif => "gif",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

impl From<MediaKind> for MediaType {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Video => Self::Video,
            MediaKind::Gif => Self::Gif,
            MediaKind::Document => Self::Document,
        }
    }
}

/// A medium with what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaType,
    /// Uploaded or linked.
    pub source: MediaSource,
    /// At most 1024 characters; not for audio and stickers.
    pub caption: Option<String>,
    /// Documents.
    pub filename: Option<String>,
    /// Audio that is a voice message.
    pub voice: bool,
}

const CAPTION_CHARS_MAX: usize = 1_024;

const FIELDS: &[&str] = &["id", "link", "caption", "filename", "voice", "provider"];

/// Reads the object of a medium: of a message, or of a header.
pub(super) fn read_media(field: &Cursor<'_, '_>, kind: MediaType) -> Result<Media, WireError> {
    let media = field.object(FIELDS)?;
    let link = match media.get("link") {
        Some(link) if !link.str()?.trim().is_empty() => Some(need_url(media, "link")?),
        _ => None,
    };
    let source = source(field, real_or_number(media, "id")?, link)?;
    let caption = some_short(media, "caption", CAPTION_CHARS_MAX)?;
    if let (Some(_), MediaType::Audio | MediaType::Sticker) = (&caption, kind) {
        let rule = "is not allowed: audio and stickers have no caption";
        return Err(media.need("caption")?.error(Problem::Rule(rule)));
    }
    let filename = media.string("filename")?.filter(|_| kind == MediaType::Document);
    let voice = media.bool("voice")?.unwrap_or(false) && kind == MediaType::Audio;
    Ok(Media { kind, source, caption, filename, voice })
}

/// Where a medium comes from: exactly one of the two.
pub(super) fn source(
    field: &Cursor<'_, '_>,
    id: Option<String>,
    link: Option<String>,
) -> Result<MediaSource, WireError> {
    match (id, link) {
        (Some(id), None) => Ok(MediaSource::Id(id)),
        (None, Some(link)) => Ok(MediaSource::Link(link)),
        (None, None) => Err(field.error(Problem::NoneOf { fields: "id or link" })),
        (Some(_), Some(_)) => Err(field.error(Problem::bad_value("id and link", "id, link"))),
    }
}
