//! The model and the baseline over a file, as they would have run: a row is scored with what was known when it was sent.

use std::collections::BTreeMap;

use stentor_core::engagement::{self as model, Effect, Model, Tally, rate};

use crate::dataset::{Dataset, Row, Timing};
use crate::svm::BLOCK_ROWS;

/// When labels are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// When their window closes, positive and negative alike.
    Mature,
    /// Positives when they happen, negatives when the window closes: what not to do.
    AtEvent,
}

/// What was said of each row; rows that were never scored have NaN.
#[derive(Clone, Debug)]
pub struct Said {
    /// The model.
    pub model: Vec<f64>,
    /// The baseline.
    pub baseline: Vec<f64>,
    /// Labels learnt in all.
    pub labels: u64,
}

/// A model with what it keeps of people.
struct Run<'a> {
    data: &'a Dataset,
    model: Model,
    effects: BTreeMap<u64, Effect>,
    tallies: BTreeMap<u64, Tally>,
    account: Tally,
    at_send: Vec<Option<model::Said>>,
    said: Said,
}

/// Runs a file through. `is_frozen`: nothing is learnt of the test rows, whatever the file's timing.
#[must_use]
pub fn replay(data: &Dataset, labels: Labels, is_frozen: bool) -> Said {
    let unknown = vec![f64::NAN; data.rows.len()];
    let mut run = Run {
        data,
        model: Model::new(data.features, data.base_rate()),
        effects: BTreeMap::new(),
        tallies: BTreeMap::new(),
        account: Tally::default(),
        at_send: vec![None; data.rows.len()],
        said: Said { model: unknown.clone(), baseline: unknown, labels: 0 },
    };
    match (data.timing, is_frozen) {
        (Timing::Dates, false) => run.dates(labels),
        (Timing::Blocks, false) => run.split(BLOCK_ROWS as usize),
        _ => run.split(usize::MAX),
    }
    run.said.labels = run.model.labels();
    run.said
}

impl Run<'_> {
    /// The training rows, then the test rows block by block.
    fn split(&mut self, block: usize) {
        let train: Vec<usize> = (0..self.data.rows.len()).filter(|&i| self.data.rows[i].is_train).collect();
        train.into_iter().for_each(|i| self.learn(i));
        let test = self.data.test_rows();
        for block in test.chunks(block) {
            block.iter().for_each(|&i| self.score(i));
            block.iter().for_each(|&i| self.learn(i));
        }
    }

    /// By dates: before a day's sends are scored, what was known the day before is learnt.
    fn dates(&mut self, labels: Labels) {
        let known = |row: &Row| match (labels, row.engaged_day) {
            (Labels::AtEvent, Some(day)) if row.label => day.min(row.known_day),
            _ => row.known_day,
        };
        let rows = &self.data.rows;
        let mut sent: Vec<usize> = (0..rows.len()).collect();
        sent.sort_by_key(|&i| rows[i].sent_day);
        let mut to_learn: Vec<(i64, usize)> = (0..rows.len()).map(|i| (known(&rows[i]), i)).collect();
        to_learn.sort_unstable();
        let mut learnt = to_learn.into_iter().peekable();
        for i in sent {
            while let Some((_, row)) = learnt.next_if(|(day, _)| *day < rows[i].sent_day) {
                self.learn(row);
            }
            self.score(i);
        }
    }

    fn person(&self, row: &Row) -> (Effect, f64) {
        let account = (self.account.engaged + 1.0) / (self.account.sent + 2.0);
        let Some(person) = row.recipient else { return (Effect::NONE, account) };
        let effect = self.effects.get(&person).copied().unwrap_or(Effect::UNKNOWN);
        (effect, rate(self.tallies.get(&person).copied().unwrap_or_default(), account))
    }

    fn score(&mut self, i: usize) {
        let row = &self.data.rows[i];
        let (effect, baseline) = self.person(row);
        let score = self.model.score(&row.features, &effect, Effect::ANY_HOUR, baseline);
        self.said.model[i] = score.p;
        self.said.baseline[i] = baseline;
        self.at_send[i] = Some(score.said);
    }

    fn learn(&mut self, i: usize) {
        let row = &self.data.rows[i];
        let (mut effect, baseline) = self.person(row);
        // A training row of a file without dates was never scored: it is now, before it is learnt.
        let score = || self.model.score(&row.features, &effect, Effect::ANY_HOUR, baseline).said;
        let said = self.at_send[i].unwrap_or_else(score);
        self.model.learn(&row.features, &mut effect, Effect::ANY_HOUR, &said, row.label);
        let engaged = f64::from(u8::from(row.label));
        let count = |tally: &mut Tally| {
            tally.sent += 1.0;
            tally.engaged += engaged;
        };
        count(&mut self.account);
        if let Some(person) = row.recipient {
            self.effects.insert(person, effect);
            count(self.tallies.entry(person).or_default());
        }
    }
}
