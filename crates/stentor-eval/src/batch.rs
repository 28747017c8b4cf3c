//! The logistic regression that sees all training rows at once: what one pass is held against.

use stentor_core::engagement::{Feature, PRIOR_VARIANCE, sigmoid};

use crate::dataset::{Dataset, Row};

/// Steps of Newton's method; it is there after a handful.
const STEPS_MAX: usize = 25;
/// A step shorter than this changes nothing.
const ENOUGH: f64 = 1e-8;
/// Above so many features it is left out: each step solves a system of that size.
const FEATURES_MAX: usize = 256;

/// The probability of every row; `None` where there are too many features.
#[must_use]
pub fn logistic(data: &Dataset) -> Option<Vec<f64>> {
    let d = usize::from(data.features);
    if d > FEATURES_MAX {
        return None;
    }
    let mean = fit(&data.rows.iter().filter(|row| row.is_train).collect::<Vec<_>>(), d);
    Some(data.rows.iter().map(|row| say(&mean, &row.features)).collect())
}

/// What fitted coefficients say of a row.
#[must_use]
pub fn say(mean: &[f64], row: &[Feature]) -> f64 {
    sigmoid(dot(mean, row))
}

/// The coefficients of `d` features, by a ridge of the model's own prior.
#[must_use]
pub fn fit(rows: &[&Row], d: usize) -> Vec<f64> {
    let mut mean = vec![0.0; d];
    for _ in 0..STEPS_MAX {
        let (mut gradient, mut hessian) = (vec![0.0; d], vec![0.0; d * d]);
        for (i, own) in mean.iter().enumerate().skip(1) {
            gradient[i] -= own / PRIOR_VARIANCE;
            hessian[i * d + i] += 1.0 / PRIOR_VARIANCE;
        }
        // The bias has nearly no prior, but the system must have a solution.
        hessian[0] += 1e-6;
        for row in rows {
            let p = say(&mean, &row.features);
            let (error, curvature) = (f64::from(u8::from(row.label)) - p, (p * (1.0 - p)).max(1e-9));
            for &(i, x) in &row.features {
                gradient[usize::from(i)] += error * x;
                let line = &mut hessian[usize::from(i) * d..(usize::from(i) + 1) * d];
                row.features.iter().for_each(|&(j, y)| line[usize::from(j)] += curvature * x * y);
            }
        }
        let step = solve(hessian, gradient);
        mean.iter_mut().zip(&step).for_each(|(mean, step)| *mean += step);
        if step.iter().all(|step| step.abs() < ENOUGH) {
            break;
        }
    }
    mean
}

fn dot(mean: &[f64], row: &[Feature]) -> f64 {
    row.iter().map(|&(i, x)| mean[usize::from(i)] * x).sum()
}

/// Solves a symmetric positive system (Cholesky).
fn solve(mut a: Vec<f64>, mut b: Vec<f64>) -> Vec<f64> {
    let d = b.len();
    for i in 0..d {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| a[i * d + k] * a[j * d + k]).sum();
            let rest = a[i * d + j] - inner;
            a[i * d + j] = if i == j { rest.max(1e-12).sqrt() } else { rest / a[j * d + j] };
        }
    }
    for i in 0..d {
        let inner: f64 = (0..i).map(|k| a[i * d + k] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i * d + i];
    }
    for i in (0..d).rev() {
        let inner: f64 = (i + 1..d).map(|k| a[k * d + i] * b[k]).sum();
        b[i] = (b[i] - inner) / a[i * d + i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let solved = solve(vec![4.0, 2.0, 2.0, 3.0], vec![10.0, 9.0]);
        assert!((solved[0] - 1.5).abs() < 1e-9 && (solved[1] - 2.0).abs() < 1e-9, "{solved:?}");
    }
}
