//! A confidence interval that holds at every moment at once, so that looking often does not make false alarms. The
//! normal mixture's confidence sequence (Robbins; Waudby-Smith and others for estimated variances).

use crate::engagement::ln;

/// The half width after `t` observations of that standard deviation; `alpha` is the chance of ever being wrong.
///
/// ```
/// use stentor_core::lift::{half_width, tightest_rho};
/// let rho = tightest_rho(20_000.0, 0.05);
/// let fixed = 1.96 / 20_000.0_f64.sqrt();
/// let ratio = half_width(1.0, 20_000.0, rho, 0.05) / fixed;
/// assert!((1.5..1.6).contains(&ratio), "{ratio}: what peeking costs");
/// ```
#[must_use]
pub fn half_width(deviation: f64, t: f64, rho: f64, alpha: f64) -> f64 {
    if t <= 0.0 {
        return f64::INFINITY;
    }
    let grown = t * rho * rho + 1.0;
    deviation * (2.0 * grown / (t * t * rho * rho) * ln(grown.sqrt() / alpha)).sqrt()
}

/// The ρ at which the interval is tightest after `planned` observations.
#[must_use]
pub fn tightest_rho(planned: f64, alpha: f64) -> f64 {
    let twice = -2.0 * ln(alpha);
    ((twice + ln(twice) + 1.0) / planned.max(1.0)).sqrt()
}

/// A stream of observations whose mean is watched.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    rho: f64,
    alpha: f64,
    count: f64,
    mean: f64,
    squares: f64,
}

impl Sequence {
    /// Planned for so many observations, with `alpha` as the chance of ever being wrong.
    #[must_use]
    pub fn new(planned: f64, alpha: f64) -> Self {
        Self { rho: tightest_rho(planned, alpha), alpha, count: 0.0, mean: 0.0, squares: 0.0 }
    }

    /// One more observation.
    pub fn add(&mut self, z: f64) {
        self.count += 1.0;
        let off = z - self.mean;
        self.mean += off / self.count;
        self.squares += off * (z - self.mean);
    }

    /// Lowest and highest mean that is still believed. Everything, until there is a variance to speak of.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        if self.squares <= 0.0 || self.count < 2.0 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let deviation = (self.squares / self.count).sqrt();
        let half = half_width(deviation, self.count, self.rho, self.alpha);
        (self.mean - half, self.mean + half)
    }

    /// Mean and standard deviation so far.
    #[must_use]
    pub fn moments(&self) -> (f64, f64) {
        (self.mean, (self.squares / self.count.max(1.0)).sqrt())
    }
}
