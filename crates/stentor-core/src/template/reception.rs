//! What became of one template's messages, counted so that the recent past weighs more, in a row of fixed size. The store
//! keeps it in the transaction of each status; the autopilot judges by it.

use std::time::Duration;

use crate::message::{Message, State};
use crate::time::Timestamp;

/// What was counted a week ago counts half.
const HALF_LIFE: Duration = Duration::from_hours(7 * 24);
/// How people who read at all come to it, as a mixture of exponential delays: (share, mean minutes). Slower than what is
/// seen, so that a young campaign is judged mildly rather than early.
const DELAYS: [(f64, f64); 3] = [(0.35, 5.0), (0.35, 60.0), (0.3, 360.0)];
/// The person's own standing with WhatsApp or with the business, not the template's doing: the experiment's share,
/// WhatsApp's own limit of marketing, an opt-out from before, and what never left us.
const NOT_ITS_FAULT: [u32; 4] = [130_472, 131_049, 131_050, crate::reason::EXPIRED];

/// The counts. All but the reads count every message; reads count where activity is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reception {
    /// When they were last brought up to date.
    pub at: Timestamp,
    /// Handed to the upstream.
    pub taken: f64,
    /// Refused, or failed after it was handed over, through no fault of the person.
    pub failed: f64,
    /// Delivered or read.
    pub delivered: f64,
    /// People who stopped the business's marketing after one of them.
    pub opted_out: f64,
    /// Delivered, with activity that may be learnt from.
    pub shared: f64,
    /// Of those, how many are so young that they may still be read: the sum of e^(-age/delay) over them, for each delay.
    pub fresh: [f64; 3],
    /// Of those, read.
    pub read: f64,
    /// Handed to the upstream ever; does not fade.
    pub ever: u64,
}

impl Reception {
    /// The same at `now`: everything fades, what was fresh ripens.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let past = now.since(self.at);
        if past.is_zero() {
            return self;
        }
        let fade = (-past.as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2();
        let ripen = |n: usize| fade * (-past.as_secs_f64() / (DELAYS[n].1 * 60.0)).exp();
        Self {
            at: now,
            taken: self.taken * fade,
            failed: self.failed * fade,
            delivered: self.delivered * fade,
            opted_out: self.opted_out * fade,
            shared: self.shared * fade,
            fresh: [0, 1, 2].map(|n| self.fresh[n] * ripen(n)),
            read: self.read * fade,
            ever: self.ever,
        }
    }

    /// With what a message's move from `old` to `new` says; `None`: nothing. Each message counts once for each thing,
    /// in whatever order its statuses come.
    #[must_use]
    pub fn moved(self, old: &Message, new: &Message, now: Timestamp) -> Option<Self> {
        let is_out = |m: &Message| m.taken_at.is_some() || m.sent_at.is_some() || has_arrived(m);
        let taken = !is_out(old) && is_out(new);
        let arrived = !has_arrived(old) && has_arrived(new);
        let read = old.read_at.is_none() && new.read_at.is_some() && new.sharing;
        let failed = old.state != State::Failed && new.state == State::Failed && is_its_fault(new);
        if !(taken || arrived || read || failed) {
            return None;
        }
        let mut reception = self.at(now);
        let one = |yes: bool| f64::from(u8::from(yes));
        reception.taken += one(taken);
        reception.ever += u64::from(taken);
        reception.failed += one(failed);
        reception.delivered += one(arrived);
        reception.read += one(read);
        if arrived && new.sharing {
            reception.shared += 1.0;
            reception.fresh = reception.fresh.map(|fresh| fresh + 1.0);
        }
        Some(reception)
    }

    /// With a person who stopped the business's marketing.
    #[must_use]
    pub fn stopped(self, now: Timestamp) -> Self {
        let reception = self.at(now);
        Self { opted_out: reception.opted_out + 1.0, ..reception }
    }

    /// How many of the shared ones would have been read by now, if all were read in the end: a fresh one counts for as
    /// much as the time it has had. Reads over this are the rate; reads over deliveries would call every young campaign
    /// bad.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stentor_core::{template::Reception, time::Timestamp};
    /// let now = Timestamp::from_secs(1_800_000_000);
    /// let fresh = Reception { at: now, shared: 100.0, fresh: [100.0; 3], ..Reception::default() };
    /// assert_eq!(fresh.exposed().round(), 0.0);
    /// assert_eq!(fresh.at(now + Duration::from_hours(1)).exposed().round(), 61.0);
    /// assert_eq!(fresh.at(now + Duration::from_hours(48)).exposed().round(), 82.0); // all of what has not faded
    /// ```
    #[must_use]
    pub fn exposed(&self) -> f64 {
        let ripe = DELAYS.iter().zip(self.fresh).map(|((share, _), fresh)| share * (self.shared - fresh));
        ripe.sum::<f64>().max(self.read).max(0.0)
    }

    /// Without those of one of the templates that are in it, all at the same time.
    #[must_use]
    pub fn without(self, one: Self) -> Self {
        let rest = |of: fn(&Self) -> f64| (of(&self) - of(&one)).max(0.0);
        Self {
            at: self.at,
            taken: rest(|t| t.taken),
            failed: rest(|t| t.failed),
            delivered: rest(|t| t.delivered),
            opted_out: rest(|t| t.opted_out),
            shared: rest(|t| t.shared),
            fresh: [0, 1, 2].map(|n| (self.fresh[n] - one.fresh[n]).max(0.0)),
            read: rest(|t| t.read),
            ever: self.ever.saturating_sub(one.ever),
        }
    }

    /// The counts of several templates together, all at the same time.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let sum = |of: fn(&Self) -> f64| of(&self) + of(&other);
        Self {
            at: self.at.max(other.at),
            taken: sum(|t| t.taken),
            failed: sum(|t| t.failed),
            delivered: sum(|t| t.delivered),
            opted_out: sum(|t| t.opted_out),
            shared: sum(|t| t.shared),
            fresh: [0, 1, 2].map(|n| self.fresh[n] + other.fresh[n]),
            read: sum(|t| t.read),
            ever: self.ever + other.ever,
        }
    }
}

const fn has_arrived(m: &Message) -> bool {
    m.delivered_at.is_some() || m.read_at.is_some()
}

fn is_its_fault(m: &Message) -> bool {
    m.attempts > 0 && m.code.is_none_or(|code| !NOT_ITS_FAULT.contains(&code))
}
