//! Numbers that WhatsApp says it cannot reach (131026): remembered in the person's row, and left alone for a while that
//! doubles with each repetition. Evidence of delivery, or the person writing, clears it.

use std::time::Duration;

use crate::time::Timestamp;

/// The code.
pub const UNDELIVERABLE: u32 = 131_026;
/// No cool-down is longer.
pub const COOL_DOWN_MAX: Duration = Duration::from_hours(7 * 24);

/// What is known of a number that could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undeliverable {
    /// When WhatsApp last said so.
    pub at: Timestamp,
    /// How often it did, for messages that did not overlap: at least 1.
    pub times: u32,
}

impl Undeliverable {
    /// Until when nothing is sent: `first` after the first time, twice as long after each further one, at most
    /// [`COOL_DOWN_MAX`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use stentor_core::{time::Timestamp, undeliverable::Undeliverable};
    /// let at = Timestamp::from_secs(0);
    /// let until = |times| Undeliverable { at, times }.until(Duration::from_hours(24)).since(at).as_secs() / 3_600;
    /// assert_eq!((until(1), until(2), until(3), until(4), until(99)), (24, 48, 96, 168, 168));
    /// ```
    #[must_use]
    pub fn until(self, first: Duration) -> Timestamp {
        let doubled = first.saturating_mul(2_u32.saturating_pow(self.times.saturating_sub(1)));
        self.at + doubled.min(COOL_DOWN_MAX)
    }

    /// What is known once WhatsApp has said it at `at` of a message that began at `began`. Messages under way together
    /// are one occasion.
    ///
    /// ```
    /// use stentor_core::{time::Timestamp, undeliverable::Undeliverable};
    /// let at = Timestamp::from_secs;
    /// let first = Undeliverable::after(None, at(10), at(1));
    /// let same = Undeliverable::after(Some(first), at(12), at(2));
    /// let again = Undeliverable::after(Some(same), at(90_000), at(89_000));
    /// assert_eq!((first.times, same.times, again.times), (1, 1, 2));
    /// ```
    #[must_use]
    pub fn after(known: Option<Self>, at: Timestamp, began: Timestamp) -> Self {
        match known {
            None => Self { at, times: 1 },
            Some(known) if began <= known.at => Self { at: known.at.max(at), ..known },
            Some(known) => Self { at: known.at.max(at), times: known.times.saturating_add(1) },
        }
    }
}
