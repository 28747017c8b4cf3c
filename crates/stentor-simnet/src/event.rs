//! What the network tells its businesses: statuses, what people do, what becomes of templates.
//! Emitted by [`crate::Network::due`]; the caller turns them into webhooks or feeds them straight back.

use stentor_core::template::Category;
pub use stentor_core::template::Quality;
use stentor_core::time::Timestamp;

use crate::deed::{Contact, Location, Media};
use crate::message::TemplateRef;

/// One thing the network reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetEvent {
    /// A message's status: `statuses[]` of a `messages` webhook.
    Status(Status),
    /// A person wrote, tapped, or changed a preference.
    Inbound(Inbound),
    /// Somebody opened a marketing message's address: `user_actions` of a `messages` webhook, which names nobody.
    Click(Click),
    /// A review ended: `message_template_status_update` with APPROVED or REJECTED.
    TemplateReviewed {
        /// Which template.
        template: TemplateKey,
        /// The verdict.
        verdict: Verdict,
        /// When.
        at: Timestamp,
    },
    /// A template was paused, reinstated or disabled: `message_template_status_update`.
    TemplateStatus {
        /// Which template.
        template: TemplateKey,
        /// What happened to it.
        change: TemplateChange,
        /// When.
        at: Timestamp,
    },
    /// What its caller holds of a template for its quality assessment may go; only where the caller paces.
    TemplateReleased {
        /// Which template.
        template: TemplateKey,
        /// When.
        at: Timestamp,
    },
    /// A template is, or will be, in another category: `template_category_update`.
    TemplateCategory {
        /// Which template.
        template: TemplateKey,
        /// The category it has, or had until now.
        from: Category,
        /// The category it gets.
        to: Category,
        /// When it gets it, if that is only announced.
        announced_for: Option<Timestamp>,
        /// When.
        at: Timestamp,
    },
    /// A template's quality changed: `message_template_quality_update`.
    QualityUpdate {
        /// Which template.
        template: TemplateKey,
        /// The score before.
        from: Quality,
        /// The score now.
        to: Quality,
        /// When.
        at: Timestamp,
    },
}

impl NetEvent {
    /// When it happened, as the webhook's timestamp tells it. It may have come out later than that.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Status(status) => status.at,
            Self::Inbound(inbound) => inbound.at,
            Self::Click(click) => click.at,
            Self::TemplateReviewed { at, .. }
            | Self::TemplateStatus { at, .. }
            | Self::TemplateReleased { at, .. }
            | Self::TemplateCategory { at, .. }
            | Self::QualityUpdate { at, .. } => *at,
        }
    }
}

/// The status of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The message's id.
    pub id: String,
    /// The account it belongs to.
    pub account: String,
    /// The business number it left from.
    pub phone_number_id: String,
    /// The person (`recipient_id`).
    pub to: String,
    /// What happened.
    pub kind: StatusKind,
    /// When it happened.
    pub at: Timestamp,
    /// `biz_opaque_callback_data`, as it was sent.
    pub opaque: Option<String>,
    /// With `sent` and one of delivered and read; never with `failed`.
    pub pricing: Option<Pricing>,
    /// As [`Status::pricing`]. API versions from v24 leave it out.
    pub conversation: Option<Conversation>,
}

/// What a status says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// On its way.
    Sent,
    /// On the phone. May be skipped.
    Delivered,
    /// Seen.
    Read,
    /// Listened to: voice messages only.
    Played,
    /// Will not arrive.
    Failed {
        /// Meta's error code.
        code: u32,
        /// The code's title.
        title: &'static str,
        /// `error_data.details`.
        details: String,
    },
}

impl StatusKind {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed { .. } => "failed",
        }
    }
}

/// The `pricing` object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// Whether it costs anything.
    pub billable: bool,
    /// `pricing_model`: `PMP`, per message.
    pub model: &'static str,
    /// `type`: `regular` or `free_customer_service`.
    pub kind: &'static str,
    /// `category`: the only proof of the route a marketing message took (`marketing_lite` or `marketing`).
    pub category: &'static str,
}

/// The `conversation` object of API versions before v24.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Unique per message.
    pub id: String,
    /// `origin.type`: as [`Pricing::category`].
    pub origin: &'static str,
    /// `expiration_timestamp`: on `sent` only.
    pub expires_at: Option<Timestamp>,
}

/// Something a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The inbound message's own wamid; the same doing has the same id also when it is told twice.
    pub id: String,
    /// The account it concerns.
    pub account: String,
    /// The business number it concerns.
    pub phone_number_id: String,
    /// The person.
    pub from: String,
    /// The id by which the account knows the person (`from_user_id`).
    pub user_id: Option<String>,
    /// What they did.
    pub kind: InboundKind,
    /// When.
    pub at: Timestamp,
    /// The message of ours it answers (`context.id`).
    pub context: Option<String>,
}

/// A click on a marketing message's button, told without a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// The account it concerns.
    pub account: String,
    /// The business number it concerns.
    pub phone_number_id: String,
    /// `click_id`: unique to this click.
    pub id: String,
    /// `tracking_token`: the same for every click on this message.
    pub token: String,
    /// The address that was opened; the business is not told it.
    pub url: String,
    /// When.
    pub at: Timestamp,
}

/// What a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboundKind {
    /// Wrote a text: `type: text`.
    Text(String),
    /// Tapped a quick reply: `type: button`.
    Button {
        /// The label.
        text: String,
        /// The payload that was sent with it.
        payload: String,
    },
    /// Tapped a reply button: `interactive.button_reply`.
    ButtonReply {
        /// The button's id.
        id: String,
        /// Its label.
        title: String,
    },
    /// Chose a row of a list: `interactive.list_reply`.
    ListReply {
        /// The row's id.
        id: String,
        /// Its title.
        title: String,
        /// Its description; empty when it has none.
        description: String,
    },
    /// Reacted: `type: reaction`.
    Reaction {
        /// The message reacted to.
        message_id: String,
        /// `None`: took the reaction back.
        emoji: Option<String>,
    },
    /// Sent a file: `type: image`, `audio`, ...
    Media(Media),
    /// Shared a place: `type: location`.
    Location(Location),
    /// Shared a contact: `type: contacts`.
    Contact(Contact),
    /// `user_preferences`: stopped (true) or resumed (false) the account's marketing messages.
    MarketingStopped(bool),
}

/// A template of the whole network: (account, name, language).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TemplateKey {
    /// The account (WABA) id.
    pub account: String,
    /// Name and language.
    pub template: TemplateRef,
}

/// How a review ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It may be sent.
    Approved,
    /// It may not, for this reason.
    Rejected(Rejection),
}

/// Why a template was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejection {
    /// Abusive content.
    AbusiveContent,
    /// Not in the form a template must have.
    InvalidFormat,
    /// Looks like a scam.
    Scam,
    /// Content and language or category do not go together.
    TagContentMismatch,
    /// It is of another category.
    IncorrectCategory,
}

impl Rejection {
    /// Meta's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbusiveContent => "ABUSIVE_CONTENT",
            Self::InvalidFormat => "INVALID_FORMAT",
            Self::Scam => "SCAM",
            Self::TagContentMismatch => "TAG_CONTENT_MISMATCH",
            Self::IncorrectCategory => "INCORRECT_CATEGORY",
        }
    }
}

/// What happened to an approved template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemplateChange {
    /// PAUSED. `title` is `other_info.title`; with `until` it ends by itself, without it needs a hand.
    Paused {
        /// `FIRST_PAUSE`, `SECOND_PAUSE` or `RATE_LIMITING_PAUSE` (pacing).
        title: &'static str,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// APPROVED again (`UNPAUSE`).
    Unpaused,
    /// DISABLED: the third pause.
    Disabled,
}
