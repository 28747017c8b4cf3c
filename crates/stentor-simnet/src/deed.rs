//! What a person can be made to do, and what they send with it. Made by whoever plays the person; see [`crate::Network::act`].

/// A business number as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    /// The account (WABA) id.
    pub account: String,
    /// The number's id.
    pub phone_number_id: String,
}

/// Which message on the phone is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest one that fits: for a tap, that has something to tap.
    Latest,
    /// The one with this id.
    Id(String),
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Writes a text, quoting a message or not.
    Say(String, Option<Which>),
    /// Taps the button with this number ([`choices`]).
    Press(usize, Which),
    /// Reacts; `None` takes the reaction back.
    React(Option<String>, Which),
    /// Sends a file.
    Send(Media, Option<Which>),
    /// Shares a place.
    Locate(Location, Option<Which>),
    /// Shares a contact.
    Introduce(Contact, Option<Which>),
    /// Stops (true) or resumes (false) the account's marketing messages.
    Stop(bool),
    /// Blocks (true) or unblocks (false) the account: what it sends stays at one tick.
    Block(bool),
}

/// A file that a person sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The id under which the business can fetch it.
    pub id: String,
    /// Its type, such as `image/jpeg`.
    pub mime_type: String,
    /// SHA-256 of its bytes, base64.
    pub sha256: String,
    /// Words under it; images, films and documents only.
    pub caption: Option<String>,
    /// Its name; documents only.
    pub filename: Option<String>,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A sound, or a voice note (`audio/ogg`).
    Audio,
    /// A film.
    Video,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Image, Self::Audio, Self::Video, Self::Document, Self::Sticker];

    /// The word on the wire.
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
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Ten-millionths of a degree, -90 to 90 degrees.
    pub latitude_e7: i64,
    /// Ten-millionths of a degree, -180 to 180 degrees.
    pub longitude_e7: i64,
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub address: Option<String>,
}

/// Somebody else's contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The number, as the person has it.
    pub phone: Option<String>,
}
