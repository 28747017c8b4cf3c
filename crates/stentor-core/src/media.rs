//! Media: which types there are, how large they may be, what their content must look like, how long they live.
//!
//! Pure: the program streams the bytes and hands in their head and size; the API and the upstreams ask here. Source of
//! types and limits: Meta's "Supported media types" and 360dialog's media page.

mod handle;
mod host;
mod reference;
mod throttle;
mod url;

use std::time::Duration;

use crate::template::MediaKind as HeaderKind;

pub use handle::Handle;
pub use host::link_hosts;
pub use reference::Reference;
pub use throttle::{Throttle, ThrottleRule};
pub use url::{BadUrl, UrlKey};

/// How long an uploaded medium can be sent.
pub const UPLOAD_LIFE: Duration = Duration::from_hours(30 * 24);
/// How long a medium that came in with a message can be fetched.
pub const INBOUND_LIFE: Duration = Duration::from_hours(7 * 24);
/// How long a download URL works.
pub const URL_LIFE: Duration = Duration::from_mins(5);
/// How long a resumable upload may take from its first request to its last byte.
pub const SESSION_LIFE: Duration = Duration::from_hours(24);
/// Nothing larger is taken in, whichever way it comes: the limit of documents and of inbound media (131052 above it).
pub const BYTES_MAX: u64 = 100 * MB;
/// Bytes of a file that [`judge`] wants to see (fewer where the file is shorter).
pub const HEAD_BYTES: usize = 64;

const MB: u64 = 1 << 20;
const KB: u64 = 1 << 10;

/// The kind of a medium, as messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// `image`
    Image,
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `document`
    Document,
    /// `sticker`
    Sticker,
}

impl MediaKind {
    /// The word of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Image, Self::Audio, Self::Video, Self::Document, Self::Sticker]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// Whether a message of this kind may show a medium of type `mime`. A document may be anything.
    ///
    /// ```
    /// use stentor_core::media::MediaKind;
    /// assert!(MediaKind::Image.takes("image/png"));
    /// assert!(!MediaKind::Image.takes("video/mp4"));
    /// assert!(MediaKind::Document.takes("image/png"));
    /// ```
    #[must_use]
    pub fn takes(self, mime: &str) -> bool {
        self == Self::Document || supported(mime).is_some_and(|known| known.kind == self)
    }

    /// Bytes that a medium of this kind may have at most; a static sticker has less ([`judge`]).
    #[must_use]
    pub const fn bytes_max(self) -> u64 {
        match self {
            Self::Image => 5 * MB,
            Self::Audio | Self::Video => 16 * MB,
            Self::Document => BYTES_MAX,
            Self::Sticker => 500 * KB,
        }
    }
}

impl From<HeaderKind> for MediaKind {
    /// A template's GIF is an MP4 that plays without sound.
    fn from(kind: HeaderKind) -> Self {
        match kind {
            HeaderKind::Image => Self::Image,
            HeaderKind::Video | HeaderKind::Gif => Self::Video,
            HeaderKind::Document => Self::Document,
        }
    }
}

/// A type that can be uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supported {
    /// `image/jpeg`
    pub mime: &'static str,
    /// What it is sent as.
    pub kind: MediaKind,
    /// How a file of it is called at the end.
    pub extension: &'static str,
    /// How its content begins.
    container: Container,
}

/// How a file's content begins: what many types have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Jpeg,
    Png,
    Webp,
    /// ISO base media: MP4, M4A, 3GP.
    Iso,
    Ogg,
    Amr,
    Pdf,
    /// Office's newer files.
    Zip,
    /// Office's older files.
    Compound,
    /// MPEG audio frames, or an ID3 tag before them.
    MpegAudio,
    Gif,
    /// Begins in no way of its own.
    Any,
}

const fn of(mime: &'static str, kind: MediaKind, extension: &'static str, container: Container) -> Supported {
    Supported { mime, kind, extension, container }
}

/// Every type that can be uploaded, in the order in which Meta's refusal lists them.
pub const SUPPORTED: [Supported; 19] = [
    of("audio/aac", MediaKind::Audio, "aac", Container::Any),
    of("audio/mp4", MediaKind::Audio, "m4a", Container::Iso),
    of("audio/mpeg", MediaKind::Audio, "mp3", Container::MpegAudio),
    of("audio/amr", MediaKind::Audio, "amr", Container::Amr),
    of("audio/ogg", MediaKind::Audio, "ogg", Container::Ogg),
    of("audio/opus", MediaKind::Audio, "opus", Container::Ogg),
    of("application/vnd.ms-powerpoint", MediaKind::Document, "ppt", Container::Compound),
    of("application/msword", MediaKind::Document, "doc", Container::Compound),
    of(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        MediaKind::Document,
        "docx",
        Container::Zip,
    ),
    of(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        MediaKind::Document,
        "pptx",
        Container::Zip,
    ),
    of(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        MediaKind::Document,
        "xlsx",
        Container::Zip,
    ),
    of("application/pdf", MediaKind::Document, "pdf", Container::Pdf),
    of("text/plain", MediaKind::Document, "txt", Container::Any),
    of("application/vnd.ms-excel", MediaKind::Document, "xls", Container::Compound),
    of("image/jpeg", MediaKind::Image, "jpg", Container::Jpeg),
    of("image/png", MediaKind::Image, "png", Container::Png),
    of("image/webp", MediaKind::Sticker, "webp", Container::Webp),
    of("video/mp4", MediaKind::Video, "mp4", Container::Iso),
    of("video/3gpp", MediaKind::Video, "3gp", Container::Iso),
];

/// The bare type of a `Content-Type`: lower case, without parameters, old spellings put right.
///
/// ```
/// assert_eq!(stentor_core::media::bare("Image/JPG; charset=binary"), "image/jpeg");
/// ```
#[must_use]
pub fn bare(mime: &str) -> String {
    let bare = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match bare.as_str() {
        "image/jpg" => "image/jpeg".to_owned(),
        "audio/mp3" => "audio/mpeg".to_owned(),
        _ => bare,
    }
}

/// The type of that name ([`bare`]), if it can be uploaded.
#[must_use]
pub fn supported(mime: &str) -> Option<&'static Supported> {
    let bare = bare(mime);
    SUPPORTED.iter().find(|known| known.mime == bare)
}

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The type is none of [`SUPPORTED`].
    #[error(
        "Param file must be a file with one of the following types: {types}. Received file of type '{declared}'.",
        types = SUPPORTED.map(|known| known.mime).join(", ")
    )]
    Type {
        /// What was declared.
        declared: String,
    },
    /// Larger than its type may be.
    #[error("file: {size} bytes; {what} may have at most {max}")]
    TooLarge {
        /// Of the file, or of the part of it that was read.
        size: u64,
        /// The type, in words.
        what: String,
        /// Bytes.
        max: u64,
    },
    /// Nothing in it.
    #[error("file: it is empty")]
    Empty,
    /// The content is surely not of the declared type.
    #[error("file: declared as {declared}, but its content {found}")]
    OtherContent {
        /// What was declared.
        declared: &'static str,
        /// What it is instead.
        found: String,
    },
}

/// Judges a file by its declared type, its first bytes ([`HEAD_BYTES`]) and its size. The content is only held against
/// the type where that is certain: formats that always begin the same way must begin so; plain text and raw AAC must
/// not begin like anything else. A library of signatures would tell apart what here must not be (M4A from MP4, a DOCX
/// from another ZIP), so the few signatures stand here.
///
/// ```
/// use stentor_core::media::{Unfit, judge};
/// let png = b"\x89PNG\r\n\x1a\n0000";
/// assert_eq!(judge("image/png", png, 12).unwrap().extension, "png");
/// assert!(matches!(judge("image/jpeg", png, 12), Err(Unfit::OtherContent { .. })));
/// assert!(matches!(judge("image/png", png, 6_000_000), Err(Unfit::TooLarge { max: 5_242_880, .. })));
/// assert!(matches!(judge("application/zip", b"PK", 2), Err(Unfit::Type { .. })));
/// ```
///
/// # Errors
/// [`Unfit`], naming the field, what is wrong and what is allowed.
pub fn judge(declared: &str, head: &[u8], size: u64) -> Result<&'static Supported, Unfit> {
    let known = supported(declared).ok_or_else(|| Unfit::Type { declared: bare(declared) })?;
    if size == 0 {
        return Err(Unfit::Empty);
    }
    let found = container(head);
    let may_be = match known.container {
        Container::Any => found == Container::Any,
        // An MP3 may begin with anything a player skips; only what is surely something else is refused.
        Container::MpegAudio => matches!(found, Container::MpegAudio | Container::Any),
        certain => found == certain,
    };
    // Raw AAC frames look like MPEG's, and many call an M4A so.
    let may_be =
        may_be || (known.mime == "audio/aac" && matches!(found, Container::MpegAudio | Container::Iso));
    if !may_be {
        let found = match found {
            Container::Any => format!("does not begin as one ({})", hex(&head[..head.len().min(8)])),
            other => format!("is {}", other.words()),
        };
        return Err(Unfit::OtherContent { declared: known.mime, found });
    }
    let is_static = known.kind == MediaKind::Sticker && !is_animated(head);
    let (max, what) = match is_static {
        true => (100 * KB, "a sticker that does not move".to_owned()),
        false => (known.kind.bytes_max(), known.mime.to_owned()),
    };
    if size > max { Err(Unfit::TooLarge { size, what, max }) } else { Ok(known) }
}

impl Container {
    const fn words(self) -> &'static str {
        match self {
            Self::Jpeg => "a JPEG",
            Self::Png => "a PNG",
            Self::Webp => "a WebP",
            Self::Iso => "an MP4 or 3GP",
            Self::Ogg => "an Ogg",
            Self::Amr => "an AMR",
            Self::Pdf => "a PDF",
            Self::Zip => "a ZIP (as DOCX, XLSX and PPTX are)",
            Self::Compound => "an older Office file",
            Self::MpegAudio => "MPEG audio",
            Self::Gif => "a GIF",
            Self::Any => "of no known type",
        }
    }
}

fn container(head: &[u8]) -> Container {
    match head {
        [0xff, 0xd8, 0xff, ..] => Container::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Container::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Container::Webp,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Container::Iso,
        [b'O', b'g', b'g', b'S', ..] => Container::Ogg,
        [b'#', b'!', b'A', b'M', b'R', ..] => Container::Amr,
        [b'%', b'P', b'D', b'F', b'-', ..] => Container::Pdf,
        [b'P', b'K', 3, 4, ..] => Container::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Container::Compound,
        [b'I', b'D', b'3', ..] => Container::MpegAudio,
        [0xff, second, ..] if second & 0xe0 == 0xe0 => Container::MpegAudio,
        [b'G', b'I', b'F', b'8', ..] => Container::Gif,
        _ => Container::Any,
    }
}

/// Whether a WebP moves: the animation flag of its extended header.
fn is_animated(head: &[u8]) -> bool {
    head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 != 0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
