//! A simulated phone as JSON: what was sent to it, how far it got, and what its person did. Made by `network::control`,
//! answered by `/sim` of the program and of the network process.

use serde::Serialize;
use utoipa::ToSchema;

/// A phone.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Phone {
    /// The person.
    #[schema(example = "441234567890")]
    pub number: String,
    /// What was sent to it, newest first.
    pub messages: Vec<PhoneMessage>,
    /// What the person wrote, tapped and sent, newest first.
    pub said: Vec<Said>,
}

impl Phone {
    /// The states of a message on a phone.
    pub const TICKS: [&str; 6] = ["held", "sent", "delivered", "read", "failed", "expired"];

    /// Whether the newest message is in that state, or beyond it on the way to being read.
    #[must_use]
    pub fn has_reached(&self, wanted: &str) -> bool {
        const WAY: [&str; 3] = ["sent", "delivered", "read"];
        let rank = |word: &str| WAY.iter().position(|on_the_way| *on_the_way == word);
        let is = |now: &str| {
            now == wanted || rank(now).zip(rank(wanted)).is_some_and(|(now, wanted)| now >= wanted)
        };
        self.messages.first().is_some_and(|newest| is(newest.ticks))
    }
}

/// A message on a phone.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneMessage {
    #[serde(flatten)]
    #[expect(missing_docs, reason = "it is the message itself")]
    pub shown: PhoneCard,
    /// The list that opens on a tap.
    #[schema(required = true)]
    pub list: Option<PhoneList>,
    /// Its wamid.
    pub id: String,
    #[expect(missing_docs, reason = "the name says it")]
    pub account_id: String,
    /// The channel it came from.
    pub phone_number_id: String,
    /// Its number.
    pub from: String,
    /// The person.
    pub to: String,
    /// Null for free-form messages.
    #[schema(required = true)]
    pub template: Option<PhoneTemplate>,
    /// Null for free-form messages.
    #[schema(required = true)]
    pub category: Option<&'static str>,
    /// `classic` or `optimised`.
    pub route: &'static str,
    /// `held`, `sent`, `delivered`, `read`, `failed` or `expired`.
    #[schema(example = "read")]
    pub ticks: &'static str,
    /// RFC 3339.
    pub taken_at: String,
    #[schema(required = true)]
    #[expect(missing_docs, reason = "the name says it")]
    pub delivered_at: Option<String>,
    #[schema(required = true)]
    #[expect(missing_docs, reason = "the name says it")]
    pub read_at: Option<String>,
    /// Voice messages only.
    #[schema(required = true)]
    pub played_at: Option<String>,
    /// The code it failed with.
    #[schema(required = true)]
    pub failed: Option<u32>,
    /// The message it quotes, or reacts to.
    #[schema(required = true)]
    pub answers: Option<String>,
    /// The beginning of that message.
    #[schema(required = true)]
    pub quoted: Option<String>,
    /// The person's reaction.
    #[schema(required = true, example = "👍")]
    pub reaction: Option<String>,
    /// The numbers of what the person was made to tap, in order.
    pub pressed: Vec<usize>,
    /// Addresses the person opened: clicks.
    pub opened: Vec<PhoneOpened>,
}

/// A message as it looks, or a card of a carousel.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneCard {
    /// `template`, `text`, `image`, ...; of a card `text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Above the text; of media their kind and address.
    pub header: String,
    /// The text.
    pub body: String,
    /// Below the text.
    pub footer: String,
    /// In order.
    pub buttons: Vec<PhoneButton>,
    /// A carousel's cards.
    #[schema(no_recursion)]
    pub cards: Vec<PhoneCard>,
}

/// A button.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneButton {
    /// What `press` calls it.
    pub number: usize,
    /// Its label.
    pub text: String,
    /// What it holds: an address, a number, a code; empty when nothing.
    pub value: String,
    /// Of quick replies the payload, of reply buttons the id: what comes back.
    #[schema(required = true)]
    pub reply_payload: Option<String>,
}

/// A list to choose a row of.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneList {
    /// The label of what opens it.
    pub button: String,
    /// In order.
    pub sections: Vec<PhoneSection>,
}

/// A section of a list.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneSection {
    /// Empty where there is none.
    pub title: String,
    /// In order.
    pub rows: Vec<PhoneRow>,
}

/// A row of a list.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PhoneRow {
    /// What `press` calls it.
    pub number: usize,
    /// The business's name for it.
    pub id: String,
    /// What the person reads.
    pub title: String,
    /// A second line, perhaps empty.
    pub description: String,
}

/// The template a message was made from.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PhoneTemplate {
    pub name: String,
    pub language: String,
}

/// An address that was opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PhoneOpened {
    /// RFC 3339.
    pub at: String,
    /// The button's number.
    pub button: usize,
    /// The address.
    pub url: String,
}

/// Something the person did.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = PhoneSaid)]
pub struct Said {
    /// The wamid of the person's message.
    pub id: String,
    /// RFC 3339.
    pub at: String,
    /// The channel it was done to.
    pub phone_number_id: String,
    /// As in the webhook: `text`, `button`, `interactive`, `reaction`, `image`, ...; `stop` and `resume`.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    pub kind: &'static str,
    /// In words: what was written, the label that was tapped, what was sent.
    pub text: String,
    /// The business's message it answers or reacts to.
    #[schema(required = true)]
    pub answers: Option<String>,
}
