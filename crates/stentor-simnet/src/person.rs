//! People as a function of (seed, number): who is there, when they are online, when they look at the phone, what they do.
//! Called by the planner only. Holds nothing: any audience costs nothing.

use std::time::Duration;

use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use crate::config::People;
use crate::dice::{Dice, For};
use crate::geography::Place;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Cells of this length in which a patchy phone is on or off.
const CELL_MS: i64 = 3 * HOUR_MS;
/// A patchy phone that stays off this many cells in a row is treated as gone: 15 days.
const CELLS_MAX: i64 = 120;
/// Nobody scrolls back further than this: what was not read by then never is.
const READ_HOURS_MAX: usize = 72;

/// How much people look at their phones in each hour of their day; 1 is an average waking hour.
const ATTENTION: [f64; 24] = [
    0.06, 0.03, 0.01, 0.01, 0.02, 0.10, 0.40, 0.80, 1.00, 0.95, 0.90, 0.95, 1.10, 1.05, 0.90, 0.85, 0.90,
    1.05, 1.25, 1.40, 1.50, 1.40, 0.95, 0.30,
];

/// One person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) dice: Dice,
    pub(crate) place: Place,
    people: People,
}

impl Person {
    pub(crate) fn new(seed: u64, number: &str, people: People) -> Self {
        Self { dice: Dice::about(seed, &[b"person", number.as_bytes()]), place: Place::of(number), people }
    }

    pub(crate) fn is_on_whatsapp(&self) -> bool {
        let is_nowhere = self.people.has_borders && self.place.is_nowhere;
        !is_nowhere && !self.dice.chance(For::NotOnWhatsapp, 0, self.people.not_on_whatsapp)
    }

    pub(crate) fn is_in_experiment(&self) -> bool {
        self.dice.chance(For::Experiment, 0, self.people.experiment)
    }

    /// Whether they stopped the account's marketing before this world began.
    pub(crate) fn is_opted_out(&self, pair: Dice) -> bool {
        pair.chance(For::OptedOut, 0, self.people.opted_out)
    }

    /// The person's own day, numbered.
    pub(crate) fn day(&self, t: Timestamp) -> i64 {
        self.local(t).div_euclid(DAY_MS)
    }

    /// How many marketing messages of this network reach them on that day. `None`: no limit.
    pub(crate) fn marketing_room(&self, day: i64) -> Option<u32> {
        if self.dice.chance(For::CapDay, day.unsigned_abs(), self.people.capped) {
            return Some(0);
        }
        let room = 2 + (self.dice.unit(For::CapHeadroom, 0) * 7.0) as u32;
        self.people.has_caps.then_some(room)
    }

    /// The first moment from `t` on at which the phone is online: `t` itself when it is; `None` never again.
    pub(crate) fn online_from(&self, t: Timestamp) -> Option<Timestamp> {
        let kind = self.dice.unit(For::OnlineKind, 0);
        let People { gone, patchy, night_off, .. } = self.people;
        if kind < gone {
            None
        } else if kind < gone + patchy {
            self.next_cell_online(t)
        } else if kind < gone + patchy + night_off {
            Some(t + self.night_left(t))
        } else {
            Some(t)
        }
    }

    fn next_cell_online(&self, t: Timestamp) -> Option<Timestamp> {
        let first = t.millis().div_euclid(CELL_MS);
        let cell = (first..first + CELLS_MAX)
            .find(|cell| !self.dice.chance(For::OfflineCell, cell.unsigned_abs(), 0.5))?;
        Some(t.max(Timestamp::from_millis(cell * CELL_MS)))
    }

    /// How much of the night, in which the phone is off, is left at `t`.
    fn night_left(&self, t: Timestamp) -> Duration {
        let start = self.dice.millis(For::NightStart, 0, 22 * 3_600_000, 25 * 3_600_000).as_millis() as i64;
        let length = self.dice.millis(For::NightLength, 0, 5 * 3_600_000, 8 * 3_600_000).as_millis() as i64;
        let into = (self.local(t) - start).rem_euclid(DAY_MS);
        Duration::from_millis(u64::try_from(length - into).unwrap_or(0))
    }

    /// When they read a message that reached the phone at `t` and that is so appealing (1 is average); `None` never,
    /// or without telling.
    pub(crate) fn reads_at(
        &self,
        t: Timestamp,
        category: Option<Category>,
        appeal: f64,
        message: Dice,
    ) -> Option<Timestamp> {
        if !self.people.has_habits {
            return Some(t + message.millis(For::ReadDelay, 0, 500, 2_000));
        }
        if self.dice.chance(For::Receipts, 0, self.people.no_receipts) {
            return None;
        }
        // Uniform between 0.2 and 1.0 for marketing: most people read more than half.
        let interest = match category {
            Some(Category::Marketing) => (0.2 + 0.8 * self.dice.unit(For::Affinity, 0)) * appeal,
            Some(Category::Utility) | None => 0.9,
            Some(Category::Authentication) => 0.97,
        };
        if !message.chance(For::Reads, 0, interest) {
            return None;
        }
        self.looks_at(t, category, message)
    }

    /// Walks through the hours after `t` until enough attention has gone by.
    fn looks_at(&self, t: Timestamp, category: Option<Category>, message: Dice) -> Option<Timestamp> {
        let interval_ms = 60_000.0 * (3.0 + 117.0 * square(self.dice.unit(For::CheckInterval, 0)));
        let hurry = match category {
            Some(Category::Marketing) => 1.0,
            Some(Category::Utility) | None => 0.5,
            Some(Category::Authentication) => 0.05,
        };
        let mut left = hurry * interval_ms * 3.0 * square(message.unit(For::ReadDelay, 0)) + 1_000.0;
        let chronotype = (self.dice.unit(For::Chronotype, 0) * 5.0) as i64 - 2;
        let mut local = self.local(t);
        let offset = local - t.millis();
        for _ in 0..READ_HOURS_MAX {
            let hour = (local.div_euclid(HOUR_MS) - chronotype).rem_euclid(24) as usize;
            let hour_left = HOUR_MS - local.rem_euclid(HOUR_MS);
            let attention = hour_left as f64 * ATTENTION[hour];
            if left <= attention {
                let wait = (left / ATTENTION[hour]) as i64;
                return Some(Timestamp::from_millis(local - offset + wait));
            }
            left -= attention;
            local += hour_left;
        }
        None
    }

    fn local(&self, t: Timestamp) -> i64 {
        t.millis() + i64::from(self.place.utc_offset_minutes) * 60_000
    }
}

fn square(x: f64) -> f64 {
    x * x
}
