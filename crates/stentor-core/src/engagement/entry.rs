//! The learning log's entries: what may be learnt from, in order. Whoever writes that log leaves out what was sent with
//! activity sharing off; nothing here asks again.

use std::time::Duration;

use crate::time::Timestamp;

/// What a message is sent for, and what is therefore predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// That it is read.
    #[default]
    Read,
    /// That a link or button of it is tapped.
    Click,
    /// That it is answered.
    Reply,
    /// That something is bought, or whatever else counts as conversion.
    Conversion,
}

impl Goal {
    /// Every goal, in the order of [`Self::index`].
    pub const ALL: [Self; 4] = [Self::Read, Self::Click, Self::Reply, Self::Conversion];

    /// How long after the send its label is known, positive or negative alike. Feeding positives when they happen and
    /// negatives at the end biases a model upwards.
    #[must_use]
    pub const fn window(self) -> Duration {
        match self {
            Self::Read => Duration::from_hours(24),
            Self::Click | Self::Reply => Duration::from_hours(72),
            Self::Conversion => Duration::from_hours(7 * 24),
        }
    }

    /// Its place in tables of all goals.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Click => 1,
            Self::Reply => 2,
            Self::Conversion => 3,
        }
    }
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log; each is higher than the one before.
    pub position: u64,
    /// When it happened; never before the entry before it.
    pub at: Timestamp,
    /// Whom it is about: the keyed hash.
    pub recipient: u64,
    /// Which message; 0 where none is meant.
    pub message: u64,
    /// What happened.
    pub fact: Fact,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It was handed to the upstream.
    Sent(Sent),
    /// It reached the phone.
    Delivered,
    /// It was read.
    Read,
    /// A link or button of it was tapped.
    Clicked,
    /// It was answered.
    Replied,
    /// The person did what it was for.
    Converted,
    /// The person stopped marketing after it.
    OptedOut,
    /// The person wrote, to no message in particular.
    Inbound,
}

/// What is known of a message when it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Its template: an id of the account's own.
    pub template: u64,
    /// What it is for.
    pub goal: Goal,
    /// The hour where the person is, 0 to 23.
    pub local_hour: u8,
    /// Is it Saturday or Sunday there?
    pub is_weekend: bool,
    /// Does it show a picture, a video or a document?
    pub has_media: bool,
    /// Has it buttons?
    pub has_buttons: bool,
    /// Is it in the language the person wrote in last; `None`: not known.
    pub is_their_language: Option<bool>,
}
