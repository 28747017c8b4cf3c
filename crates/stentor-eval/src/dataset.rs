//! Rows to evaluate: what is known before a send, what came of it, and when each became known.

use stentor_core::engagement::Feature;
use stentor_core::schedule::mix;

/// Features a file may have: the covariance grows with their square.
pub const FEATURES_MAX: usize = 1_024;

/// One send.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Was it engaged with?
    pub label: bool,
    /// May it be learnt from before the test rows are scored?
    pub is_train: bool,
    /// What is known before; index 0 is the bias.
    pub features: Vec<Feature>,
    /// Whom it was sent to.
    pub recipient: Option<u64>,
    /// The mailing (or block) within which it is ranked.
    pub group: u64,
    /// When it was sent, in days; rows without dates have 0.
    pub sent_day: i64,
    /// When its label is known, in days: when its window closes.
    pub known_day: i64,
    /// When it was engaged with, in days; `None`: not told.
    pub engaged_day: Option<i64>,
}

/// A simple order to compare with: higher goes first.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What it is called.
    pub name: String,
    /// A value a row.
    pub scores: Vec<f64>,
}

/// How labels become known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The training rows first, then nothing more.
    Split,
    /// The training rows first; of the test rows a block is scored, then learnt, then the next.
    Blocks,
    /// By dates: a row is scored when it is sent, with every label known by then.
    Dates,
}

/// A file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The rows, in the order of the file.
    pub rows: Vec<Row>,
    /// What the features are called; may be shorter than there are features.
    pub names: Vec<String>,
    /// How many features there are, the bias included.
    pub features: u16,
    /// Orders that need no model.
    pub orders: Vec<Order>,
    /// How labels become known.
    pub timing: Timing,
    /// What was done to the file's values, for the report.
    pub notes: Vec<String>,
}

/// Splitmix64 of one number: the splits and ties of the public figures are made with it.
#[must_use]
pub fn splitmix64(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Is row `n` one to learn from, in files without dates that do not say? Seven of ten are.
#[must_use]
pub fn is_train(n: u64) -> bool {
    splitmix64(20_261_122 ^ n) % 10 < 7
}

/// A number from 0 to 1 for a name.
#[must_use]
pub fn unit(numbers: &[u64]) -> f64 {
    (mix(numbers) >> 11) as f64 / (1_u64 << 53) as f64
}

impl Dataset {
    /// Rows whose figures are told.
    #[must_use]
    pub fn test_rows(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|&i| !self.rows[i].is_train).collect()
    }

    /// The share of training rows that were engaged with, kept away from 0 and 1.
    #[must_use]
    pub fn base_rate(&self) -> f64 {
        let train = self.rows.iter().filter(|row| row.is_train);
        let (all, engaged) =
            train.fold((0.0, 0.0), |(n, y), row| (n + 1.0, y + f64::from(u8::from(row.label))));
        (engaged + 0.5) / (all + 1.0)
    }

    /// Do all training rows come before all test rows? Then the file is in the order of time.
    #[must_use]
    pub fn is_chronological(&self) -> bool {
        let train = self.rows.iter().filter(|row| row.is_train).count();
        train > 0 && train < self.rows.len() && self.rows[..train].iter().all(|row| row.is_train)
    }
}
