//! Budgets of speed as values: a channel's messages a second, how its upstream slows it, and the messages to one person.
//!
//! The store keeps them, the dispatcher debits them where a send begins, once for a whole batch. Nobody sleeps here:
//! the answer is how many may go, how far apart, and when to ask again.

use std::time::Duration;

use crate::time::Timestamp;

mod throttle;

pub use throttle::{Pace, REACTION, RECOVERY, REST_MAX, Throttle};

/// How far ahead a debit reaches where time runs at the speed of life: 100 ms of the rate, but always one message.
pub const DEPTH: Duration = Duration::from_millis(100);

/// A channel's budget: the time from which the next message is free, in microseconds since the epoch.
///
/// Invariant: any window of `t` seconds is granted at most `rate * t + depth + rate * ahead`, where depth is `ahead` of the
/// rate and at least one. Departures, paced as [`Grant`] says, are never closer than the rate allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket(pub i64);

/// What a debit gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How many of the wanted may go.
    pub granted: u32,
    /// How long after `now` the first leaves.
    pub first: Duration,
    /// How far apart the others leave.
    pub every: Duration,
    /// When asking for more makes sense: half the depth is free again, `now` when all was granted.
    pub wake_at: Timestamp,
}

impl Bucket {
    /// Takes up to `want` messages at `rate_per_s` (0 grants nothing, ever), at most those of the time `ahead`, but always one.
    /// `now` must not step back.
    ///
    /// ```
    /// use stentor_core::{rate::{Bucket, DEPTH}, time::Timestamp};
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let (bucket, grant) = Bucket::default().debit(now, 80, DEPTH, 1_000);
    /// assert_eq!(grant.granted, 9); // 100 ms of 80 a second, and the one at once
    /// assert_eq!(grant.every.as_micros(), 12_500);
    /// assert_eq!(bucket.debit(now, 80, DEPTH, 1_000).1.granted, 0);
    /// assert_eq!(bucket.debit(grant.wake_at, 80, DEPTH, 1_000).1.granted, 5);
    /// ```
    #[must_use]
    pub fn debit(self, now: Timestamp, rate_per_s: u32, ahead: Duration, want: u32) -> (Self, Grant) {
        if rate_per_s == 0 {
            let wake_at = if want == 0 { now } else { Timestamp::NEVER };
            return (self, Grant { granted: 0, first: Duration::ZERO, every: Duration::ZERO, wake_at });
        }
        let every = 1_000_000_i64.div_euclid(rate_per_s.into()) + i64::from(1_000_000 % rate_per_s != 0);
        let now_micros = now.millis().saturating_mul(1_000);
        let free = self.0.max(now_micros);
        let ahead = i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX);
        let room = (now_micros.saturating_add(ahead) - free).div_euclid(every) + 1;
        let granted = u32::try_from(room.max(0)).unwrap_or(u32::MAX).min(want);
        let next = free + every * i64::from(granted);
        let wake_at = if granted == want {
            now
        } else {
            // Rounded up to the millisecond: never a moment too early.
            Timestamp::from_millis((next - ahead / 2 + 999).div_euclid(1_000)).max(now)
        };
        let bucket = if granted == 0 { self } else { Self(next) };
        (bucket, Grant { granted, first: micros(free - now_micros), every: micros(every), wake_at })
    }
}

fn micros(n: i64) -> Duration {
    Duration::from_micros(u64::try_from(n).unwrap_or(0))
}

/// The budget of one (channel, person): one message every 6 s; up to 45 at once may be borrowed within 6 s, and then
/// n x 6 s must pass (131056). Facts: Meta, pair rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// When the last burst began.
    pub began_at: Timestamp,
    /// When all of it is paid back: from then on a new one may begin.
    pub free_at: Timestamp,
}

impl Default for Pair {
    fn default() -> Self {
        Self::FRESH
    }
}

impl Pair {
    /// Nothing was ever sent.
    pub const FRESH: Self = Self { began_at: Timestamp::from_millis(0), free_at: Timestamp::from_millis(0) };

    const EACH: Duration = Duration::from_secs(6);
    const BURST_MAX: u32 = 45;

    /// One message at `now`: the budget after it, or when to try again.
    ///
    /// ```
    /// use stentor_core::{rate::Pair, time::Timestamp};
    /// let at = Timestamp::from_secs;
    /// let twenty = (0..20).fold(Pair::FRESH, |pair, _| pair.debit(at(1_000)).unwrap());
    /// assert_eq!(twenty.debit(at(1_007)), Err(at(1_120)));
    /// assert!(twenty.debit(at(1_120)).is_ok());
    /// ```
    ///
    /// # Errors
    /// The time from which a message may go again.
    pub fn debit(self, now: Timestamp) -> Result<Self, Timestamp> {
        if now >= self.free_at {
            return Ok(Self { began_at: now, free_at: now + Self::EACH });
        }
        if now.since(self.began_at) < Self::EACH && self.borrowed() < Self::BURST_MAX {
            Ok(Self { free_at: self.free_at + Self::EACH, ..self })
        } else {
            Err(self.free_at)
        }
    }

    /// One message, and nothing borrowed.
    #[must_use]
    pub fn lone(at: Timestamp) -> Self {
        Self { began_at: at, free_at: at + Self::EACH }
    }

    /// When the message that waits at place `nth` (from 0) may go where the first may at `free_at`: a whole burst at a
    /// time, each once the one before it is surely paid back.
    ///
    /// ```
    /// use stentor_core::{rate::Pair, time::Timestamp};
    /// let at = Timestamp::from_secs;
    /// assert_eq!([0, 44, 45, 89, 90].map(|nth| Pair::turn(at(1_000), nth)), [1_000, 1_000, 1_276, 1_276, 1_552].map(at));
    /// ```
    #[must_use]
    pub fn turn(free_at: Timestamp, nth: u32) -> Timestamp {
        // A burst takes a moment to leave, and is owed from then on.
        let every = Self::EACH * (Self::BURST_MAX + 1);
        free_at + every * (nth / Self::BURST_MAX)
    }

    /// Whether nothing is owed any more at `now`: as good as [`Pair::FRESH`].
    #[must_use]
    pub fn is_paid(self, now: Timestamp) -> bool {
        now >= self.free_at
    }

    /// How many messages of its burst are counted.
    #[must_use]
    pub fn borrowed(self) -> u32 {
        let spans = self.free_at.since(self.began_at).as_millis() / Self::EACH.as_millis();
        u32::try_from(spans).unwrap_or(u32::MAX)
    }

    /// A burst of so many that began then.
    #[must_use]
    pub fn burst(began_at: Timestamp, messages: u32) -> Self {
        Self { began_at, free_at: began_at + Self::EACH * messages }
    }

    /// Without a message that began at `at` and surely was not taken. The message a burst began with is given back only
    /// while it is alone: when the others of it left is not kept.
    ///
    /// ```
    /// use stentor_core::{rate::Pair, time::Timestamp};
    /// let at = Timestamp::from_secs;
    /// let two = Pair::lone(at(0)).debit(at(2)).unwrap();
    /// assert_eq!(two.give_back(at(2)), Pair::lone(at(0)));
    /// assert_eq!(two.give_back(at(0)), two);
    /// assert_eq!(Pair::lone(at(0)).give_back(at(0)).debit(at(1)), Ok(Pair::lone(at(1))));
    /// ```
    #[must_use]
    pub fn give_back(self, at: Timestamp) -> Self {
        let is_of_it = self.began_at <= at && at.since(self.began_at) < Self::EACH;
        match self.borrowed() {
            1 if at == self.began_at => Self::FRESH,
            n if n > 1 && is_of_it && at > self.began_at => Self::burst(self.began_at, n - 1),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod throttle_tests;
