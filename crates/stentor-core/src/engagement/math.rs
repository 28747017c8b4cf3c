//! The few transcendental functions the model needs, from libm, so that every machine rounds them alike.

/// Below and above this a probability is not told apart from certainty.
const SURE: f64 = 1e-9;

/// e^x.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// The natural logarithm.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The logistic function.
///
/// ```
/// assert_eq!(stentor_core::engagement::sigmoid(0.0), 0.5);
/// ```
#[must_use]
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

/// ln(p / (1-p)), with `p` kept a billionth away from certainty.
///
/// ```
/// use stentor_core::engagement::{logit, sigmoid};
/// assert!((sigmoid(logit(0.2)) - 0.2).abs() < 1e-12);
/// ```
#[must_use]
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(SURE, 1.0 - SURE);
    libm::log(p / (1.0 - p))
}

/// The log loss of predicting `p` where `is_positive` came.
pub(super) fn log_loss(p: f64, is_positive: bool) -> f64 {
    let p = p.clamp(SURE, 1.0 - SURE);
    -libm::log(if is_positive { p } else { 1.0 - p })
}

/// 2^-(`minutes` / `half_life_minutes`): what is left of a count.
pub(super) fn fade(minutes: f64, half_life_minutes: f64) -> f64 {
    if minutes <= 0.0 { 1.0 } else { libm::exp2(-minutes / half_life_minutes) }
}
