//! The model of one goal: mixture, calibration as far as it helps, and the baseline until there is enough to learn from. All
//! three are judged by what they said when the message was sent, so that which one is used is decided by what it did.

use super::baseline::LABELS_UNTIL_MODEL;
use super::calibration::Platt;
use super::filter::{Base, Belief, Effect, Feature, Filter, Loading};
use super::math::{log_loss, sigmoid};
use super::mixture::{DRIFTS, EVIDENCE, Mixture, Voices};

/// How much of a loss counts after one more label.
const FORGET: f64 = 0.999;

/// What each competitor said of a message when it was sent; kept until its label is known, since they are judged by it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    /// The filters.
    pub voices: Voices,
    /// The filters, mixed.
    pub plain: f64,
    /// The same, calibrated.
    pub calibrated: f64,
    /// The baseline.
    pub baseline: f64,
}

/// How likely somebody is to engage, and how that came about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The probability.
    pub p: f64,
    /// The linear score behind it and its doubt.
    pub belief: Belief,
    /// Did the baseline say so, for want of labels?
    pub is_baseline: bool,
    /// What each competitor said: to be given back with the label.
    pub said: Said,
}

/// Whom the model trusts how far, by what was learnt so far.
#[derive(Clone, Copy, Debug)]
struct Trust {
    weights: Voices,
    calibration: f64,
}

/// What the scores of one message at many hours have in common; good until the model learns.
#[derive(Clone, Debug)]
pub struct Shared {
    bases: [Base; DRIFTS.len()],
    trust: Trust,
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
        sigmoid(EVIDENCE * (self.losses.plain - self.losses.calibrated))
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
        let trust = self.trust();
        let said = self.mixture.score(row, effect.belief(loading), &trust.weights);
        self.judged(said, baseline, &trust)
    }

    /// What the rows of one message at many hours share, for [`Self::score_with`].
    #[must_use]
    pub fn base(&self, row: &[Feature]) -> Shared {
        Shared { bases: self.mixture.base(row), trust: self.trust() }
    }

    /// [`Self::score`] of the shared features and `extra`, which none of them is among.
    #[must_use]
    pub fn score_with(
        &self,
        shared: &Shared,
        extra: &[Feature],
        effect: &Effect,
        loading: Loading,
        baseline: f64,
    ) -> Score {
        let Shared { bases, trust } = shared;
        let said = self.mixture.score_with(bases, extra, effect.belief(loading), &trust.weights);
        self.judged(said, baseline, trust)
    }

    fn trust(&self) -> Trust {
        Trust { weights: self.mixture.weights(), calibration: self.calibration() }
    }

    fn judged(&self, (voices, belief): (Voices, Belief), baseline: f64, trust: &Trust) -> Score {
        let plain = trust.weights.iter().zip(&voices).map(|(weight, p)| weight * p).sum();
        let calibrated = self.platt.calibrate(plain);
        let said = Said { voices, plain, calibrated, baseline };
        let share = trust.calibration;
        let is_baseline = self.is_young();
        let p = if is_baseline { baseline } else { share * calibrated + (1.0 - share) * plain };
        Score { p, belief, is_baseline, said }
    }

    /// Learns a matured label; `said` is [`Score::said`] of when the message was sent.
    pub fn learn(
        &mut self,
        row: &[Feature],
        effect: &mut Effect,
        loading: Loading,
        said: &Said,
        is_positive: bool,
    ) {
        let now = self.mixture.learn(row, effect, loading, &said.voices, is_positive);
        let fresh = [said.plain, said.calibrated, said.baseline].map(|p| log_loss(p, is_positive));
        let add = |sum: &mut f64, new: f64| *sum = FORGET * *sum + new;
        add(&mut self.losses.weight, 1.0);
        add(&mut self.losses.plain, fresh[0]);
        add(&mut self.losses.calibrated, fresh[1]);
        add(&mut self.losses.baseline, fresh[2]);
        // What the filters put right by themselves meanwhile must not be put right a second time: calibration learns from
        // what they would say now, and is judged by what it said then.
        self.platt.learn(now, is_positive);
        self.labels += 1;
    }
}
