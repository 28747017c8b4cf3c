//! Which message a conversion is put down to: the last one tapped within seven days, else the last one read within a
//! day, else none. Only messages whose activity is shared are ever asked about; whoever calls sees to that.

use std::time::Duration;

use crate::schedule::mix;
use crate::time::Timestamp;

/// A tap counts for so long; Meta reports taps for as long.
pub const CLICK_WINDOW: Duration = Duration::from_hours(7 * 24);
/// A read counts for so long.
pub const READ_WINDOW: Duration = Duration::from_hours(24);
/// An event may be told so long after it happened.
pub const LATE_MAX: Duration = Duration::from_hours(7 * 24);

/// What converted, by Meta's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Something was put into the basket.
    AddToCart,
    /// The checkout began.
    InitiateCheckout,
    /// Something was bought.
    Purchase,
    /// The app was opened first.
    AppActivation,
    /// A quick reply was tapped.
    QuickReply,
}

impl Name {
    /// Every name.
    pub const ALL: [Self; 5] =
        [Self::AddToCart, Self::InitiateCheckout, Self::Purchase, Self::AppActivation, Self::QuickReply];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddToCart => "AddToCart",
            Self::InitiateCheckout => "InitiateCheckout",
            Self::Purchase => "Purchase",
            Self::AppActivation => "AppActivation",
            Self::QuickReply => "QuickReply",
        }
    }

    /// The name of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == word)
    }
}

/// A conversion by one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// What it was.
    pub name: Name,
    /// When it happened.
    pub at: Timestamp,
}

/// What a person did with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The message.
    pub message: u64,
    /// When it was last tapped.
    pub clicked_at: Option<Timestamp>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// How a conversion was put down to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// It was tapped.
    Click(u64),
    /// It was read.
    Read(u64),
    /// None: delivered alone is no reason.
    None,
}

/// May an event that happened at `at` still be told at `now`? One from the future is nobody's.
#[must_use]
pub fn is_accepted(at: Timestamp, now: Timestamp) -> bool {
    at <= now && now.since(at) <= LATE_MAX
}

/// The key by which an event is counted once: (name, event id).
#[must_use]
pub fn event_key(name: Name, event_id: &str) -> u64 {
    let bytes = event_id.as_bytes().chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let numbers: Vec<u64> = [name as u64, event_id.len() as u64].into_iter().chain(bytes).collect();
    mix(&numbers)
}

/// The one message that a conversion is put down to; of equals the higher id.
///
/// ```
/// use stentor_core::lift::{Attribution, Conversion, Name, Touch, attribute};
/// use stentor_core::time::Timestamp;
/// let at = |hours: i64| Timestamp::from_secs(hours * 3_600);
/// let tapped = Touch { message: 1, clicked_at: Some(at(0)), read_at: Some(at(0)) };
/// let read = Touch { message: 2, clicked_at: None, read_at: Some(at(90)) };
/// let bought = |at| Conversion { name: Name::Purchase, at };
/// assert_eq!(attribute(&bought(at(100)), &[tapped, read]), Attribution::Click(1));
/// assert_eq!(attribute(&bought(at(100)), &[read]), Attribution::Read(2));
/// assert_eq!(attribute(&bought(at(120)), &[read]), Attribution::None);
/// ```
#[must_use]
pub fn attribute(conversion: &Conversion, touches: &[Touch]) -> Attribution {
    let within = |at: Option<Timestamp>, window: Duration| {
        at.filter(|&at| at <= conversion.at && conversion.at.since(at) <= window)
    };
    let last = |when: &dyn Fn(&Touch) -> Option<Timestamp>| {
        touches
            .iter()
            .filter_map(|touch| Some((when(touch)?, touch.message)))
            .max()
            .map(|(_, message)| message)
    };
    let clicked = last(&|touch| within(touch.clicked_at, CLICK_WINDOW));
    let read = last(&|touch| within(touch.read_at, READ_WINDOW));
    clicked.map(Attribution::Click).or(read.map(Attribution::Read)).unwrap_or(Attribution::None)
}
