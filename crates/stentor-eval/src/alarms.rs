//! `stentor eval lift`: how often the lift's interval cries wolf when there is none and somebody looks all the time.

use serde_json::{Value, json};
use stentor_core::lift::Sequence;
use stentor_core::schedule::mix;

use crate::dataset::unit;

/// The rate of reads in both arms.
const RATE: f64 = 0.15;
/// Looking begins when there is a variance to speak of, for the naive interval's sake.
const LOOK_FROM: u64 = 10;

/// How many of the runs raised an alarm at some moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarms {
    /// Runs without any lift.
    pub runs: u64,
    /// Observations in each, after every one of which it is looked.
    pub observations: u64,
    /// Runs in which the always-valid interval excluded zero at some moment.
    pub always_valid: u64,
    /// Runs in which the fixed interval of 1.96 standard errors did.
    pub naive: u64,
}

/// Runs the same arm against itself: an observation is one person of either, weighted by how likely that was.
#[must_use]
pub fn alarms(seed: u64, runs: u64, observations: u64) -> Alarms {
    let mut alarms = Alarms { runs, observations, always_valid: 0, naive: 0 };
    for run in 0..runs {
        let mut sequence = Sequence::new(observations as f64, 0.05);
        let (mut is_always, mut is_naive) = (false, false);
        for n in 0..observations {
            let y = f64::from(u8::from(unit(&[seed, run, 1, n]) < RATE));
            sequence.add(if mix(&[seed, run, 2, n]) & 1 == 0 { 2.0 * y } else { -2.0 * y });
            let (low, high) = sequence.interval();
            is_always |= low > 0.0 || high < 0.0;
            let (mean, deviation) = sequence.moments();
            let error = deviation / ((n + 1) as f64).sqrt();
            is_naive |= n >= LOOK_FROM && mean.abs() > 1.96 * error;
        }
        alarms.always_valid += u64::from(is_always);
        alarms.naive += u64::from(is_naive);
    }
    alarms
}

impl Alarms {
    /// Shares of the runs: always valid, naive.
    #[must_use]
    pub fn shares(&self) -> [f64; 2] {
        [self.always_valid, self.naive].map(|n| n as f64 / self.runs.max(1) as f64)
    }

    /// In words.
    #[must_use]
    pub fn table(&self) -> String {
        let [always, naive] = self.shares();
        format!(
            "{} runs without a lift, looked at after each of {} observations: false alarms\n\
             {:36}{:>8.1} %   (5 % at most)\n{:36}{:>8.1} %\n",
            self.runs,
            self.observations,
            "always-valid interval",
            100.0 * always,
            "fixed interval of 1.96 errors",
            100.0 * naive
        )
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let [always, naive] = self.shares();
        json!({"runs": self.runs, "observations": self.observations,
            "false_alarms": {"always_valid": always, "naive": naive}})
    }
}
