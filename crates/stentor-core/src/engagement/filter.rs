//! One Bayesian logistic regression with its full covariance, updated a label at a time (online Laplace, which is the
//! extended Kalman step), and one scalar effect a person beside it. One pass reproduces the batch fit; keeping only the
//! diagonal does not, because correlated indicators make it overshoot.

use super::math::sigmoid;

/// Above one feature in so many, a row is scored as a whole.
const DENSE_FROM: usize = 3;
/// The widest row that is.
const DENSE_MAX: usize = 128;

/// One value that is not zero: its index, and how much of it.
pub type Feature = (u16, f64);

/// The prior variance of a coefficient and of a person's effect.
pub const PRIOR_VARIANCE: f64 = 0.3;
/// The prior variance of the bias, which is feature 0.
const BIAS_VARIANCE: f64 = 4.0;
/// The least curvature of a label.
const CURVATURE_MIN: f64 = 1e-6;
/// No coefficient is ever surer than this.
const VARIANCE_MIN: f64 = 1e-9;
/// Rounding makes the two halves of the covariance drift apart; after so many labels they are made one again.
const SYMMETRISE_LABELS: u64 = 1_000;

/// A linear score and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Belief {
    /// Its mean, as a logit.
    pub z: f64,
    /// Its variance.
    pub variance: f64,
}

impl std::ops::Add for Belief {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { z: self.z + other.z, variance: self.variance + other.variance }
    }
}

impl Belief {
    /// The probability, with the doubt averaged out (MacKay's approximation).
    ///
    /// ```
    /// use stentor_core::engagement::Belief;
    /// let (sure, unsure) = (Belief { z: 2.0, variance: 0.0 }, Belief { z: 2.0, variance: 4.0 });
    /// assert!(unsure.probability() < sure.probability() && unsure.probability() > 0.5);
    /// ```
    #[must_use]
    pub fn probability(self) -> f64 {
        sigmoid(self.z / (1.0 + std::f64::consts::PI * self.variance / 8.0).sqrt())
    }
}

/// What a person's effect is multiplied by: always, and with the cosine and the sine of the hour.
pub type Loading = [f64; 3];

/// What sets one person apart from what the features say, as a logit: in general, and by the hour of the day (a wave
/// of 24 hours, by its cosine and sine). Its covariance is kept; what it shares with the coefficients is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The means.
    pub mean: [f32; 3],
    /// The covariance: variances first, then (0,1), (0,2), (1,2).
    pub covariance: [f32; 6],
}

impl Effect {
    /// Of somebody of whom nothing was learnt.
    pub const UNKNOWN: Self = {
        let v = PRIOR_VARIANCE as f32;
        Self { mean: [0.0; 3], covariance: [v, v, v, 0.0, 0.0, 0.0] }
    };
    /// Of nobody: features alone.
    pub const NONE: Self = Self { mean: [0.0; 3], covariance: [0.0; 6] };

    /// The loading of an hour, 0 to 23.
    ///
    /// ```
    /// use stentor_core::engagement::Effect;
    /// let [always, cosine, sine] = Effect::at_hour(6);
    /// assert!(always == 1.0 && cosine.abs() < 1e-12 && (sine - 1.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn at_hour(hour: u8) -> Loading {
        let angle = std::f64::consts::TAU * f64::from(hour) / 24.0;
        [1.0, libm::cos(angle), libm::sin(angle)]
    }

    /// The loading where the hour is not known or does not matter.
    pub const ANY_HOUR: Loading = [1.0, 0.0, 0.0];

    /// What it adds to a score.
    pub(super) fn belief(&self, loading: Loading) -> Belief {
        let shared = self.times(loading);
        let dot = |v: [f64; 3]| v[0] * loading[0] + v[1] * loading[1] + v[2] * loading[2];
        Belief { z: dot(self.mean.map(f64::from)), variance: dot(shared) }
    }

    /// After a label that missed by `error` (label less probability), at a score of that `curvature` and `variance` in all.
    pub(super) fn learn(&mut self, loading: Loading, error: f64, curvature: f64, variance: f64) {
        let k = 1.0 / (1.0 + curvature * variance);
        let own = self.times(loading);
        for (mean, own) in self.mean.iter_mut().zip(own) {
            *mean = (f64::from(*mean) + k * error * own) as f32;
        }
        for (cell, (i, j)) in self.covariance.iter_mut().zip(CELLS) {
            *cell = (f64::from(*cell) - k * curvature * own[i] * own[j]) as f32;
        }
    }

    /// The covariance times a loading.
    fn times(&self, loading: Loading) -> [f64; 3] {
        let mut product = [0.0; 3];
        for (cell, (i, j)) in self.covariance.map(f64::from).into_iter().zip(CELLS) {
            product[i] += cell * loading[j];
            if i != j {
                product[j] += cell * loading[i];
            }
        }
        product
    }
}

/// Which cell of the covariance is where.
const CELLS: [(usize, usize); 6] = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)];

/// The features that many scores share, scored once: see [`Filter::base`].
#[derive(Clone, Debug)]
pub struct Base {
    belief: Belief,
    /// P·x of the shared features.
    px: Vec<f64>,
}

/// Coefficients and their covariance.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub(super) mean: Vec<f64>,
    /// Row after row.
    pub(super) covariance: Vec<f64>,
    pub(super) drift: f64,
    pub(super) labels: u64,
    scratch: Vec<f64>,
}

impl Filter {
    /// Of `features` coefficients (the bias is number 0), before any label, at that base rate. `drift` is the variance
    /// that each active coefficient gains before a label, so that it can follow a world that changes.
    #[must_use]
    pub fn new(features: u16, base_rate: f64, drift: f64) -> Self {
        let d = usize::from(features);
        let mut filter = Self {
            mean: vec![0.0; d],
            covariance: vec![0.0; d * d],
            drift,
            labels: 0,
            scratch: vec![0.0; d],
        };
        for i in 0..d {
            filter.covariance[i * d + i] = if i == 0 { BIAS_VARIANCE } else { PRIOR_VARIANCE };
        }
        if let Some(bias) = filter.mean.first_mut() {
            *bias = super::logit(base_rate);
        }
        filter
    }

    /// How many coefficients.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.mean.len()
    }

    /// The coefficients' means.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.mean
    }

    /// The score of a row: m·x and xᵀPx. Indices that it does not have count as nothing.
    #[must_use]
    pub fn belief(&self, row: &[Feature]) -> Belief {
        let d = self.dimension();
        if row.len() * DENSE_FROM > d && d <= DENSE_MAX {
            return self.belief_dense(row);
        }
        let mut belief = Belief::default();
        for (n, &(i, value)) in row.iter().enumerate() {
            let i = usize::from(i);
            if i >= d {
                continue;
            }
            belief.z += self.mean[i] * value;
            let line = &self.covariance[i * d..(i + 1) * d];
            let mut cross = 0.0;
            for &(j, other) in &row[..n] {
                cross += line.get(usize::from(j)).map_or(0.0, |p| p * other);
            }
            belief.variance += value * (2.0 * cross + value * line[i]);
        }
        belief
    }

    /// The same where most features are there: side by side in memory, so that several are multiplied at a time.
    fn belief_dense(&self, row: &[Feature]) -> Belief {
        let d = self.dimension();
        let mut x = [0.0; DENSE_MAX];
        for &(i, value) in row.iter().filter(|(i, _)| usize::from(*i) < d) {
            x[usize::from(i)] += value;
        }
        Belief { z: dot(&self.mean, &x[..d]), variance: quadratic(&self.covariance, &x[..d]) }
    }

    /// What many rows share (a message at every hour), so that each needs only what differs: [`Filter::with`].
    #[must_use]
    pub fn base(&self, row: &[Feature]) -> Base {
        let mut px = vec![0.0; self.dimension()];
        self.times(row, &mut px);
        let at = |v: &[f64]| row.iter().map(|&(i, x)| v.get(usize::from(i)).map_or(0.0, |v| v * x)).sum();
        Base { belief: Belief { z: at(&self.mean), variance: at(&px) }, px }
    }

    /// The score of the shared features and `extra`, which none of them is among.
    #[must_use]
    pub fn with(&self, base: &Base, extra: &[Feature]) -> Belief {
        let own = self.belief(extra);
        let cross: f64 = extra.iter().map(|&(i, x)| base.px.get(usize::from(i)).map_or(0.0, |p| p * x)).sum();
        Belief { z: base.belief.z + own.z, variance: base.belief.variance + own.variance + 2.0 * cross }
    }

    /// Lets the active coefficients drift, then learns that `row` had this label; `own` is what the person's own
    /// effect adds. Answers the score before the label.
    pub fn learn(&mut self, row: &[Feature], own: Belief, is_positive: bool) -> Belief {
        let d = self.dimension();
        if self.drift > 0.0 {
            for &(i, value) in row {
                let i = usize::from(i);
                if i > 0 && i < d && value != 0.0 && self.covariance[i * d + i] < PRIOR_VARIANCE {
                    self.covariance[i * d + i] += self.drift;
                }
            }
        }
        let mut px = std::mem::take(&mut self.scratch);
        px.fill(0.0);
        self.times(row, &mut px);
        let at = |v: &[f64]| row.iter().map(|&(i, x)| v.get(usize::from(i)).map_or(0.0, |v| v * x)).sum();
        let belief = own + Belief { z: at(&self.mean), variance: at(&px) };
        let p = sigmoid(belief.z);
        let curvature = curvature(p);
        let k = 1.0 / (1.0 + curvature * belief.variance);
        let step = k * (f64::from(u8::from(is_positive)) - p);
        for (mean, px) in self.mean.iter_mut().zip(&px) {
            *mean += step * px;
        }
        for (line, &a) in self.covariance.chunks_exact_mut(d).zip(&px) {
            let a = k * curvature * a;
            for (cell, b) in line.iter_mut().zip(&px) {
                *cell -= a * b;
            }
        }
        self.scratch = px;
        self.labels += 1;
        if self.labels.is_multiple_of(SYMMETRISE_LABELS) {
            self.symmetrise();
        }
        belief
    }

    /// Adds P·x to `px`.
    fn times(&self, row: &[Feature], px: &mut [f64]) {
        let d = self.dimension();
        for &(i, value) in row {
            let i = usize::from(i);
            if i < d {
                for (sum, p) in px.iter_mut().zip(&self.covariance[i * d..(i + 1) * d]) {
                    *sum += value * p;
                }
            }
        }
    }

    fn symmetrise(&mut self) {
        let d = self.dimension();
        for i in 0..d {
            for j in 0..i {
                let both = 0.5 * (self.covariance[i * d + j] + self.covariance[j * d + i]);
                self.covariance[i * d + j] = both;
                self.covariance[j * d + i] = both;
            }
            let own = &mut self.covariance[i * d + i];
            *own = own.max(VARIANCE_MIN);
        }
    }
}

/// A sum of products in four strands, always the same four: as fast as the machine adds, and equal on every machine.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a4, a_rest) = a.as_chunks::<4>();
    let (b4, b_rest) = b.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for (a, b) in a4.iter().zip(b4) {
        for n in 0..4 {
            strands[n] += a[n] * b[n];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    (strands[0] + strands[1]) + (strands[2] + strands[3]) + rest
}

/// xᵀPx of a symmetric P: its lower half twice, in blocks of four lines by four columns, and the blocks on the diagonal
/// once. Sixteen strands go side by side, each in an order of its own: no sum waits for another, and every machine adds
/// alike.
fn quadratic(p: &[f64], x: &[f64]) -> f64 {
    let d = x.len();
    let (fours, rest) = x.as_chunks::<4>();
    let mut sum = 0.0;
    for (block, own) in fours.iter().enumerate() {
        let line = |n: usize| p[(4 * block + n) * d..][..4 * block + 4].as_chunks::<4>().0;
        let lines = [line(0), line(1), line(2), line(3)];
        // All of one length, so that no index is checked in the innermost loop.
        let before = &fours[..block];
        let [one, two, three, four] =
            [&lines[0][..block], &lines[1][..block], &lines[2][..block], &lines[3][..block]];
        let [mut s, mut t, mut u, mut v] = [[0.0; 4]; 4];
        for (k, x) in before.iter().enumerate() {
            for n in 0..4 {
                s[n] += one[k][n] * x[n];
                t[n] += two[k][n] * x[n];
                u[n] += three[k][n] * x[n];
                v[n] += four[k][n] * x[n];
            }
        }
        let below = [s, t, u, v];
        for n in 0..4 {
            let line = &lines[n][block];
            let whole = |m: usize| 2.0 * below[n][m] + line[m] * own[m];
            sum += own[n] * ((whole(0) + whole(1)) + (whole(2) + whole(3)));
        }
    }
    for (i, own) in (d - rest.len()..).zip(rest) {
        let line = &p[i * d..][..=i];
        sum += own * (2.0 * dot(&line[..i], &x[..i]) + own * line[i]);
    }
    sum
}

/// p(1-p), never quite zero.
pub(super) fn curvature(p: f64) -> f64 {
    (p * (1.0 - p)).max(CURVATURE_MIN)
}
