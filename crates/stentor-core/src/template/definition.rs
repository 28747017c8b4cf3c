//! What a template is made of, parsed once when it is created or read, so that a send only compares.
//! Made by the program's translation from the wire; holds nothing of time, status or account.

use super::kind::{ButtonKind, Category, MediaKind, ParameterFormat};
use super::pattern::Pattern;

/// One template as its author wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// `[a-z0-9_]`, at most 512; with the language it is the key within an account.
    pub name: String,
    /// As `en` or `en_US`; matched exactly.
    pub language: String,
    /// What it is for.
    pub category: Category,
    /// How its variables are written.
    pub parameter_format: ParameterFormat,
    /// At most one.
    pub header: Option<Header>,
    /// The text. Only a definition that is not valid yet has none.
    pub body: Option<Body>,
    /// At most one.
    pub footer: Option<Footer>,
    /// The counting-down offer above the body.
    pub limited_time_offer: Option<LimitedTimeOffer>,
    /// In order; the index of a send counts over all of them.
    pub buttons: Vec<Button>,
    /// The cards, when it is a carousel.
    pub carousel: Option<Vec<Card>>,
    /// It carries a `CALL_PERMISSION_REQUEST` component.
    pub asks_to_call: bool,
    /// The example values its author gave, by text; none for a text without any.
    pub samples: Vec<Sample>,
}

impl Definition {
    /// A definition without any component: the start of a struct update.
    #[must_use]
    pub fn new(name: &str, language: &str, category: Category) -> Self {
        Self {
            name: name.to_owned(),
            language: language.to_owned(),
            category,
            parameter_format: ParameterFormat::Positional,
            header: None,
            body: None,
            footer: None,
            limited_time_offer: None,
            buttons: Vec::new(),
            carousel: None,
            asks_to_call: false,
            samples: Vec::new(),
        }
    }
}

/// Example values of one text: reviewers read them, nothing is sent of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The text's place, as a [`super::Refusal`] names it: `body.text`, `carousel.cards[0].buttons[1].url`.
    pub field: String,
    /// Its values.
    pub given: Given,
}

/// How example values are given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// In the order of the variables.
    Positional(Vec<String>),
    /// (name, value).
    Named(Vec<(String, String)>),
}

/// What stands above the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Header {
    /// At most 60 characters with one variable.
    Text(Pattern),
    /// A medium given with each send.
    Media(MediaKind),
    /// A place given with each send.
    Location,
    /// A product given with each send.
    Product,
}

impl Header {
    /// The `format` word.
    #[must_use]
    pub const fn format(&self) -> &'static str {
        match self {
            Self::Text(_) => "TEXT",
            Self::Media(kind) => kind.as_str(),
            Self::Location => "LOCATION",
            Self::Product => "PRODUCT",
        }
    }
}

/// The text.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The words; for authentication without own words the network's fixed sentence.
    pub text: Pattern,
    /// `add_security_recommendation`: a fixed sentence follows.
    pub recommends_security: bool,
}

/// What stands below the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footer {
    /// Fixed words, at most 60 characters.
    Text(String),
    /// "This code expires in n minutes."
    CodeExpires {
        /// 1..=90.
        minutes: u32,
    },
}

/// A limited-time offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitedTimeOffer {
    /// At most 16 characters.
    pub text: String,
    /// Each send then gives the time at which it ends.
    pub has_expiration: bool,
}

/// One card of a carousel.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Image, video or product.
    pub header: Option<Header>,
    /// All cards or none; at most 160 characters.
    pub body: Option<Body>,
    /// One or two, the same kinds on every card.
    pub buttons: Vec<Button>,
}

/// One button: its label and what its kind needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Button {
    /// What it does.
    pub kind: ButtonKind,
    /// The label, at most 25 characters; kinds with a fixed label may leave it empty.
    pub text: String,
    /// `url`: where a URL button leads, with at most one variable, at its end.
    pub url: Option<Pattern>,
    /// `phone_number` of a call button, at most 20 characters.
    pub phone_number: Option<String>,
    /// How an OTP button hands the code over.
    pub otp: Option<Otp>,
}

/// How an OTP button hands the code over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Otp {
    /// To whom.
    pub kind: OtpKind,
    /// The apps that may take it are named.
    pub names_apps: bool,
    /// `zero_tap_terms_accepted`.
    pub accepts_terms: bool,
}

/// `otp_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtpKind {
    /// The person copies it.
    CopyCode,
    /// The app takes it at a tap.
    OneTap,
    /// The app takes it by itself.
    ZeroTap,
}
