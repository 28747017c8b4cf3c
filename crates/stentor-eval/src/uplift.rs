//! `stentor eval uplift`: who should be sent to because it makes a difference, over a randomised experiment. Two
//! regressions, one of those who were sent to and one of those who were not; the difference of what they say is the order.

use std::path::Path;

use serde_json::{Value, json};

use crate::dataset::{is_train, unit};
use crate::mapping::Mapping;
use crate::metrics::{DRAWS, Figure, order};
use crate::table::{self, Table, column_of};
use crate::{EvalError, batch};

/// Points of the curve whose area is told.
const CURVE_POINTS: usize = 100;

/// What an order does for those who would not have engaged by themselves.
#[derive(Clone, Debug)]
pub struct Uplift {
    /// The file.
    pub file: String,
    /// Rows that were tested, and the average effect in them.
    pub test_rows: usize,
    /// See [`Self::test_rows`].
    pub effect: f64,
    /// For each order: the share of all additional engagement in its first 10, 20 and 50 %, and the mean over all parts.
    pub orders: Vec<(String, [Figure; 4])>,
}

struct Tested {
    label: bool,
    is_treated: bool,
}

/// Learns on the training rows of both arms, tests on the rest.
///
/// # Errors
/// [`EvalError`], with the line.
pub fn evaluate(path: &Path, mapping: &Mapping, arm: &str, control: &str) -> Result<Uplift, EvalError> {
    let fault = |what: String| EvalError::File { path: path.to_owned(), what };
    let raw = Table::read(path)?;
    let arms = &raw.cells[column_of(&raw, arm, path)?];
    let is_treated: Vec<bool> = arms.iter().map(|cell| !cell.eq_ignore_ascii_case(control)).collect();
    let treated = is_treated.iter().filter(|is| **is).count();
    if treated == 0 || treated == is_treated.len() {
        return Err(fault(format!(
            "no row, or every row, has {arm} = {control}: name the control with --control"
        )));
    }
    let mut mapping = mapping.clone();
    // The arm says who was sent to; it is nothing that is known of a person.
    mapping.skip.push(arm.to_owned());
    let data = table::read_all(path, &mapping)?;
    let fit = |arm: bool| {
        let rows = data.rows.iter().enumerate().filter(|(i, _)| is_treated[*i] == arm && is_train(*i as u64));
        batch::fit(&rows.map(|(_, row)| row).collect::<Vec<_>>(), usize::from(data.features))
    };
    let (with, without) = (fit(true), fit(false));
    let test: Vec<usize> = (0..data.rows.len()).filter(|&i| !is_train(i as u64)).collect();
    let tested: Vec<Tested> =
        test.iter().map(|&i| Tested { label: data.rows[i].label, is_treated: is_treated[i] }).collect();
    let say = |coefficients: &[f64], i: usize| batch::say(coefficients, &data.rows[i].features);
    let mut orders: Vec<(String, Vec<f64>)> = vec![
        (
            "uplift (two regressions)".to_owned(),
            test.iter().map(|&i| say(&with, i) - say(&without, i)).collect(),
        ),
        ("response (one regression)".to_owned(), test.iter().map(|&i| say(&with, i)).collect()),
    ];
    for order in &data.orders {
        orders.push((order.name.clone(), test.iter().map(|&i| order.scores[i]).collect()));
    }
    orders.push(("random".to_owned(), (0..test.len() as u64).map(|n| unit(&[0, n])).collect()));
    let ones = vec![1.0; test.len()];
    Ok(Uplift {
        file: path.display().to_string(),
        test_rows: test.len(),
        effect: effect(&tested, &(0..test.len()).collect::<Vec<_>>(), &ones),
        orders: orders.into_iter().map(|(name, scores)| (name, figures(&tested, &scores))).collect(),
    })
}

/// The difference of the arms' rates among those rows.
fn effect(tested: &[Tested], rows: &[usize], weights: &[f64]) -> f64 {
    let mut sums = [[0.0; 2]; 2];
    for &i in rows {
        let [n, y] = &mut sums[usize::from(tested[i].is_treated)];
        *n += weights[i];
        *y += weights[i] * f64::from(u8::from(tested[i].label));
    }
    let rate = |[n, y]: [f64; 2]| if n > 0.0 { y / n } else { 0.0 };
    rate(sums[1]) - rate(sums[0])
}

fn figures(tested: &[Tested], scores: &[f64]) -> [Figure; 4] {
    let order = order(scores);
    let value = once(tested, &order, &vec![1.0; order.len()]);
    let mut draws = vec![Vec::new(); value.len()];
    for draw in 0..DRAWS {
        let mut weights = vec![0.0; order.len()];
        for n in 0..order.len() {
            weights[(unit(&[draw, n as u64]) * order.len() as f64) as usize] += 1.0;
        }
        draws.iter_mut().zip(once(tested, &order, &weights)).for_each(|(all, one)| all.push(one));
    }
    [0, 1, 2, 3].map(|n| {
        draws[n].sort_by(f64::total_cmp);
        Figure { value: value[n], low: draws[n][2], high: draws[n][97] }
    })
}

/// The share of the additional engagement in the first 10, 20, 50 %, and the mean of that over all parts.
fn once(tested: &[Tested], order: &[usize], weights: &[f64]) -> [f64; 4] {
    let all = effect(tested, order, weights);
    let mut sums = [[0.0; 2]; 2];
    let mut curve = Vec::with_capacity(CURVE_POINTS);
    for (n, &i) in order.iter().enumerate() {
        let [count, engaged] = &mut sums[usize::from(tested[i].is_treated)];
        *count += weights[i];
        *engaged += weights[i] * f64::from(u8::from(tested[i].label));
        if (n + 1) * CURVE_POINTS / order.len() > n * CURVE_POINTS / order.len() {
            let rate = |[n, y]: [f64; 2]| if n > 0.0 { y / n } else { 0.0 };
            let part = (n + 1) as f64 / order.len() as f64;
            curve.push((rate(sums[1]) - rate(sums[0])) * part / all);
        }
    }
    let at = |percent: usize| curve.get(percent * curve.len() / 100 - 1).copied().unwrap_or(0.0);
    [at(10), at(20), at(50), curve.iter().sum::<f64>() / curve.len() as f64]
}

impl Uplift {
    /// As a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}\n{} rows tested; being sent to adds {:.4} to the rate\n\n{:28}{:>22}{:>10}{:>10}{:>10}\n",
            self.file, self.test_rows, self.effect, "ordered by", "inc@20", "inc@10", "inc@50", "AUUC"
        );
        for (name, [ten, twenty, half, area]) in &self.orders {
            let interval = format!("{:.3} ({:.2}-{:.2})", twenty.value, twenty.low, twenty.high);
            let rest = [ten, half, area].map(|figure| format!("{:>10.3}", figure.value)).concat();
            text.push_str(&format!("{name:28}{interval:>22}{rest}\n"));
        }
        text.push_str("\ninc@K: share of all additional engagement in the first K % of the sends.\n");
        text
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let figure = |f: &Figure| json!({"value": f.value, "low": f.low, "high": f.high});
        let order = |(name, [ten, twenty, half, area]): &(String, [Figure; 4])| {
            json!({"name": name, "inc10": figure(ten), "inc20": figure(twenty), "inc50": figure(half),
                "auuc": figure(area)})
        };
        let orders: Vec<Value> = self.orders.iter().map(order).collect();
        json!({"file": self.file, "test_rows": self.test_rows, "effect": self.effect, "orders": orders})
    }
}
