//! `stentor eval uplift`: who should be sent to because it makes a difference, over a randomised experiment. Two
//! regressions, one of those who were sent to and one of those who were not; the difference of what they say is the order.

use std::path::Path;

use serde_json::{Value, json};

use crate::dataset::{is_train, unit};
use crate::mapping::Mapping;
use crate::metrics::{DRAWS, Figure, order};
use crate::table::{self, Table, column_of};
use crate::{EvalError, batch};

/// The curve is read after each twentieth of the sends.
const PARTS: usize = 20;
/// After which of them a figure is told: 10, 20 and 50 %.
const TOLD: [usize; 3] = [2, 4, 10];

/// What an order does for those who would not have engaged by themselves.
#[derive(Clone, Debug)]
pub struct Uplift {
    /// The file.
    pub file: String,
    /// Rows that were tested, and the average effect in them.
    pub test_rows: usize,
    /// See [`Self::test_rows`].
    pub effect: f64,
    /// For each order.
    pub orders: Vec<(String, [Figure; FIGURES])>,
}

/// What is told of an order, of its *uplift curve*: after each part of the sends the difference of the arms' rates among
/// them, times that part, by the same of all (`(Y_T/N_T - Y_C/N_C) · part`, the "absolute" curve of Devriendt, Moldovan
/// and Verbeke, *Expert Systems with Applications* 2018; Gutierrez and Gérardy, PMLR 67, 2016). In this order: its share
/// after 10, 20 and 50 %; *AUUC*, the mean of the curve after each of twenty parts, as the reference counts it (a sum of
/// steps by their right end: an order by chance has 0.525); the area itself by trapezoids over every row (chance: 0.5).
const FIGURES: usize = 5;

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
    let mut all = Sums::default();
    tested.iter().for_each(|one| count(&mut all, one, 1.0));
    Ok(Uplift {
        file: path.display().to_string(),
        test_rows: test.len(),
        effect: effect(&all),
        orders: orders.into_iter().map(|(name, scores)| (name, figures(&tested, &scores, &test))).collect(),
    })
}

/// How many, and how many of them engaged: without and with a send.
type Sums = [[f64; 2]; 2];

fn count(sums: &mut Sums, one: &Tested, weight: f64) {
    let [n, y] = &mut sums[usize::from(one.is_treated)];
    *n += weight;
    *y += weight * f64::from(u8::from(one.label));
}

/// The difference of the arms' rates.
fn effect(sums: &Sums) -> f64 {
    let rate = |[n, y]: [f64; 2]| if n > 0.0 { y / n } else { 0.0 };
    rate(sums[1]) - rate(sums[0])
}

fn figures(tested: &[Tested], scores: &[f64], rows: &[usize]) -> [Figure; FIGURES] {
    let order = order(scores, rows);
    let value = once(tested, &order, &vec![1.0; order.len()]);
    let mut draws = vec![Vec::new(); value.len()];
    for draw in 0..DRAWS {
        let mut weights = vec![0.0; order.len()];
        for n in 0..order.len() {
            weights[(unit(&[draw, n as u64]) * order.len() as f64) as usize] += 1.0;
        }
        draws.iter_mut().zip(once(tested, &order, &weights)).for_each(|(all, one)| all.push(one));
    }
    std::array::from_fn(|n| {
        draws[n].sort_by(f64::total_cmp);
        Figure { value: value[n], low: draws[n][2], high: draws[n][97] }
    })
}

/// [`FIGURES`] of rows of those weights.
fn once(tested: &[Tested], order: &[usize], weights: &[f64]) -> [f64; FIGURES] {
    let mut all = Sums::default();
    order.iter().for_each(|&i| count(&mut all, &tested[i], weights[i]));
    let (all, mass) = (effect(&all), order.iter().map(|&i| weights[i]).sum::<f64>());
    let mut sums = Sums::default();
    let (mut seen, mut share, mut area) = (0.0, 0.0, 0.0);
    let mut curve = Vec::with_capacity(PARTS);
    for &i in order {
        count(&mut sums, &tested[i], weights[i]);
        seen += weights[i];
        // A part ends before the row that is not wholly in it.
        while curve.len() < PARTS - 1 && seen > mass * (curve.len() + 1) as f64 / PARTS as f64 {
            curve.push(share);
        }
        let before = share;
        share = effect(&sums) * seen / mass / all;
        area += weights[i] / mass * (before + share) / 2.0;
    }
    curve.resize(PARTS, share);
    let [ten, twenty, half] = TOLD.map(|parts| curve[parts - 1]);
    [ten, twenty, half, curve.iter().sum::<f64>() / PARTS as f64, area]
}

impl Uplift {
    /// As a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}\n{} rows tested; being sent to adds {:.4} to the rate\n\n{:28}{:>20}{:>8}{:>8}{:>8}{:>8}\n",
            self.file,
            self.test_rows,
            self.effect,
            "ordered by",
            "inc@20",
            "inc@10",
            "inc@50",
            "AUUC",
            "area"
        );
        for (name, [ten, twenty, half, auuc, area]) in &self.orders {
            let interval = format!("{:.3} ({:.2}-{:.2})", twenty.value, twenty.low, twenty.high);
            let rest = [ten, half, auuc, area].map(|figure| format!("{:>8.3}", figure.value)).concat();
            text.push_str(&format!("{name:28}{interval:>20}{rest}\n"));
        }
        text.push_str(
            "\ninc@K: share of all additional engagement in the first K % of the sends; AUUC: its\n",
        );
        text.push_str(
            "mean over K = 5, 10 ... 100 (by chance 0.525); area: under all of it (by chance 0.5).\n",
        );
        text
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let figure = |f: &Figure| json!({"value": f.value, "low": f.low, "high": f.high});
        let order = |(name, [ten, twenty, half, auuc, area]): &(String, [Figure; FIGURES])| {
            json!({"name": name, "inc10": figure(ten), "inc20": figure(twenty), "inc50": figure(half),
                "auuc": figure(auuc), "area": figure(area)})
        };
        let orders: Vec<Value> = self.orders.iter().map(order).collect();
        json!({"file": self.file, "test_rows": self.test_rows, "effect": self.effect, "orders": orders})
    }
}
