//! Columns of a table as features: numbers at a standard deviation of 1 and, where there are rows enough, in quantile
//! bins too; words as indicators; what is missing as an indicator of its own. Scales come from the training rows alone.

use std::collections::BTreeMap;

use crate::dataset::{FEATURES_MAX, Row};
use crate::table::Table;

/// From so many training rows on, numbers get quantile bins beside their slope.
const BINS_FROM_ROWS: usize = 10_000;
const BINS: usize = 8;
/// A column without negative numbers that reaches this holds amounts.
const LARGE: f64 = 1_000.0;
/// Words of a column that get an indicator; the rarer share one.
const LEVELS_MAX: usize = 50;

/// Appends the features of those columns to the rows; answers all features' names. `has_bins`: numbers get bins too.
///
/// # Errors
/// Where there would be more than [`FEATURES_MAX`].
pub fn fill(
    table: &Table,
    columns: &[usize],
    is_train: &[bool],
    rows: &mut [Row],
    has_bins: bool,
) -> Result<Vec<String>, String> {
    let mut names = vec!["bias".to_owned()];
    for &column in columns {
        let (name, cells) = (&table.headers[column], &table.cells[column]);
        let numbers: Vec<Option<f64>> = cells.iter().map(|cell| number(cell)).collect();
        let is_numeric =
            cells.iter().zip(&numbers).all(|(cell, number)| is_missing(cell) || number.is_some());
        if is_numeric {
            numeric(name, logged(numbers), is_train, rows, &mut names, has_bins);
        } else {
            words(name, cells, is_train, rows, &mut names);
        }
        if names.len() > FEATURES_MAX {
            return Err(format!("more than {FEATURES_MAX} features: leave columns out with --skip"));
        }
    }
    Ok(names)
}

fn is_missing(cell: &str) -> bool {
    ["", "na", "nan", "null", "none"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

fn numeric(
    name: &str,
    cells: Vec<Option<f64>>,
    is_train: &[bool],
    rows: &mut [Row],
    names: &mut Vec<String>,
    has_bins: bool,
) {
    let known = || cells.iter().zip(is_train).filter(|(_, train)| **train).filter_map(|(cell, _)| *cell);
    let count = known().count().max(1) as f64;
    let mean = known().sum::<f64>() / count;
    let deviation = (known().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    if deviation == 0.0 {
        return;
    }
    let slope = names.len() as u16;
    names.push(name.to_owned());
    let missing = cells.iter().any(Option::is_none).then(|| {
        names.push(format!("{name} is missing"));
        slope + 1
    });
    let edges = if has_bins { edges(known().collect()) } else { Vec::new() };
    let first_bin = names.len() as u16;
    (0..=edges.len()).take_while(|_| !edges.is_empty()).for_each(|n| names.push(format!("{name} bin {n}")));
    for (row, cell) in rows.iter_mut().zip(&cells) {
        match cell {
            Some(x) => {
                row.features.push((slope, (x - mean) / deviation));
                if !edges.is_empty() {
                    row.features.push((first_bin + edges.partition_point(|edge| edge <= x) as u16, 1.0));
                }
            }
            None => row.features.extend(missing.map(|index| (index, 1.0))),
        }
    }
}

/// Amounts (never negative, and some of them very large) by their logarithm: what matters is how many times as much.
fn logged(cells: Vec<Option<f64>>) -> Vec<Option<f64>> {
    let is_amount = cells.iter().flatten().all(|x| *x >= 0.0) && cells.iter().flatten().any(|x| *x >= LARGE);
    if is_amount { cells.into_iter().map(|cell| cell.map(f64::ln_1p)).collect() } else { cells }
}

/// The inner borders of quantile bins; none where there are few rows.
fn edges(mut known: Vec<f64>) -> Vec<f64> {
    if known.len() < BINS_FROM_ROWS {
        return Vec::new();
    }
    known.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..BINS).map(|n| known[known.len() * n / BINS]).collect();
    edges.dedup();
    // A border below which nothing lies makes an empty bin.
    edges.retain(|edge| *edge > known[0]);
    edges
}

fn words(name: &str, cells: &[String], is_train: &[bool], rows: &mut [Row], names: &mut Vec<String>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (cell, _) in cells.iter().zip(is_train).filter(|(_, train)| **train) {
        *counts.entry(if is_missing(cell) { "" } else { cell }).or_default() += 1;
    }
    let mut levels: Vec<(&str, usize)> = counts.into_iter().collect();
    levels.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    levels.truncate(LEVELS_MAX);
    let first = names.len() as u16;
    let of: BTreeMap<&str, u16> = levels.iter().zip(first..).map(|((level, _), n)| (*level, n)).collect();
    let shown = |level: &str| if level.is_empty() { "missing" } else { level }.to_owned();
    names.extend(levels.iter().map(|(level, _)| format!("{name} = {}", shown(level))));
    // Rare words, and those that only later rows have.
    let other = names.len() as u16;
    names.push(format!("{name} = another"));
    for (row, cell) in rows.iter_mut().zip(cells) {
        let level = if is_missing(cell) { "" } else { cell.as_str() };
        row.features.push((of.get(level).copied().unwrap_or(other), 1.0));
    }
}
