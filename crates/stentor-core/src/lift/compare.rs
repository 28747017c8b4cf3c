//! Two arms compared: the difference in means, made sharper by what was known before, and how sure that is.

use super::arm::Arm;
use super::interval::{half_width, tightest_rho};

/// The chance of ever claiming a lift that is not there.
const ALPHA: f64 = 0.05;
/// A lift is worth measuring from this part of the base rate on.
const RELATIVE_EFFECT: f64 = 0.05;
/// Fewer people than this in an arm have no variance worth the name.
const PEOPLE_MIN: u64 = 100;

/// What a comparison may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The interval excludes zero.
    Shown,
    /// Enough were measured, and no lift of the size looked for is seen.
    NotSeen,
    /// Too few: so many are needed in the smaller arm.
    NotMeasurableYet {
        /// People in the smaller arm.
        needed: u64,
    },
}

/// The planned against the slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    /// Means of the planned and of the slice.
    pub means: [f64; 2],
    /// People in each.
    pub people: [u64; 2],
    /// The difference, adjusted by what was known before.
    pub difference: f64,
    /// Its standard error (Neyman).
    pub error: f64,
    /// Its interval, valid however often it is looked at.
    pub interval: (f64, f64),
    /// How much of the variance the adjustment took away, from 0 to 1.
    pub variance_removed: f64,
    /// What may be said.
    pub verdict: Verdict,
}

/// People needed in each arm to see a difference of `effect` at that rate (80 % power at 5 %).
///
/// ```
/// assert_eq!(stentor_core::lift::needed_per_arm(0.15, 0.15 * 0.05), 36_267);
/// ```
#[must_use]
pub fn needed_per_arm(rate: f64, effect: f64) -> u64 {
    if effect <= 0.0 {
        return u64::MAX;
    }
    (16.0 * rate * (1.0 - rate) / (effect * effect)).ceil() as u64
}

/// Compares the planned with the slice.
#[must_use]
pub fn compare(planned: &Arm, slice: &Arm) -> Lift {
    let [py, px, pxy] = planned.spread();
    let [sy, sx, sxy] = slice.spread();
    let theta = if px + sx > 0.0 { (pxy + sxy) / (px + sx) } else { 0.0 };
    let plain = [py, sy];
    let adjusted = [py - 2.0 * theta * pxy + theta * theta * px, sy - 2.0 * theta * sxy + theta * theta * sx];
    let people = [planned.people, slice.people];
    let of_mean =
        |squares: f64, n: u64| if n < 2 { 0.0 } else { squares.max(0.0) / (n - 1) as f64 / n as f64 };
    let variance = of_mean(adjusted[0], people[0]) + of_mean(adjusted[1], people[1]);
    let before = of_mean(plain[0], people[0]) + of_mean(plain[1], people[1]);
    let difference = planned.mean() - slice.mean() - theta * (planned.mean_x() - slice.mean_x());
    let rate = slice.mean();
    let needed = needed(rate, people);
    let smaller = people[0].min(people[1]);
    let half = if smaller < PEOPLE_MIN {
        f64::INFINITY
    } else {
        // The smaller arm is the clock; the deviation is what one more of it is worth.
        let t = smaller as f64;
        half_width((variance * t).sqrt(), t, tightest_rho(needed.max(PEOPLE_MIN) as f64, ALPHA), ALPHA)
    };
    let interval = (difference - half, difference + half);
    let verdict = if interval.0 > 0.0 || interval.1 < 0.0 {
        Verdict::Shown
    } else if smaller < needed || smaller < PEOPLE_MIN {
        Verdict::NotMeasurableYet { needed: needed.max(PEOPLE_MIN) }
    } else {
        Verdict::NotSeen
    };
    let means = [planned.mean(), slice.mean()];
    let variance_removed = if before > 0.0 { 1.0 - variance / before } else { 0.0 };
    Lift { means, people, difference, error: variance.sqrt(), interval, variance_removed, verdict }
}

/// How many the smaller arm needs, the other being as many times larger as it is now: half of what equal arms need when
/// the other is endless.
fn needed(rate: f64, people: [u64; 2]) -> u64 {
    let equal = needed_per_arm(rate, rate * RELATIVE_EFFECT);
    let (small, large) = (people[0].min(people[1]).max(1) as f64, people[0].max(people[1]).max(1) as f64);
    (equal as f64 * (1.0 + small / large) / 2.0).ceil() as u64
}
