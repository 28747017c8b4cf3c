//! The error throttle of `GET /{media-id}`: too many errors of one number in an hour, and it is shut out for a while.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Timestamp;

/// Errors are counted over this span.
const WINDOW: Duration = Duration::from_hours(1);

/// How many errors, and what follows. 360dialog's numbers: 20 within 60 minutes, then 30 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleRule {
    /// So many errors within an hour shut the number out; 0: never.
    pub errors_max: usize,
    /// For how long.
    pub rest: Duration,
}

impl Default for ThrottleRule {
    fn default() -> Self {
        Self { errors_max: 20, rest: Duration::from_mins(30) }
    }
}

/// One number's errors of the last hour.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    errors: VecDeque<Timestamp>,
    until: Timestamp,
}

impl Throttle {
    /// How long the number is still shut out; `None`: it may ask.
    #[must_use]
    pub fn rest(&self, now: Timestamp) -> Option<Duration> {
        (now < self.until).then(|| self.until.since(now))
    }

    /// Notes an answer that was an error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stentor_core::{media::{Throttle, ThrottleRule}, time::Timestamp};
    /// let (mut throttle, now) = (Throttle::default(), Timestamp::from_secs(1_800_000_000));
    /// for _ in 0..19 {
    ///     throttle.note(ThrottleRule::default(), now);
    /// }
    /// assert_eq!(throttle.rest(now), None);
    /// throttle.note(ThrottleRule::default(), now);
    /// assert_eq!(throttle.rest(now), Some(Duration::from_mins(30)));
    /// assert_eq!(throttle.rest(now + Duration::from_mins(30)), None);
    /// ```
    pub fn note(&mut self, rule: ThrottleRule, now: Timestamp) {
        if rule.errors_max == 0 {
            return;
        }
        while self.errors.front().is_some_and(|at| *at + WINDOW <= now) {
            self.errors.pop_front();
        }
        self.errors.push_back(now);
        if self.errors.len() >= rule.errors_max {
            self.errors.clear();
            self.until = now + rule.rest;
        }
    }

    /// Whether nothing is remembered any more that could matter at `now`.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        self.rest(now).is_none() && self.errors.back().is_none_or(|at| *at + WINDOW <= now)
    }
}
