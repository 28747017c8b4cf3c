//! What an upstream's own limit does to a channel's speed: cut by half when it refuses for speed, grown back evenly, and
//! no message at all before the time it asked to wait for (`Retry-After`).
//!
//! The limit of an upstream speaks of the number or the account, not of the one message it refused: so it slows the
//! channel. Cutting by a factor and growing by a sum keeps close below a limit nobody has told us.

use std::time::Duration;

use super::{Bucket, Grant};
use crate::outcome::Pressure;
use crate::time::Timestamp;

/// From nothing back to the configured rate.
pub const RECOVERY: Duration = Duration::from_mins(2);
/// A channel is cut once within this time at most: refusals that come together are one.
pub const REACTION: Duration = Duration::from_secs(1);
/// A longer `Retry-After` is not believed: the upstream is asked again after this long.
pub const REST_MAX: Duration = Duration::from_hours(1);
/// No channel is slower than this while it may send at all.
const FLOOR_PER_S: u32 = 1;

/// How an upstream has slowed a channel. Kept in the store beside the channel's [`Bucket`].
///
/// Invariant: the rate is never above the configured one nor below one a second, and [`RECOVERY`] after the last cut or
/// rest it is the configured one again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// Messages a second right after the last cut; 0: it was never cut.
    pub cut_to_per_s: u32,
    /// When it was last cut.
    pub cut_at: Timestamp,
    /// Nothing begins before.
    pub rest_until: Timestamp,
}

impl Throttle {
    /// Messages a second that may begin at `now`, of `configured_per_s`; while it rests, those from then on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stentor_core::{outcome::Pressure, rate::{RECOVERY, Throttle}, time::Timestamp};
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let limit = Pressure { is_limit: true, rest: None };
    /// let slowed = Throttle::default().pressed(80, limit, now, now);
    /// assert_eq!(slowed.rate(80, now), 40);
    /// assert_eq!(slowed.rate(80, now + Duration::from_secs(30)), 60);
    /// assert_eq!(slowed.rate(80, now + RECOVERY), 80);
    /// ```
    #[must_use]
    pub fn rate(self, configured_per_s: u32, now: Timestamp) -> u32 {
        if self.cut_to_per_s == 0 {
            return configured_per_s;
        }
        let grows_for = now.since(self.cut_at.max(self.rest_until)).min(RECOVERY);
        let grown = u128::from(configured_per_s) * grows_for.as_millis() / RECOVERY.as_millis();
        let grown = u32::try_from(grown).unwrap_or(u32::MAX);
        self.cut_to_per_s.saturating_add(grown).min(configured_per_s)
    }

    /// Until when nothing begins, if that is still to come.
    #[must_use]
    pub fn rests_until(self, now: Timestamp) -> Option<Timestamp> {
        (now < self.rest_until).then_some(self.rest_until)
    }

    /// Whether anything is slower than configured.
    #[must_use]
    pub fn is_slowed(self, configured_per_s: u32, now: Timestamp) -> bool {
        self.rests_until(now).is_some() || self.rate(configured_per_s, now) < configured_per_s
    }

    /// In words for the timeline and the health of the number; `None` at full speed.
    #[must_use]
    pub fn describe(self, configured_per_s: u32, now: Timestamp) -> Option<String> {
        let rate = self.rate(configured_per_s, now);
        let slowed = format!("the channel is slowed to {rate} of {configured_per_s} messages a second");
        match self.rests_until(now) {
            Some(until) if rate < configured_per_s => {
                Some(format!("the channel rests until {until}; then {slowed}"))
            }
            Some(until) => Some(format!("the channel rests until {until}")),
            None => (rate < configured_per_s).then_some(slowed),
        }
    }

    /// After a refusal at `now` of a send that began at `began_at`. Only a send that began after the last cut tells of
    /// the rate since then: what one batch, or one moment, brings back counts once, however often it is booked.
    #[must_use]
    pub fn pressed(self, configured_per_s: u32, by: Pressure, began_at: Timestamp, now: Timestamp) -> Self {
        let rest = by.rest.map_or(self.rest_until, |rest| now + rest.min(REST_MAX));
        let rate = self.rate(configured_per_s, now);
        // A rest stops the growth; it takes back none of it.
        let cut_to_per_s =
            if rest > self.rest_until && self.cut_to_per_s > 0 { rate } else { self.cut_to_per_s };
        let rested = Self { cut_to_per_s, rest_until: self.rest_until.max(rest), ..self };
        let is_news = self.cut_to_per_s == 0 || (began_at > self.cut_at && now >= self.cut_at + REACTION);
        if !by.is_limit || !is_news {
            return rested;
        }
        let cut_to_per_s = (rate / 2).max(FLOOR_PER_S);
        Self { cut_to_per_s, cut_at: now, ..rested }
    }
}

/// A channel's budget and how its upstream has slowed it: one row of the store, debited where a send begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The budget.
    pub bucket: Bucket,
    /// How it is slowed.
    pub throttle: Throttle,
}

impl Pace {
    /// Takes up to `want` messages at the rate in force, as [`Bucket::debit`] does; none while the channel rests.
    #[must_use]
    pub fn debit(self, now: Timestamp, configured_per_s: u32, ahead: Duration, want: u32) -> (Self, Grant) {
        let rate = self.throttle.rate(configured_per_s, now);
        if let Some(until) = self.throttle.rests_until(now).filter(|_| want > 0) {
            let grant = Grant { granted: 0, first: Duration::ZERO, every: Duration::ZERO, wake_at: until };
            return (self, grant);
        }
        let (bucket, grant) = self.bucket.debit(now, rate, ahead, want);
        (Self { bucket, ..self }, grant)
    }
}
