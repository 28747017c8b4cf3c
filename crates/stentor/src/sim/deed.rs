//! What a person is made to do, as a request says it: one body for each verb of `/sim/phones/{number}/{verb}`. Read by the
//! program's API and by the network process alike; what can be done is decided by the network.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stentor_simnet::{Contact, Deed, Location, Media, MediaKind, Which};
use utoipa::ToSchema;

use super::Refused;

/// Characters of a text that a person writes.
const TEXT_CHARS_MAX: usize = 4_096;
/// Characters of anything shorter: names, emoji, ids.
const WORD_CHARS_MAX: usize = 256;

/// The verbs of a phone that need no file, in the order of the documentation.
pub const VERBS: [&str; 9] =
    ["say", "press", "react", "location", "contact", "stop", "resume", "block", "unblock"];

/// Something to do, and to whom.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What.
    pub deed: Deed,
    /// The channel that is meant: a phone-number id, or its number.
    pub to: Option<String>,
}

/// `say`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhoneSay)]
pub struct Say {
    /// What the person writes.
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
    /// The message it quotes: a wamid, or `latest`.
    reply_to: Option<String>,
    /// The channel it is written to; not needed where the phone has messages, or only one channel exists.
    to: Option<String>,
}

/// `press`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhonePress)]
pub struct Press {
    /// The number of the button or row, as the phone shows it, from 0.
    button: usize,
    /// A wamid, or `latest`: the newest message with something to tap, which is meant when it is absent.
    message: Option<String>,
    /// The channel whose messages are meant.
    to: Option<String>,
}

/// `react`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhoneReact)]
pub struct React {
    /// Absent, null or empty: takes the reaction back.
    emoji: Option<String>,
    /// A wamid, or `latest`, which is meant when it is absent.
    message: Option<String>,
    /// The channel whose messages are meant.
    to: Option<String>,
}

/// `location`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhoneLocation)]
pub struct Place {
    /// Degrees.
    #[schema(minimum = -90.0, maximum = 90.0)]
    latitude: f64,
    /// Degrees.
    #[schema(minimum = -180.0, maximum = 180.0)]
    longitude: f64,
    name: Option<String>,
    address: Option<String>,
    /// The message it quotes: a wamid, or `latest`.
    reply_to: Option<String>,
    /// The channel it is sent to.
    to: Option<String>,
}

/// `contact`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhoneContact)]
pub struct Card {
    /// Whose contact is shared.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// That person's number.
    phone: Option<String>,
    /// The message it quotes: a wamid, or `latest`.
    reply_to: Option<String>,
    /// The channel it is sent to.
    to: Option<String>,
}

/// `stop`, `resume`, `block`, `unblock`
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
#[schema(as = PhoneSwitch)]
pub struct Switch {
    /// The channel that is meant.
    to: Option<String>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = PhoneDone)]
pub struct Acted {
    /// The person.
    #[schema(example = "441234567890")]
    pub number: String,
    /// The channel it was done to.
    pub phone_number_id: String,
    /// The wamid of the person's message; null for what is none: a switch, a click.
    #[schema(required = true)]
    pub id: Option<String>,
    /// The business's message that was tapped, reacted to or quoted.
    #[schema(required = true)]
    pub message: Option<String>,
    /// The label of what was tapped.
    #[schema(required = true)]
    pub button: Option<String>,
    /// The address that was opened.
    #[schema(required = true)]
    pub opened: Option<String>,
    /// What the business is told, in order: statuses, the type of the person's message, `user_preferences`,
    /// `user_actions`.
    #[schema(example = json!(["read", "button"]))]
    pub told: Vec<&'static str>,
}

impl Asked {
    /// Reads a request for this verb; `None` for a verb there is none of.
    ///
    /// # Errors
    /// What is wrong with the body, naming the field.
    pub fn read(verb: &str, body: &[u8]) -> Option<Result<Self, Refused>> {
        let switch = |deed| parse::<Switch>(body).map(|Switch { to }| Self { deed, to });
        Some(match verb {
            "say" => parse(body).and_then(say),
            "press" => parse(body).map(|Press { button, message, to }| Self {
                deed: Deed::Press(button, which(message).unwrap_or(Which::Latest)),
                to,
            }),
            "react" => parse(body).and_then(react),
            "location" => parse(body).and_then(locate),
            "contact" => parse(body).and_then(introduce),
            "stop" => switch(Deed::Stop(true)),
            "resume" => switch(Deed::Stop(false)),
            "block" => switch(Deed::Block(true)),
            "unblock" => switch(Deed::Block(false)),
            _ => return None,
        })
    }

    /// A person sends a file that the business can fetch under `id`.
    ///
    /// # Errors
    /// A caption that is too long, or has no place.
    pub fn file(
        kind: &str,
        (id, mime_type, sha256): (String, String, String),
        (caption, filename): (Option<String>, Option<String>),
        (reply_to, to): (Option<String>, Option<String>),
    ) -> Result<Self, Refused> {
        let found = MediaKind::ALL.into_iter().find(|known| known.as_str() == kind);
        let words = || MediaKind::ALL.map(MediaKind::as_str).join(", ");
        let kind = found.ok_or_else(|| Refused::wrong(format!("type: must be one of {}", words())))?;
        let has_caption = matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Document);
        if caption.is_some() && !has_caption {
            return Err(Refused::wrong("caption: only images, films and documents have one".to_owned()));
        }
        let caption = caption.map(|caption| sized("caption", caption, 1_024)).transpose()?;
        let filename = filename.filter(|_| kind == MediaKind::Document);
        let media = Media { kind, id, mime_type, sha256, caption, filename };
        Ok(Self { deed: Deed::Send(media, which(reply_to)), to })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refused::wrong(format!("the body: {error}")))
}

fn which(named: Option<String>) -> Option<Which> {
    named.map(|id| if id == "latest" { Which::Latest } else { Which::Id(id) })
}

fn sized(field: &str, text: String, chars_max: usize) -> Result<String, Refused> {
    match text.chars().count() {
        n if (1..=chars_max).contains(&n) => Ok(text),
        _ => Err(Refused::wrong(format!("{field}: must be 1 to {chars_max} characters long"))),
    }
}

fn word(field: &str, text: Option<String>) -> Result<Option<String>, Refused> {
    text.filter(|text| !text.is_empty()).map(|text| sized(field, text, WORD_CHARS_MAX)).transpose()
}

fn say(Say { text, reply_to, to }: Say) -> Result<Asked, Refused> {
    Ok(Asked { deed: Deed::Say(sized("text", text, TEXT_CHARS_MAX)?, which(reply_to)), to })
}

fn react(React { emoji, message, to }: React) -> Result<Asked, Refused> {
    let message = which(message).unwrap_or(Which::Latest);
    Ok(Asked { deed: Deed::React(word("emoji", emoji)?, message), to })
}

fn locate(place: Place) -> Result<Asked, Refused> {
    let degrees = |field: &str, degrees: f64, max: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees")]
        let e7 = (degrees * 1e7).round() as i64;
        let problem = || Refused::wrong(format!("{field}: must be from -{max} to {max}"));
        (-max..=max).contains(&degrees).then_some(e7).ok_or_else(problem)
    };
    let location = Location {
        latitude_e7: degrees("latitude", place.latitude, 90.0)?,
        longitude_e7: degrees("longitude", place.longitude, 180.0)?,
        name: word("name", place.name)?,
        address: word("address", place.address)?,
    };
    Ok(Asked { deed: Deed::Locate(location, which(place.reply_to)), to: place.to })
}

fn introduce(card: Card) -> Result<Asked, Refused> {
    let (name, phone) = (sized("name", card.name, WORD_CHARS_MAX)?, word("phone", card.phone)?);
    Ok(Asked { deed: Deed::Introduce(Contact { name, phone }, which(card.reply_to)), to: card.to })
}
