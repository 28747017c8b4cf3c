//! Three filters side by side, each believing in another speed of change; the one that predicted well lately weighs most.
//! A still world is not made to pay for drift, and a drifting one is followed.

use super::filter::{Base, Belief, Effect, Feature, Filter, Loading, curvature};
use super::math::{exp, log_loss, sigmoid};

/// The variance each active coefficient gains with a label, in each of the three.
pub const DRIFTS: [f64; 3] = [0.0, 1e-6, 1e-5];
/// How much of a loss counts after one more label: about the last three thousand decide.
const FORGET: f64 = 0.9997;
/// What a label counts as evidence between competitors. Labels of one mailing share its luck, so a thousand of them say
/// far less than a thousand would; at full weight the winner of the last mailing would take all. Chosen on the training
/// rows of the public files alone.
pub(super) const EVIDENCE: f64 = 0.03;
/// What is shared out evenly, so that none is ever out of the race.
const FIXED_SHARE: f64 = 0.01;

/// What each of the three says.
pub type Voices = [f64; DRIFTS.len()];

/// The three filters and how well each predicted lately.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    pub(super) filters: [Filter; DRIFTS.len()],
    /// Log loss, decayed.
    pub(super) losses: [f64; DRIFTS.len()],
}

impl Mixture {
    /// Before any label.
    #[must_use]
    pub fn new(features: u16, base_rate: f64) -> Self {
        Self {
            filters: DRIFTS.map(|drift| Filter::new(features, base_rate, drift)),
            losses: [0.0; DRIFTS.len()],
        }
    }

    /// What each filter's word weighs; together 1.
    #[must_use]
    pub fn weights(&self) -> Voices {
        let least = self.losses.iter().copied().fold(f64::INFINITY, f64::min);
        let raw = self.losses.map(|loss| exp(EVIDENCE * (least - loss)));
        let sum: f64 = raw.iter().sum();
        let share = FIXED_SHARE / raw.len() as f64;
        raw.map(|weight| (1.0 - FIXED_SHARE) * weight / sum + share)
    }

    /// The filter that weighs most: its coefficients are the ones to explain by.
    #[must_use]
    pub fn leader(&self) -> &Filter {
        let weights = self.weights();
        let best = (1..weights.len()).fold(0, |best, n| if weights[n] > weights[best] { n } else { best });
        &self.filters[best]
    }

    /// What each filter says of a row, and the mixed score behind it, by what each [`weighs`](Self::weights).
    #[must_use]
    pub fn score(&self, row: &[Feature], own: Belief, weights: &Voices) -> (Voices, Belief) {
        self.mix(own, weights, |filter, _| filter.belief(row))
    }

    /// What many rows share, for [`Self::score_with`].
    #[must_use]
    pub fn base(&self, row: &[Feature]) -> [Base; DRIFTS.len()] {
        [0, 1, 2].map(|n: usize| self.filters[n].base(row))
    }

    /// [`Self::score`] of the shared features and `extra`, which none of them is among.
    #[must_use]
    pub fn score_with(
        &self,
        base: &[Base; DRIFTS.len()],
        extra: &[Feature],
        own: Belief,
        weights: &Voices,
    ) -> (Voices, Belief) {
        self.mix(own, weights, |filter, n| filter.with(&base[n], extra))
    }

    fn mix(
        &self,
        own: Belief,
        weights: &Voices,
        belief: impl Fn(&Filter, usize) -> Belief,
    ) -> (Voices, Belief) {
        let (mut voices, mut mixed) = ([0.0; DRIFTS.len()], Belief::default());
        for (n, filter) in self.filters.iter().enumerate() {
            let belief = own + belief(filter, n);
            voices[n] = belief.probability();
            mixed.z += weights[n] * belief.z;
            mixed.variance += weights[n] * belief.variance;
        }
        (voices, mixed)
    }

    /// Learns a label in every filter and in the person's effect. `said`: what each filter said when the message was
    /// sent, by which it is judged. What it would say now is no test: since then it learnt the labels of the same
    /// mailing, which a fast filter turns to its account. Answers what they say now, mixed, before the label.
    pub fn learn(
        &mut self,
        row: &[Feature],
        effect: &mut Effect,
        loading: Loading,
        said: &Voices,
        is_positive: bool,
    ) -> f64 {
        let weights = self.weights();
        let before = effect.belief(loading);
        let (mut now, mut plain, mut variance) = (0.0, 0.0, 0.0);
        for (n, filter) in self.filters.iter_mut().enumerate() {
            let belief = filter.learn(row, before, is_positive);
            now += weights[n] * belief.probability();
            plain += weights[n] * sigmoid(belief.z);
            variance += weights[n] * belief.variance;
            self.losses[n] = FORGET * self.losses[n] + log_loss(said[n], is_positive);
        }
        effect.learn(loading, f64::from(u8::from(is_positive)) - plain, curvature(plain), variance);
        now
    }
}
