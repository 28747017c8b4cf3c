//! `stentor eval FILE`: the file read, the model run, every order judged.

use std::path::Path;

use serde_json::{Value, json};

use crate::EvalError;
use crate::dataset::{Dataset, Timing};
use crate::mapping::Mapping;
use crate::metrics::{Figure, Figures, Judged, bins, figures, order};
use crate::plot::{Line, Panel};
use crate::replay::{Labels, replay};
use crate::source::first_line;
use crate::{batch, svm, table};

/// Points of a gains curve.
const CURVE_POINTS: usize = 100;

/// What was found in a file.
pub struct Report {
    /// The file.
    pub file: String,
    /// What it is like.
    pub about: Value,
    /// What was done to it.
    pub notes: Vec<String>,
    /// Every order, and its scores of the test rows.
    pub orders: Vec<Judgement>,
    labels: Vec<bool>,
    /// The test rows' places in the file.
    rows: Vec<usize>,
}

/// One order and what came of it.
pub struct Judgement {
    /// Its name.
    pub name: String,
    /// Its figures.
    pub figures: Figures,
    /// Are its scores probabilities?
    pub is_probability: bool,
    scores: Vec<f64>,
}

/// Reads a file by its content: a table where its first line has a separator of tables, else a design. `companion`: for
/// a design without people and dates, the table of the same rows that has them.
///
/// # Errors
/// [`EvalError`], with the line.
pub fn read(path: &Path, mapping: &Mapping, companion: Option<&Path>) -> Result<Dataset, EvalError> {
    if is_table(path)? {
        return table::read(path, mapping);
    }
    let mut data = svm::read(path)?;
    if let Some(companion) = companion {
        let other = table::read(companion, mapping)?;
        let fits = other.rows.len() == data.rows.len()
            && other.rows.iter().zip(&data.rows).all(|(a, b)| a.label == b.label && a.is_train == b.is_train);
        if !fits {
            let what = format!("its rows are not those of {}: same number, order and labels", path.display());
            return Err(EvalError::File { path: companion.to_owned(), what });
        }
        for (row, with) in data.rows.iter_mut().zip(other.rows) {
            *row = crate::dataset::Row { features: std::mem::take(&mut row.features), ..with };
        }
        (data.orders, data.timing) = (other.orders, other.timing);
        data.notes.push(format!("people, mailings and dates are from {}", companion.display()));
    }
    Ok(data)
}

/// A design's lines begin with a label and a blank; a table's have separators in their header.
fn is_table(path: &Path) -> Result<bool, EvalError> {
    let Some(line) = first_line(path)? else { return Ok(false) };
    let first = line.split_ascii_whitespace().next().unwrap_or_default();
    Ok(first.contains([',', ';']) || line.contains(['\t', ',', ';']) && !line.contains(':'))
}

/// Judges the model, the baseline and the simple orders on a file's test rows.
#[must_use]
pub fn judge(path: &Path, data: &Dataset) -> Report {
    let test = data.test_rows();
    let of = |all: &[f64]| test.iter().map(|&i| all[i]).collect::<Vec<f64>>();
    let labels: Vec<bool> = test.iter().map(|&i| data.rows[i].label).collect();
    let groups: Vec<u64> = test.iter().map(|&i| data.rows[i].group).collect();
    let has_groups = groups.iter().any(|group| *group != groups[0]);
    let mut orders = Vec::new();
    let mut add = |name: &str, scores: Vec<f64>, is_probability: bool| {
        let judged = Judged {
            scores: &scores,
            labels: &labels,
            rows: &test,
            groups: &groups,
            are_probabilities: is_probability,
            has_groups,
        };
        let figures = figures(&judged);
        orders.push(Judgement { name: name.to_owned(), figures, is_probability, scores });
    };
    let said = replay(data, Labels::Mature, false);
    add("model", of(&said.model), true);
    let has_people = data.rows.iter().any(|row| row.recipient.is_some());
    add(
        if has_people { "baseline (Beta-Binomial)" } else { "baseline (overall rate)" },
        of(&said.baseline),
        true,
    );
    if data.timing != Timing::Split {
        add("model, train rows only", of(&replay(data, Labels::Mature, true).model), true);
    }
    if data.timing == Timing::Dates && data.rows.iter().any(|row| row.engaged_day.is_some()) {
        add("model, labels at event", of(&replay(data, Labels::AtEvent, false).model), true);
    }
    if let Some(all) = batch::logistic(data) {
        add("logistic (batch)", of(&all), true);
    }
    for order in &data.orders {
        add(&order.name, of(&order.scores), false);
    }
    let random: Vec<f64> = (0..test.len() as u64).map(|n| crate::dataset::unit(&[0, n])).collect();
    add("random", random, false);
    let engaged = labels.iter().filter(|label| **label).count();
    let about = json!({
        "rows": data.rows.len(),
        "train_rows": data.rows.len() - test.len(),
        "test_rows": test.len(),
        "test_engaged": engaged,
        "test_rate": engaged as f64 / test.len() as f64,
        "features": data.features,
        "timing": timing(data.timing),
        "labels_learnt": said.labels,
    });
    Report { file: path.display().to_string(), about, notes: data.notes.clone(), orders, labels, rows: test }
}

const fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Split => "split",
        Timing::Blocks => "blocks",
        Timing::Dates => "dates",
    }
}

impl Report {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let figure = |f: &Figure| json!({"value": f.value, "low": f.low, "high": f.high});
        let gains =
            |g: &[Figure; 3]| json!({"g10": figure(&g[0]), "g20": figure(&g[1]), "g50": figure(&g[2])});
        let order = |one: &Judgement| {
            let f = &one.figures;
            let mut told = json!({"name": one.name, "auc": figure(&f.auc)});
            let optional = [("log_loss", &f.log_loss), ("ece", &f.ece)];
            for (name, value) in optional.into_iter().filter_map(|(name, f)| Some((name, f.as_ref()?))) {
                told[name] = figure(value);
            }
            told["gains"] = gains(&f.gains);
            if let Some(inside) = &f.gains_inside {
                told["gains_inside_mailing"] = gains(inside);
            }
            told["t90"] = figure(&f.t90);
            told
        };
        let orders: Vec<Value> = self.orders.iter().map(order).collect();
        json!({"file": self.file, "about": self.about, "notes": self.notes, "orders": orders})
    }

    /// As a table of 80 columns.
    #[must_use]
    pub fn table(&self) -> String {
        let about = |name: &str| &self.about[name];
        let mut text = format!(
            "{}\n{} rows, {} to learn from, {} to test ({:.1} % engaged), {} features\n",
            self.file,
            about("rows"),
            about("train_rows"),
            about("test_rows"),
            100.0 * about("test_rate").as_f64().unwrap_or(0.0),
            about("features"),
        );
        text.push_str(match about("timing").as_str() {
            Some("blocks") => {
                "In the order of time: a block of 1,000 is scored, then learnt, then the next.\n"
            }
            Some("dates") => "By dates: a row is scored with the labels whose window had closed by then.\n",
            _ => "Split: the training rows are learnt once, in order; then nothing more.\n",
        });
        self.notes.iter().for_each(|note| text.push_str(&format!("Note: {note}.\n")));
        text.push_str(&format!(
            "\n{:25}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>7}\n",
            "ordered by", "AUC", "logloss", "ECE", "g10", "g20", "g50", "t90"
        ));
        for one in &self.orders {
            let f = &one.figures;
            let [g10, g20, g50] = f.gains.map(Some);
            row(&mut text, &one.name, &[Some(f.auc), f.log_loss, f.ece, g10, g20, g50], Some(f.t90));
        }
        if self.orders.iter().any(|one| one.figures.gains_inside.is_some()) {
            text.push_str(&format!(
                "\n{:25}{:>8}{:>8}{:>8}\n",
                "inside each mailing/block", "g10", "g20", "g50"
            ));
            for one in &self.orders {
                if let Some(gains) = one.figures.gains_inside {
                    row(&mut text, &one.name, &gains.map(Some), None);
                }
            }
        }
        text.push_str(
            "\ngK: share of all engaged in the first K % of the sends; t90: share of the sends that\n",
        );
        text.push_str(
            "reaches 90 % of them; ± half of the interval that 95 of 100 bootstrap draws lie in.\n",
        );
        text
    }

    /// Gains and calibration as SVG.
    ///
    /// # Errors
    /// [`EvalError::Plot`].
    pub fn plot(&self) -> Result<String, EvalError> {
        let shown: Vec<&Judgement> = self.orders.iter().take(6).collect();
        let gains =
            shown.iter().map(|one| Line { name: one.name.clone(), points: self.gains(one) }).collect();
        let calibrated: Vec<Line> =
            shown.iter().filter(|one| one.is_probability).map(|one| self.calibration(one)).collect();
        let top =
            calibrated.iter().flat_map(|line| &line.points).fold(0.05_f64, |top, (x, y)| top.max(*x).max(*y));
        let top = (top * 1.05).min(1.0);
        let mut lines = vec![Line { name: "exact".to_owned(), points: vec![(0.0, 0.0), (top, top)] }];
        lines.extend(calibrated);
        // The same colours left and right.
        lines.rotate_left(1);
        crate::plot::svg(&[
            Panel {
                title: "Who engages, if the first are sent to".to_owned(),
                axes: ["share of the sends", "share of the engaged"],
                ranges: [(0.0, 1.0); 2],
                lines: gains,
                has_marks: false,
            },
            Panel {
                title: "What is said and what comes".to_owned(),
                axes: ["predicted (ten bins of equal mass)", "engaged"],
                ranges: [(0.0, top); 2],
                lines,
                has_marks: true,
            },
        ])
    }

    fn gains(&self, one: &Judgement) -> Vec<(f64, f64)> {
        let order = order(&one.scores, &self.rows);
        let all = self.labels.iter().filter(|label| **label).count().max(1) as f64;
        let mut points = vec![(0.0, 0.0)];
        let mut reached = 0.0;
        for (n, &i) in order.iter().enumerate() {
            reached += f64::from(u8::from(self.labels[i]));
            let is_due = (n + 1) * CURVE_POINTS / order.len() > n * CURVE_POINTS / order.len();
            if is_due {
                points.push(((n + 1) as f64 / order.len() as f64, reached / all));
            }
        }
        points
    }

    fn calibration(&self, one: &Judgement) -> Line {
        let weights = vec![1.0; self.labels.len()];
        let bins = bins(&one.scores, &self.labels, &order(&one.scores, &self.rows), &weights);
        let mut points: Vec<(f64, f64)> =
            bins.iter().filter(|bin| bin[0] > 0.0).map(|bin| (bin[1], bin[2])).collect();
        points.reverse();
        Line { name: one.name.clone(), points }
    }
}

fn row(text: &mut String, name: &str, figures: &[Option<Figure>], last: Option<Figure>) {
    let name: String = name.chars().take(25).collect();
    let (mut values, mut spreads) = (format!("{name:25}"), " ".repeat(25));
    let mut cell = |figure: Option<Figure>, width: usize| match figure {
        Some(f) => {
            values.push_str(&format!("{:>width$.4}", f.value));
            spreads.push_str(&format!("{:>width$}", format!("±{:.3}", (f.high - f.low) / 2.0)));
        }
        None => [&mut values, &mut spreads].into_iter().for_each(|line| line.push_str(&" ".repeat(width))),
    };
    figures.iter().for_each(|figure| cell(*figure, 8));
    if let Some(last) = last {
        cell(Some(last), 7);
    }
    for line in [values, spreads] {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
