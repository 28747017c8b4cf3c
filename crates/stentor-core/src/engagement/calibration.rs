//! Two numbers that put probabilities right: a shift and a slope on the logit, learnt online and themselves free to drift.
//! How much they have to say is decided by how much they lower the loss.

use super::filter::curvature;
use super::math::{logit, sigmoid};

/// How far shift and slope may be off before anything was seen.
const PRIOR: [f64; 2] = [0.1, 0.02];
/// What shift and slope gain in doubt with every label.
const DRIFT: [f64; 2] = [1e-6, 1e-6];

/// The filter over (shift, slope).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    pub(super) mean: [f64; 2],
    /// Variances of shift and slope, and their covariance.
    pub(super) covariance: [f64; 3],
}

impl Default for Platt {
    fn default() -> Self {
        Self { mean: [0.0, 1.0], covariance: [PRIOR[0], PRIOR[1], 0.0] }
    }
}

impl Platt {
    /// The probability put right.
    #[must_use]
    pub fn calibrate(&self, p: f64) -> f64 {
        sigmoid(self.mean[0] + self.mean[1] * logit(p))
    }

    /// Learns what came of a prediction.
    pub fn learn(&mut self, p: f64, is_positive: bool) {
        let x = logit(p);
        let [shift, slope, both] = self.covariance;
        let (shift, slope) = (shift + DRIFT[0], slope + DRIFT[1]);
        let px = [shift + both * x, both + slope * x];
        let guess = sigmoid(self.mean[0] + self.mean[1] * x);
        let curvature = curvature(guess);
        let k = 1.0 / (1.0 + curvature * (px[0] + px[1] * x));
        let step = k * (f64::from(u8::from(is_positive)) - guess);
        self.mean[0] += step * px[0];
        self.mean[1] += step * px[1];
        let k = k * curvature;
        self.covariance = [shift - k * px[0] * px[0], slope - k * px[1] * px[1], both - k * px[0] * px[1]];
    }
}
