//! Rows whose chances are known: the model must find them, and what it may not see must not help it.

use stentor_core::engagement::sigmoid;

use crate::dataset::{Dataset, Row, Timing, is_train, unit};
use crate::replay::{Labels, replay};
use crate::{alarms, file};

/// `n` rows with one number that matters, one that does not, and people who differ by as much again.
fn made(n: u64, timing: Timing) -> Dataset {
    let row = |i: u64| {
        let (x, noise, person) = (4.0 * unit(&[1, i]) - 2.0, unit(&[2, i]), i % 40);
        let p = sigmoid(-1.0 + x + 2.0 * (unit(&[3, person]) - 0.5));
        Row {
            label: unit(&[4, i]) < p,
            is_train: if timing == Timing::Split { is_train(i) } else { i < n / 2 },
            features: vec![(0, 1.0), (1, x), (2, noise)],
            recipient: Some(person),
            group: i / 100,
            sent_day: (i / 100) as i64,
            known_day: (i / 100) as i64 + 2,
            engaged_day: Some((i / 100) as i64),
        }
    };
    let rows = (0..n).map(row).collect();
    Dataset { rows, names: Vec::new(), features: 3, orders: Vec::new(), timing, notes: Vec::new() }
}

#[test]
fn the_model_beats_the_baseline_where_there_is_something_to_see() {
    for timing in [Timing::Split, Timing::Dates] {
        let data = made(3_000, timing);
        let report = file::judge("made".as_ref(), &data).json();
        let auc = |name: &str| {
            let orders = report["orders"].as_array().expect("orders");
            let one = orders.iter().find(|one| one["name"] == name).expect(name);
            one["auc"]["value"].as_f64().expect("a number")
        };
        let (model, baseline) = (auc("model"), auc("baseline (Beta-Binomial)"));
        assert!(model > 0.75 && model > baseline + 0.05 && baseline > 0.55, "{timing:?}: {model} {baseline}");
    }
}

#[test]
fn what_is_not_known_yet_is_not_used() {
    let data = made(2_000, Timing::Dates);
    let before = replay(&data, Labels::Mature, false);
    let mut changed = data.clone();
    // Labels known from day 12 on cannot change what is said on day 12 or before.
    let late = |row: &&mut Row| row.known_day >= 12;
    changed.rows.iter_mut().filter(late).for_each(|row| row.label = !row.label);
    let after = replay(&changed, Labels::Mature, false);
    // The base rate is that of the training rows: days 0 to 9 alone.
    let flipped =
        changed.rows.iter().zip(&data.rows).filter(|(a, b)| a.label != b.label && a.is_train).count();
    assert_eq!(flipped, 0);
    for (i, row) in data.rows.iter().enumerate() {
        let is_same = before.model[i].to_bits() == after.model[i].to_bits();
        assert_eq!(is_same, row.sent_day <= 12, "day {}", row.sent_day);
    }
}

#[test]
fn a_report_fits_a_terminal_and_draws() {
    let data = made(600, Timing::Blocks);
    let report = file::judge("made".as_ref(), &data);
    let table = report.table();
    assert!(table.lines().all(|line| line.chars().count() <= 90), "{table}");
    assert!(table.contains("model, train rows only") && table.contains("logistic (batch)"), "{table}");
    let svg = report.plot().expect("drawn");
    assert!(
        svg.starts_with("<svg") && svg.contains("Beta-Binomial") && svg.contains("polyline"),
        "{svg:.200}"
    );
}

#[test]
fn a_naive_interval_cries_wolf_and_ours_does_not() {
    let [always, naive] = alarms::alarms(1, 60, 1_000).shares();
    assert!(always <= 0.07 && naive > 0.2, "{always} {naive}");
}
