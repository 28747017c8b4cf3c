//! The record of a decision: why this one now, why that one later.

use std::fmt::Write as _;

use super::choose::Flag;
use crate::engagement::{Contribution, Score};

/// Everything that decided, as it was then.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// How likely the person was to engage, from 0 to 1.
    pub p: f64,
    /// The doubt in it: the variance of its logit.
    pub variance: f64,
    /// Did the baseline say so, for want of labels?
    pub is_baseline: bool,
    /// What raised or lowered it most.
    pub contributions: Vec<Contribution>,
    /// What the slot cost.
    pub slot_price: f64,
    /// What a send cost.
    pub budget_price: f64,
    /// The regret of waiting.
    pub index: f64,
    /// Why it left.
    pub flag: Flag,
    /// How many labels the model had learnt.
    pub model_version: u64,
}

impl Explanation {
    /// Of a score and what the plan made of it.
    #[must_use]
    pub fn new(
        score: &Score,
        contributions: Vec<Contribution>,
        model_version: u64,
        flag: Flag,
        index: f64,
    ) -> Self {
        Self {
            p: score.p,
            variance: score.belief.variance,
            is_baseline: score.is_baseline,
            contributions,
            slot_price: 0.0,
            budget_price: 0.0,
            index,
            flag,
            model_version,
        }
    }

    /// With the prices of that slot.
    #[must_use]
    pub fn at_prices(self, slot_price: f64, budget_price: f64) -> Self {
        Self { slot_price, budget_price, ..self }
    }

    /// In a sentence or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        let why = match self.flag {
            Flag::Planned => "It left because now was the best time left for it",
            Flag::Forced => "It left because later there would not have been room before the deadlines",
            Flag::Explore => "It left now by chance: it is of the 5 % that measure the order",
            Flag::Fifo => "It left because it had waited longest",
        };
        let by = if self.is_baseline { " (by the person's own rate: too little is learnt yet)" } else { "" };
        let mut text = format!("{why}. Likely to engage: {:.1} %{by}", 100.0 * self.p);
        for (n, one) in self.contributions.iter().enumerate() {
            let _ = write!(text, "{} {} ({:+.2})", if n == 0 { ":" } else { "," }, one.words, one.logits);
        }
        text.push('.');
        text
    }
}
