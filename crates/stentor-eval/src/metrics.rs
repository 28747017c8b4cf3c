//! What is told of an order or of probabilities: AUC, log loss, calibration error, gains, each with its spread.

use crate::dataset::{splitmix64, unit};

/// Bootstrap draws.
pub const DRAWS: u64 = 100;
/// Bins of the calibration error, of equal mass.
const BINS: usize = 10;

/// A figure and the interval within which 95 % of the bootstrap's draws lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// On the rows as they are.
    pub value: f64,
    /// The interval's ends.
    pub low: f64,
    /// The interval's ends.
    pub high: f64,
}

/// What one way of ordering did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Area under the ROC curve.
    pub auc: Figure,
    /// Log loss.
    pub log_loss: Option<Figure>,
    /// Expected calibration error, ten bins of equal mass.
    pub ece: Option<Figure>,
    /// Share of all engaged in the first 10, 20 and 50 % of the sends.
    pub gains: [Figure; 3],
    /// The same, the first of each mailing.
    pub gains_inside: Option<[Figure; 3]>,
    /// Share of the sends after which 90 % of the engaged are reached.
    pub t90: Figure,
}

/// Test rows as they are judged: what was said of each, and what came.
pub struct Judged<'a> {
    /// Higher goes first.
    pub scores: &'a [f64],
    /// What came.
    pub labels: &'a [bool],
    /// The place of each in its file, by which ties are told apart.
    pub rows: &'a [usize],
    /// The mailing of each.
    pub groups: &'a [u64],
    /// Are the scores probabilities?
    pub are_probabilities: bool,
    /// Is there more than one mailing?
    pub has_groups: bool,
}

/// Of which part of the sends the gains are told.
pub const GAINS: [f64; 3] = [0.1, 0.2, 0.5];

/// All figures, on the rows and on [`DRAWS`] bootstrap draws of them.
#[must_use]
pub fn figures(judged: &Judged<'_>) -> Figures {
    let order = order(judged.scores, judged.rows);
    let inside = judged.has_groups.then(|| by_group(&order, judged.groups));
    let ones = vec![1.0; judged.labels.len()];
    let value = once(judged, &order, inside.as_deref(), &ones);
    let mut draws: Vec<Vec<f64>> = vec![Vec::new(); value.len()];
    for draw in 0..DRAWS {
        let mut weights = vec![0.0; ones.len()];
        for n in 0..ones.len() {
            weights[(unit(&[draw, n as u64]) * ones.len() as f64) as usize] += 1.0;
        }
        for (all, one) in draws.iter_mut().zip(once(judged, &order, inside.as_deref(), &weights)) {
            all.push(one);
        }
    }
    let figure = |n: usize| {
        let mut all = draws[n].clone();
        all.sort_by(f64::total_cmp);
        Figure { value: value[n], low: all[2], high: all[97] }
    };
    Figures {
        auc: figure(0),
        log_loss: judged.are_probabilities.then(|| figure(1)),
        ece: judged.are_probabilities.then(|| figure(2)),
        gains: [3, 4, 5].map(figure),
        t90: figure(6),
        gains_inside: judged.has_groups.then(|| [7, 8, 9].map(figure)),
    }
}

/// From the highest score down; ties by the hash of the place in the file, as the public figures have them.
pub fn order(scores: &[f64], rows: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let tie = |i: usize| splitmix64(777 ^ rows[i] as u64);
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(tie(a).cmp(&tie(b))));
    order
}

/// The order of each mailing.
fn by_group(order: &[usize], groups: &[u64]) -> Vec<Vec<usize>> {
    let mut inside = std::collections::BTreeMap::<u64, Vec<usize>>::new();
    order.iter().for_each(|&i| inside.entry(groups[i]).or_default().push(i));
    inside.into_values().collect()
}

fn once(judged: &Judged<'_>, order: &[usize], inside: Option<&[Vec<usize>]>, weights: &[f64]) -> Vec<f64> {
    let label = |i: usize| f64::from(u8::from(judged.labels[i]));
    let positives: f64 = (0..weights.len()).map(|i| weights[i] * label(i)).sum();
    let mut told = vec![auc(judged, order, weights)];
    if judged.are_probabilities {
        let (loss, ece) = calibration(judged, order, weights);
        told.extend([loss, ece]);
    } else {
        told.extend([0.0, 0.0]);
    }
    told.extend(GAINS.map(|part| reached(order, weights, part, &label) / positives));
    told.push(until(order, weights, 0.9 * positives, &label));
    if let Some(inside) = inside {
        let gain =
            |part| inside.iter().map(|order| reached(order, weights, part, &label)).sum::<f64>() / positives;
        told.extend(GAINS.map(gain));
    }
    told
}

/// How many engaged are among the first `part` of the sends; a row at the border counts in part.
fn reached(order: &[usize], weights: &[f64], part: f64, label: &dyn Fn(usize) -> f64) -> f64 {
    let mut room = part * order.iter().map(|&i| weights[i]).sum::<f64>();
    let mut sum = 0.0;
    for &i in order {
        let taken = weights[i].min(room);
        sum += taken * label(i);
        room -= taken;
        if room <= 0.0 {
            break;
        }
    }
    sum
}

/// The part of the sends after which so many engaged are reached.
fn until(order: &[usize], weights: &[f64], engaged: f64, label: &dyn Fn(usize) -> f64) -> f64 {
    let all: f64 = weights.iter().sum();
    let (mut sends, mut sum) = (0.0, 0.0);
    for &i in order {
        sends += weights[i];
        sum += weights[i] * label(i);
        if sum >= engaged - 1e-9 {
            break;
        }
    }
    sends / all
}

/// The chance that an engaged row scores above one that is not; equal scores are half a win.
fn auc(judged: &Judged<'_>, order: &[usize], weights: &[f64]) -> f64 {
    let (mut wins, mut above, mut negatives) = (0.0, 0.0, 0.0);
    let mut at = 0;
    while at < order.len() {
        let score = judged.scores[order[at]];
        let (mut yes, mut no) = (0.0, 0.0);
        while at < order.len() && judged.scores[order[at]] == score {
            let i = order[at];
            if judged.labels[i] {
                yes += weights[i]
            } else {
                no += weights[i]
            }
            at += 1;
        }
        wins += no * (above + yes / 2.0);
        above += yes;
        negatives += no;
    }
    wins / (above * negatives)
}

/// Log loss, and the calibration error over bins of equal mass.
fn calibration(judged: &Judged<'_>, order: &[usize], weights: &[f64]) -> (f64, f64) {
    let all: f64 = weights.iter().sum();
    let mut loss = 0.0;
    for (i, weight) in weights.iter().enumerate() {
        let p = judged.scores[i].clamp(1e-12, 1.0 - 1e-12);
        loss -= weight * if judged.labels[i] { p.ln() } else { (-p).ln_1p() };
    }
    let ece = bins(judged.scores, judged.labels, order, weights)
        .into_iter()
        .map(|[n, p, y]| if n > 0.0 { (p - y).abs() * n / all } else { 0.0 });
    (loss / all, ece.sum())
}

/// For each bin from the highest down: its mass, the mean that was said and the mean that came.
pub fn bins(scores: &[f64], labels: &[bool], order: &[usize], weights: &[f64]) -> [[f64; 3]; BINS] {
    let all: f64 = weights.iter().sum();
    let mut bins = [[0.0; 3]; BINS];
    let mut seen = 0.0;
    for &i in order {
        let bin = ((seen + weights[i] / 2.0) / all * BINS as f64) as usize;
        let [n, p, y] = &mut bins[bin.min(BINS - 1)];
        *n += weights[i];
        *p += weights[i] * scores[i];
        *y += weights[i] * f64::from(u8::from(labels[i]));
        seen += weights[i];
    }
    bins.map(|[n, p, y]| if n > 0.0 { [n, p / n, y / n] } else { [0.0; 3] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(scores: &[f64], labels: &[bool]) -> Figures {
        let groups = vec![0; labels.len()];
        let rows: Vec<usize> = (0..labels.len()).collect();
        let (groups, rows) = (&groups, &rows);
        figures(&Judged { scores, labels, rows, groups, are_probabilities: true, has_groups: false })
    }

    #[test]
    fn known_values() {
        let perfect = judge(&[0.9, 0.8, 0.2, 0.1], &[true, true, false, false]);
        assert_eq!((perfect.auc.value, perfect.gains[2].value, perfect.t90.value), (1.0, 1.0, 0.5));
        let loss = perfect.log_loss.expect("probabilities").value;
        assert!((loss - (-(0.9_f64.ln() + 0.8_f64.ln()) / 2.0)).abs() < 1e-12, "{loss}");
        let worst = judge(&[0.1, 0.2, 0.8, 0.9], &[true, true, false, false]);
        assert_eq!((worst.auc.value, worst.gains[2].value, worst.t90.value), (0.0, 0.0, 1.0));
        let tied = judge(&[0.5; 4], &[true, false, true, false]);
        assert_eq!((tied.auc.value, tied.ece.expect("probabilities").value.abs() < 0.6), (0.5, true));
        // Three of four pairs in order.
        assert_eq!(judge(&[0.9, 0.4, 0.5, 0.1], &[true, true, false, false]).auc.value, 0.75);
    }

    #[test]
    fn a_calibrated_forecast_has_a_small_error() {
        let n = 20_000;
        let p: Vec<f64> = (0..n).map(|i| unit(&[1, i])).collect();
        let y: Vec<bool> = (0..n).map(|i| unit(&[2, i]) < p[i as usize]).collect();
        let shifted: Vec<f64> = p.iter().map(|p| 0.5 * p).collect();
        let ece = |scores: &[f64]| judge(scores, &y).ece.expect("probabilities").value;
        assert!(ece(&p) < 0.015 && ece(&shifted) > 0.2, "{} {}", ece(&p), ece(&shifted));
    }
}
