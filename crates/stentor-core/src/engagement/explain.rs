//! Why a score is what it is, in words.

use super::features::NAMES;
use super::filter::{Effect, Feature, Filter, Loading};

/// How many contributions an explanation names.
pub const TOP: usize = 5;

/// One thing that raised or lowered a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// What it is.
    pub words: &'static str,
    /// By how much, as a logit: 0.7 doubles the odds.
    pub logits: f64,
}

/// The [`TOP`] largest contributions of a row, the largest first; ties in the order of the features. The account's usual
/// rate (the bias) is where everybody starts and is not among them.
#[must_use]
pub fn contributions(
    filter: &Filter,
    row: &[Feature],
    effect: &Effect,
    loading: Loading,
) -> Vec<Contribution> {
    let of_feature = |&(index, value): &Feature| {
        let names = NAMES.get(usize::from(index))?;
        let mean = filter.means().get(usize::from(index))?;
        Some(Contribution { words: names[usize::from(value < 0.0)], logits: mean * value })
    };
    let mut all: Vec<_> = row.iter().filter(|(index, _)| *index > 0).filter_map(of_feature).collect();
    let [general, cosine, sine] = effect.mean.map(f64::from);
    let of_person = |logits: f64, words: [&'static str; 2]| Contribution {
        words: words[usize::from(logits < 0.0)],
        logits,
    };
    all.push(of_person(
        general * loading[0],
        ["engages more than such people do", "engages less than such people do"],
    ));
    all.push(of_person(
        cosine * loading[1] + sine * loading[2],
        ["reads more at this time of day", "reads less at this time of day"],
    ));
    all.retain(|one| one.logits != 0.0);
    all.sort_by(|a, b| b.logits.abs().total_cmp(&a.logits.abs()));
    all.truncate(TOP);
    all
}
