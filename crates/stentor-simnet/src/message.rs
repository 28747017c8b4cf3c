//! What goes into the network and what its API answers: one [`Submission`] per request, one [`Answer`] each.
//! Made by the caller (the program's upstream, the network process, a simulation); nothing here decides.

use std::time::Duration;

use stentor_core::route::Route;
use stentor_core::template::Category;

/// Name and language of a template; with the account the key of the network's template registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TemplateRef {
    /// The template's name.
    pub name: String,
    /// Its language code, exactly as registered.
    pub language: String,
}

/// What kind of message it is, as far as phone and network tell kinds apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A template: a tap on a quick reply comes back as `button`.
    Template,
    /// Text, and whatever says nothing else of itself.
    #[default]
    Text,
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// A voice message: whoever reads it listens to it, which is told as `played`.
    Voice,
    /// A film.
    Video,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// Contact cards.
    Contacts,
    /// A reaction to another message: `sent` or `failed` is all that is ever told of it.
    Reaction,
    /// With buttons, a list, a link, cards: a tap comes back as `interactive`.
    Interactive,
}

impl MessageKind {
    /// The word for it; `voice` is Meta's `audio`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Reaction => "reaction",
            Self::Interactive => "interactive",
        }
    }
}

/// What the phone shows, whatever kind of message it is. Parts that are absent are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The kind of the message; of a card, `Text`.
    pub kind: MessageKind,
    /// Header line: its text, or the kind and address of its media (`[image] https://...`).
    pub header: String,
    /// The body's text.
    pub body: String,
    /// The footer's text.
    pub footer: String,
    /// The buttons, in order.
    pub buttons: Vec<Button>,
    /// A carousel's cards, each with header, body and buttons of its own.
    pub cards: Vec<Rendered>,
    /// The list that opens on a tap, for a list message.
    pub list: Option<List>,
}

/// A list to choose one row of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The label of what opens it.
    pub button: String,
    /// Its sections, in order; at least one.
    pub sections: Vec<ListSection>,
}

/// A section of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListSection {
    /// Its title; empty where a list of one section has none.
    pub title: String,
    /// Its rows, in order.
    pub rows: Vec<ListRow>,
}

/// A row of a list: what comes back, whole, as `list_reply` when a person chooses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRow {
    /// The business's name for it.
    pub id: String,
    /// What the person reads.
    pub title: String,
    /// A second line, perhaps empty.
    pub description: String,
}

/// One button on the phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// Its label.
    pub text: String,
    /// What it holds: the URL, the coupon code, the phone number; empty when nothing.
    pub value: String,
    /// For a template's quick reply the payload that comes back when a person taps it, for a reply button its id.
    /// `None` for every other kind.
    pub reply_payload: Option<String>,
}

/// One `POST /{phone_number_id}/messages` or `/marketing_messages`, already understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The id (wamid) the message is to have, when the caller is its own authority; `None`: the network makes one.
    pub id: Option<String>,
    /// The account (WABA) id.
    pub account: String,
    /// The business number's id: throughput and pair limits count by it.
    pub phone_number_id: String,
    /// The business number itself, digits; empty when unknown. Its region counts for the per-person limit.
    pub from: String,
    /// The person: a number (anything but digits is ignored) or a BSUID such as `DE.13491208655302741918`.
    pub to: String,
    /// Which endpoint: an online person gets an optimised message within 8 s, a classic one within 5 s.
    pub route: Route,
    /// The template's category; `None` for a free-form message (service), which needs an open window, else 131047.
    pub category: Option<Category>,
    /// The template, for template messages.
    pub template: Option<TemplateRef>,
    /// What the phone shows.
    pub rendered: Rendered,
    /// The template's TTL. Honoured as at Meta: marketing on the optimised route only (the classic one keeps 30 days),
    /// utility and authentication always. `None`: 30 days, for authentication 10 minutes.
    pub ttl: Option<Duration>,
    /// The message it quotes, or reacts to.
    pub answers: Option<Answers>,
    /// `biz_opaque_callback_data`: comes back in every status.
    pub opaque: Option<String>,
    /// Why its media could not be fetched, as `error_data.details`: then it fails with 131053 and reaches nobody.
    pub unfetched: Option<String>,
    /// `message_activity_sharing` as it holds: without it no click is told of.
    pub sharing: bool,
    /// The caller knows of an open customer service window. Windows opened by replies of this network are known anyway.
    pub service_window_open: bool,
}

/// The message that another one quotes (`context.message_id`) or reacts to (`reaction.message_id`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// Its id, as this network knows it.
    pub id: String,
    /// The caller knows of such a message. What this network took or a person wrote is known anyway.
    pub is_known: bool,
}

impl Submission {
    /// How long the network tries to deliver, counted from the moment it took the message.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        const MONTH: Duration = Duration::from_secs(30 * 86_400);
        match (self.category, self.route) {
            (Some(Category::Marketing), Route::Classic) | (None, _) => MONTH,
            (Some(Category::Authentication), _) => self.ttl.unwrap_or(Duration::from_secs(600)),
            (Some(Category::Marketing), Route::Optimised) | (Some(Category::Utility), _) => {
                self.ttl.unwrap_or(MONTH)
            }
        }
    }
}

/// What became of one request: what the caller sees, when, and what only a witness knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Answer {
    /// What comes back over the wire, if anything.
    pub reply: Reply,
    /// How long after the request it comes back (or the connection is reset); means nothing for [`Reply::Lost`].
    pub after: Duration,
    /// The id of the message when the network took it, whatever the reply says. For journals: a caller must not look.
    pub taken: Option<String>,
}

/// What comes back over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200: taken.
    Accepted {
        /// The wamid.
        id: String,
        /// The person's id as WhatsApp writes it: digits (or the BSUID).
        wa_id: String,
        /// `message_status`: false `accepted`, true `held_for_quality_assessment`.
        held: bool,
    },
    /// An error in Meta's shape: not taken.
    Refused {
        /// HTTP status.
        http: u16,
        /// Meta's error code.
        code: u32,
        /// `error_data.details`.
        details: String,
        /// The `Retry-After` header.
        retry_after: Option<Duration>,
    },
    /// A 5xx without a body that says anything: the message may or may not have been taken.
    ServerError {
        /// HTTP status.
        http: u16,
    },
    /// Nothing ever comes back; the caller's time-out ends it. The message may or may not have been taken.
    Lost,
    /// The connection is reset. The message may or may not have been taken.
    Reset,
}
