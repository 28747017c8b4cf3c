//! The business's own caps on marketing to one person: so many in a rolling day, so many in rolling seven. Counted where
//! a send begins, given back when it surely was not taken. The store keeps the [`Ring`] in the person's row.

use std::time::Duration;

use crate::registry::Character;
use crate::time::Timestamp;

/// The shorter window.
pub const DAY: Duration = Duration::from_hours(24);
/// The longer window.
pub const WEEK: Duration = Duration::from_hours(7 * 24);
/// The highest cap: as many sends as a [`Ring`] remembers.
pub const CAP_MAX: u8 = 8;

/// How many marketing messages one person gets at most, outside an open service window; 0: no cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// In any 24 hours: 0..=[`CAP_MAX`].
    pub per_day: u8,
    /// In any seven days: 0..=[`CAP_MAX`].
    pub per_week: u8,
}

impl Caps {
    /// None at all.
    pub const NONE: Self = Self { per_day: 0, per_week: 0 };
    /// What a gateway keeps to unless told otherwise.
    pub const GATEWAY: Self = Self { per_day: 2, per_week: 6 };

    /// Those of a channel on whose account nothing is set: a twin has none, WhatsApp's own being all that is rehearsed.
    #[must_use]
    pub const fn of(character: Character) -> Self {
        match character {
            Character::Twin => Self::NONE,
            Character::Gateway => Self::GATEWAY,
        }
    }

    /// Whether nothing is capped.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.per_day == 0 && self.per_week == 0
    }

    /// In words, for the timeline and a refusal.
    ///
    /// ```
    /// use stentor_core::cap::Caps;
    /// assert_eq!(Caps::GATEWAY.words(), "2 in 24 hours, 6 in 7 days");
    /// assert_eq!(Caps { per_day: 0, per_week: 1 }.words(), "1 in 7 days");
    /// ```
    #[must_use]
    pub fn words(self) -> String {
        let part = |n: u8, window: &str| (n > 0).then(|| format!("{n} in {window}"));
        let parts = [part(self.per_day, "24 hours"), part(self.per_week, "7 days")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

const SLOTS: usize = CAP_MAX as usize;

/// When the last marketing messages to one person began: at most [`CAP_MAX`] times, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    times: [Timestamp; SLOTS],
    len: u8,
}

impl Ring {
    /// The times, oldest first.
    #[must_use]
    pub fn times(&self) -> &[Timestamp] {
        &self.times[..usize::from(self.len)]
    }

    /// Of these times, in any order; the newest ones where there are too many.
    #[must_use]
    pub fn of(times: impl IntoIterator<Item = Timestamp>) -> Self {
        let mut times: Vec<_> = times.into_iter().collect();
        times.sort_unstable();
        let mut ring = Self::default();
        for at in times.iter().skip(times.len().saturating_sub(SLOTS)) {
            ring.times[usize::from(ring.len)] = *at;
            ring.len += 1;
        }
        ring
    }

    /// When another may begin; `None`: now.
    ///
    /// ```
    /// use stentor_core::cap::{Caps, Ring};
    /// use stentor_core::time::Timestamp;
    /// let at = |hours: i64| Timestamp::from_secs(hours * 3_600);
    /// let ring = Ring::default().count(at(0)).count(at(5));
    /// assert_eq!(ring.free_at(Caps::GATEWAY, at(6)), Some(at(24)));
    /// assert_eq!(ring.free_at(Caps::GATEWAY, at(24)), None);
    /// assert_eq!(ring.free_at(Caps { per_day: 0, per_week: 1 }, at(24)), Some(at(5 + 7 * 24)));
    /// ```
    #[must_use]
    pub fn free_at(&self, caps: Caps, now: Timestamp) -> Option<Timestamp> {
        let within = |cap: u8, window: Duration| {
            // The window is full while the cap-th newest of the sends is in it.
            let newest_first = self.times().iter().rev();
            let full_by = newest_first.copied().nth(usize::from(cap.checked_sub(1)?))?;
            Some(full_by + window).filter(|free_at| *free_at > now)
        };
        within(caps.per_day, DAY).max(within(caps.per_week, WEEK))
    }

    /// With one that begins at `now`; what has left every window is forgotten.
    #[must_use]
    pub fn count(&self, now: Timestamp) -> Self {
        Self::of(self.kept(now).times().iter().copied().chain([now]))
    }

    /// Without one that began at `at` and surely was not taken; the same when none did.
    #[must_use]
    pub fn give_back(&self, at: Timestamp) -> Self {
        let gone = self.times().iter().position(|time| *time == at);
        let others = self.times().iter().enumerate().filter(|(i, _)| Some(*i) != gone);
        Self::of(others.map(|(_, time)| *time))
    }

    /// What still counts at `now`.
    #[must_use]
    pub fn kept(&self, now: Timestamp) -> Self {
        Self::of(self.times().iter().copied().filter(|time| *time + WEEK > now))
    }
}

#[cfg(test)]
mod tests;
