//! The learning log: what may be learnt from, and nothing else. A line exists only for a message of `/marketing_messages`
//! whose activity is shared; model, counters, lift and insights read these lines alone. Here is which lines an event gives; the store
//! writes them in the transaction of the event. Absent on purpose: addresses, words, anything of an unshared message.

use std::time::Duration;

use crate::id::{AccountId, MessageId, RecipientKey, TemplateId};
use crate::message::Message;
use crate::route::Route;
use crate::template::Category;
use crate::time::Timestamp;

mod decided;
mod measure;
mod record;

pub use decided::{Decided, Kind};
pub use measure::Measure;
pub use record::Record;

/// An opt-out later than this after a message is not its doing.
pub const BLAMED_FOR: Duration = Duration::from_hours(72);

/// What happened, with what is to be known of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The upstream took the message.
    Sent(Decided),
    /// It is on the phone.
    Delivered,
    /// The person saw it.
    Read,
    /// The person opened a link of it through us.
    Click {
        /// Which button: [`crate::click::Place::code`].
        button: u32,
    },
    /// The person answered it.
    Reply {
        /// By one of its quick replies.
        is_quick: bool,
    },
    /// The person wants no more marketing, and it was the message that they answered or the last one they got.
    OptOut,
    /// The person did what the business wants, after a click or a read of the message.
    Conversion(Conversion),
    /// The person was erased: their lines are gone, and what is remembered of them is to go. Of account 0: everybody was.
    Forgotten,
    /// Nothing happened but time: labels whose window has closed by then are learnt. What releases a label is always a
    /// line, so that the log alone decides and a replay gives the same bits.
    Tick,
}

/// A conversion as the business tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// `Purchase` and the like.
    pub name: String,
    /// In the business's app; otherwise on its website.
    pub is_app: bool,
    /// What it is worth, in the currency beside it.
    pub value: Option<f64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// After a click; otherwise after a read.
    pub is_click_through: bool,
}

/// Stands in a line for a person of whom nothing is learnt; as a hash it is nobody's.
pub const NOBODY: RecipientKey = RecipientKey(0);

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When it happened.
    pub at: Timestamp,
    /// Whose message.
    pub account: AccountId,
    /// The person, as the account knows them; [`NOBODY`] where they are not profiled.
    pub recipient: RecipientKey,
    /// The message.
    pub message: MessageId,
    /// Its template.
    pub template: TemplateId,
    /// What.
    pub deed: Deed,
}

impl Deed {
    /// The words of [`Deed::word`].
    pub const WORDS: [&str; 9] =
        ["sent", "delivered", "read", "click", "reply", "opt_out", "conversion", "forgotten", "tick"];

    /// The word in the store.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Click { .. } => "click",
            Self::Reply { .. } => "reply",
            Self::OptOut => "opt_out",
            Self::Conversion(_) => "conversion",
            Self::Forgotten => "forgotten",
            Self::Tick => "tick",
        }
    }
}

/// The line of something that happened to a message; `None` where nothing may be learnt from it: its activity is not
/// shared, it is no marketing template or went the classic way (which knows no sharing), or its send never began.
///
/// ```
/// use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey, TemplateId};
/// use stentor_core::learning::{Decided, Deed, line};
/// use stentor_core::message::Message;
/// use stentor_core::route::Route;
/// use stentor_core::template::Category;
/// use stentor_core::{time::Timestamp, ttl::LONGEST};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let message = Message::accepted(MessageId::first_at(now), AccountId(1), ChannelId(2), RecipientKey(3), now + LONGEST);
/// let (category, decided) = (Some(Category::Marketing), Some(Box::new(Decided::at(60))));
/// let (route, template) = (Route::Optimised, Some(TemplateId(4)));
/// let shared = Message { sharing: true, template, category, decided, route, ..message };
/// assert!(line(&shared, Deed::Read, now).is_some());
/// assert!(line(&Message { sharing: false, ..shared }, Deed::Read, now).is_none());
/// ```
#[must_use]
pub fn line(message: &Message, deed: Deed, at: Timestamp) -> Option<Line> {
    let template = message.template.filter(|_| is_open(message) && message.decided.is_some())?;
    let is_profiled = message.decided.as_ref().is_some_and(|decided| decided.is_profiled);
    let recipient = if is_profiled { message.recipient } else { NOBODY };
    let (account, message) = (message.account, message.id);
    Some(Line { at, account, recipient, message, template, deed })
}

impl Line {
    /// That a person was erased.
    #[must_use]
    pub const fn forgotten(account: AccountId, recipient: RecipientKey, at: Timestamp) -> Self {
        let (message, template) = (MessageId(0), TemplateId(0));
        Self { at, account, recipient, message, template, deed: Deed::Forgotten }
    }

    /// That it is so late.
    #[must_use]
    pub fn tick(account: AccountId, at: Timestamp) -> Self {
        Self { deed: Deed::Tick, ..Self::forgotten(account, NOBODY, at) }
    }
}

/// Whether a message's activity may be learnt from once its send has begun.
#[must_use]
pub fn is_open(message: &Message) -> bool {
    message.sharing && message.route == Route::Optimised && message.category == Some(Category::Marketing)
}

/// The lines of a message's move, in the order of a life.
#[must_use]
pub fn of_move(old: &Message, new: &Message) -> [Option<Line>; 3] {
    let first = |was: Option<Timestamp>, is: Option<Timestamp>| is.filter(|_| was.is_none());
    let sent = first(old.taken_at, new.taken_at).zip(new.decided.as_deref());
    [
        sent.and_then(|(at, decided)| line(new, Deed::Sent(decided.clone()), at)),
        first(old.delivered_at, new.delivered_at).and_then(|at| line(new, Deed::Delivered, at)),
        first(old.read_at, new.read_at).and_then(|at| line(new, Deed::Read, at)),
    ]
}

#[cfg(test)]
mod tests;
