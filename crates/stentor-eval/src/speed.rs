//! `stentor eval speed`: what a score and a label cost, and a plan of a million messages.

use std::time::Duration;

use serde_json::{Value, json};
use stentor_core::engagement::{Belief, Effect, FEATURES, Feature, Filter, Model, PERSON_BYTES, Said};
use stentor_core::schedule::{Mode, Queue, Shares, Slot, Waiting, choose, prices};
use stentor_core::time::Timestamp;

use crate::dataset::unit;

/// Rows that are scored and learnt in turn.
const ROWS: u64 = 512;
/// Parts of a measurement, of which the fastest is told: what the code costs, not what else the machine did.
const PARTS: u32 = 16;
/// Hours a plan looks ahead.
const HOURS: usize = 24;

/// What things took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Microseconds a score and an update, of one filter with every feature set.
    pub dense_us: [f64; 2],
    /// Of one filter with the third of the features that a message has.
    pub sparse_us: [f64; 2],
    /// Of the model as it is used: three filters, calibration, the person's effect.
    pub model_us: [f64; 2],
    /// Microseconds to score a message in all of 24 hours.
    pub hours_us: f64,
    /// How many messages were planned, and the seconds for prices and choice.
    pub planned: usize,
    /// See [`Self::planned`].
    pub plan_secs: [f64; 2],
}

/// Measures. `clock`: time since some fixed moment.
#[must_use]
pub fn measure(clock: &dyn Fn() -> Duration, rounds: u32, messages: usize) -> Speed {
    let [dense, sparse] = [FEATURES, FEATURES / 3].map(rows);
    let mut model = Model::new(FEATURES, 0.2);
    let mut effect = Effect::UNKNOWN;
    let said = Said { voices: [0.2; 3], plain: 0.2, calibrated: 0.2, baseline: 0.2 };
    let learn = |model: &mut Model, effect: &mut Effect, row: &[Feature], n: usize| {
        model.learn(row, effect, Effect::at_hour(9), &said, n.is_multiple_of(5));
    };
    (0..400).for_each(|n| learn(&mut model, &mut effect, &sparse[n % ROWS as usize], n));
    let mut sum = 0.0;
    let score = each(clock, rounds, |n| {
        sum += model.score(&sparse[n % ROWS as usize], &effect, Effect::at_hour(9), 0.2).p;
    });
    let hours = each(clock, rounds / 16 + 1, |n| {
        let base = model.base(&sparse[n % ROWS as usize]);
        for hour in 0..HOURS as u8 {
            let loading = Effect::at_hour(hour);
            sum += model.score_with(&base, &[(60, loading[1]), (63, loading[2])], &effect, loading, 0.2).p;
        }
    });
    let update = each(clock, rounds, |n| learn(&mut model, &mut effect, &sparse[n % ROWS as usize], n));
    // What is computed is used, or the compiler leaves it out.
    assert!(sum.is_finite());
    Speed {
        dense_us: filter(clock, rounds, &dense),
        sparse_us: filter(clock, rounds, &sparse),
        model_us: [score, update],
        hours_us: hours,
        planned: messages,
        plan_secs: plan(clock, messages),
    }
}

fn rows(active: u16) -> Vec<Vec<Feature>> {
    let step = FEATURES / active;
    let value = |row: u64, i: u16| unit(&[row, u64::from(i)]) - 0.5;
    (0..ROWS)
        .map(|row| (0..active).map(|i| (i * step, if i == 0 { 1.0 } else { value(row, i) })).collect())
        .collect()
}

/// Microseconds of one of so many, in the fastest of [`PARTS`].
fn each(clock: &dyn Fn() -> Duration, rounds: u32, mut one: impl FnMut(usize)) -> f64 {
    let rounds = rounds / PARTS + 1;
    let part = |_| {
        let began = clock();
        (0..rounds as usize).for_each(&mut one);
        (clock() - began).as_secs_f64() * 1e6 / f64::from(rounds)
    };
    (0..PARTS).map(part).fold(f64::INFINITY, f64::min)
}

fn filter(clock: &dyn Fn() -> Duration, rounds: u32, rows: &[Vec<Feature>]) -> [f64; 2] {
    let mut filter = Filter::new(FEATURES, 0.2, 1e-6);
    let own = Belief { z: 0.1, variance: 0.2 };
    let update = each(clock, rounds, |n| {
        filter.learn(&rows[n % ROWS as usize], own, n.is_multiple_of(5));
    });
    let mut sum = 0.0;
    let score = each(clock, rounds, |n| sum += (own + filter.belief(&rows[n % ROWS as usize])).probability());
    assert!(sum.is_finite());
    [score, update]
}

/// Seconds for the prices and for the choice of one slot, of a queue of so many messages.
fn plan(clock: &dyn Fn() -> Duration, messages: usize) -> [f64; 2] {
    let capacity = u32::try_from(messages / HOURS).unwrap_or(u32::MAX) + 1;
    let slots = Slot::line(Timestamp::from_secs(0), Duration::from_hours(1), HOURS, capacity);
    let message = |n: usize| Waiting {
        message: n as u64,
        age: n as u64,
        slots: (1 << (12 + n % 13)) - 1,
        drawn: n.is_multiple_of(20).then_some((n / 20 % 12) as u8),
    };
    let waiting: Vec<Waiting> = (0..messages).map(message).collect();
    let values: Vec<f32> = (0..messages * HOURS).map(|n| unit(&[n as u64]) as f32).collect();
    let queue = Queue {
        slots: &slots,
        waiting: &waiting,
        values: &values,
        budget: None,
        mode: Mode::Balanced,
        shares: Shares::default(),
    };
    let began = clock();
    let found = prices(&queue);
    let priced = clock();
    let choice = choose(&queue, &found);
    let chosen = clock();
    assert!(choice.sends.len() <= capacity as usize);
    [(priced - began).as_secs_f64(), (chosen - priced).as_secs_f64()]
}

impl Speed {
    /// As a table.
    #[must_use]
    pub fn table(&self) -> String {
        let line = |what: &str, [score, update]: [f64; 2]| format!("{what:44}{score:>9.2}{update:>10.2}\n");
        let mut text =
            format!("{:44}{:>9}{:>10}\n", "microseconds, one core, d = 64", "a score", "an update");
        text.push_str(&line("one filter, all features set", self.dense_us));
        text.push_str(&line("one filter, a third of them (as messages have)", self.sparse_us));
        text.push_str(&line("the model: three filters, calibrated", self.model_us));
        text.push_str(&format!("{:44}{:>9.2}\n", "the model, a message in each of 24 hours", self.hours_us));
        text.push_str(&format!(
            "a plan of {} messages over 24 hours: prices {:.2} s, choice {:.2} s\n",
            self.planned, self.plan_secs[0], self.plan_secs[1]
        ));
        text.push_str(&format!("bytes a recipient: {PERSON_BYTES}\n"));
        text
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let two = |[score, update]: [f64; 2]| json!({"score_us": score, "update_us": update});
        json!({
            "filter_dense": two(self.dense_us), "filter_sparse": two(self.sparse_us), "model": two(self.model_us),
            "model_24_hours_us": self.hours_us,
            "plan": {"messages": self.planned, "prices_secs": self.plan_secs[0], "choice_secs": self.plan_secs[1]},
            "bytes_a_recipient": PERSON_BYTES,
        })
    }
}
