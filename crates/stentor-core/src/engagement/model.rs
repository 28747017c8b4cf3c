//! The model of one goal: mixture, calibration as far as it helps, and the baseline until there is enough to learn from. All
//! three are scored on every label before they learn it, so that which one is used is decided by what it did.

use super::baseline::LABELS_UNTIL_MODEL;
use super::calibration::Platt;
use super::filter::{Base, Belief, Effect, Feature, Filter, Loading};
use super::math::{log_loss, sigmoid};
use super::mixture::{DRIFTS, Mixture};

/// How much of a loss counts after one more label.
const FORGET: f64 = 0.999;

/// How likely somebody is to engage, and how that came about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The probability.
    pub p: f64,
    /// The linear score behind it and its doubt.
    pub belief: Belief,
    /// Did the baseline say so, for want of labels?
    pub is_baseline: bool,
}

/// Decayed log loss of what competes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Sum of the weights.
    pub weight: f64,
    /// The mixture as it is.
    pub plain: f64,
    /// The mixture, calibrated.
    pub calibrated: f64,
    /// The baseline.
    pub baseline: f64,
}

/// Mixture, calibration and baseline of one goal.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) mixture: Mixture,
    pub(super) platt: Platt,
    pub(super) losses: Losses,
    pub(super) labels: u64,
}

impl Model {
    /// Before any label, at that base rate. `features` counts the bias, which is number 0.
    #[must_use]
    pub fn new(features: u16, base_rate: f64) -> Self {
        Self {
            mixture: Mixture::new(features, base_rate),
            platt: Platt::default(),
            losses: Losses::default(),
            labels: 0,
        }
    }

    /// Labels learnt; also the model's version, since every label makes another model.
    #[must_use]
    pub fn labels(&self) -> u64 {
        self.labels
    }

    /// The filter to explain by.
    #[must_use]
    pub fn leader(&self) -> &Filter {
        self.mixture.leader()
    }

    /// Has the baseline the word, for want of labels?
    #[must_use]
    pub fn is_young(&self) -> bool {
        self.labels < LABELS_UNTIL_MODEL
    }

    /// How much of the word calibration has, from 0 to 1: a half where it makes no difference, nearly nothing where it
    /// raised the loss lately, nearly all where it lowered it.
    #[must_use]
    pub fn calibration(&self) -> f64 {
        sigmoid(self.losses.plain - self.losses.calibrated)
    }

    /// Decayed log losses, each a label.
    #[must_use]
    pub fn losses(&self) -> Option<Losses> {
        let Losses { weight, plain, calibrated, baseline } = self.losses;
        (weight > 0.0).then(|| Losses {
            weight,
            plain: plain / weight,
            calibrated: calibrated / weight,
            baseline: baseline / weight,
        })
    }

    /// How likely this row is to engage; `baseline` is what the person's own rate says.
    #[must_use]
    pub fn score(&self, row: &[Feature], effect: &Effect, loading: Loading, baseline: f64) -> Score {
        self.judged(self.mixture.score(row, effect.belief(loading)), baseline)
    }

    /// What the rows of one message at many hours share, for [`Self::score_with`].
    #[must_use]
    pub fn base(&self, row: &[Feature]) -> [Base; DRIFTS.len()] {
        self.mixture.base(row)
    }

    /// [`Self::score`] of the shared features and `extra`, which none of them is among.
    #[must_use]
    pub fn score_with(
        &self,
        base: &[Base; DRIFTS.len()],
        extra: &[Feature],
        effect: &Effect,
        loading: Loading,
        baseline: f64,
    ) -> Score {
        self.judged(self.mixture.score_with(base, extra, effect.belief(loading)), baseline)
    }

    fn judged(&self, (p, belief): (f64, Belief), baseline: f64) -> Score {
        if self.is_young() {
            return Score { p: baseline, belief, is_baseline: true };
        }
        let share = self.calibration();
        Score { p: share * self.platt.calibrate(p) + (1.0 - share) * p, belief, is_baseline: false }
    }

    /// Learns a matured label.
    pub fn learn(
        &mut self,
        row: &[Feature],
        effect: &mut Effect,
        loading: Loading,
        baseline: f64,
        is_positive: bool,
    ) {
        let p = self.mixture.learn(row, effect, loading, is_positive);
        let fresh = [p, self.platt.calibrate(p), baseline].map(|p| log_loss(p, is_positive));
        let add = |sum: &mut f64, new: f64| *sum = FORGET * *sum + new;
        add(&mut self.losses.weight, 1.0);
        add(&mut self.losses.plain, fresh[0]);
        add(&mut self.losses.calibrated, fresh[1]);
        add(&mut self.losses.baseline, fresh[2]);
        self.platt.learn(p, is_positive);
        self.labels += 1;
    }
}
