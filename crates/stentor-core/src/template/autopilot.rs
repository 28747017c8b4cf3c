//! Whether a template harms the number that sends it, by what people did with its messages: stopped here before the
//! platform stops it. Decides on counts alone; whoever asks holds the template, tells of it, and lets a person resume it.

use super::beta::below;
use super::kind::{Category, Quality};
use super::reception::Reception;
use crate::registry::Template;
use crate::time::Timestamp;

/// What counts as harm. Every rate is judged by its posterior: few messages prove little, and nothing is held for what
/// chance explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Messages of a new template that are spread over [`Rules::spread`].
    pub first_messages: u32,
    /// Over how long; zero: not at all.
    pub spread: std::time::Duration,
    /// Share of people who stop the business's marketing, of those who got the template: above it, it is held.
    pub opt_outs_max: f64,
    /// Share of failures of what was handed over: above it, it is held.
    pub failures_max: f64,
    /// Its read rate as a share of the account's other templates': below it, it is held.
    pub reads_min: f64,
    /// How sure the verdict must be: 0.5 to 1.
    pub confidence: f64,
    /// Messages without which nothing is judged.
    pub sample_min: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            first_messages: 500,
            spread: std::time::Duration::from_mins(30),
            opt_outs_max: 0.02,
            failures_max: 0.3,
            reads_min: 0.5,
            confidence: 0.95,
            sample_min: 30.0,
        }
    }
}

/// What a template is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Too many people stop the business's marketing after it.
    OptOuts,
    /// Too many of its messages fail.
    Failures,
    /// Too few read it.
    Reads,
    /// The platform's score of it is RED: people block it, which nothing else tells.
    Blocks,
}

impl Fault {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::OptOuts, Self::Failures, Self::Reads, Self::Blocks];

    /// The word in the store, the metrics and the admin API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOuts => "opt_outs",
            Self::Failures => "failures",
            Self::Reads => "reads",
            Self::Blocks => "blocks",
        }
    }

    /// The fault of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == word)
    }
}

/// A template is held by us: distinct from the platform's PAUSED, ended by a person alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub at: Timestamp,
    /// For what.
    pub fault: Fault,
    /// With the figures, for people.
    pub detail: String,
}

/// The first fault that is sure beyond [`Rules::confidence`], with its figures. `others`: the account's other templates
/// together; both counts as of now.
///
/// ```
/// use stentor_core::template::{Fault, Quality, Rules, Reception, fault_of};
/// let seen = |delivered, opted_out| Reception { delivered, taken: delivered, opted_out, ..Reception::default() };
/// let judged = |reception| fault_of(&Rules::default(), &reception, &Reception::default(), Quality::Unknown);
/// assert_eq!(judged(seen(100.0, 2.0)), None); // two in a hundred may be chance
/// assert_eq!(judged(seen(100.0, 8.0)).unwrap().0, Fault::OptOuts);
/// assert_eq!(judged(seen(20.0, 20.0)), None); // too few to judge
/// ```
#[must_use]
pub fn fault_of(
    rules: &Rules,
    mine: &Reception,
    others: &Reception,
    quality: Quality,
) -> Option<(Fault, String)> {
    if quality == Quality::Red {
        return Some((Fault::Blocks, "the platform scores it RED: people block or report it".to_owned()));
    }
    let people = |n: f64, of: f64, what: &str, bound: f64| {
        format!("{n:.0} of {of:.0} {what}; more than {:.1} % is too many", bound * 100.0)
    };
    if exceeds(rules, mine.opted_out, mine.delivered, rules.opt_outs_max) {
        let what = "people who got it stopped marketing messages";
        return Some((Fault::OptOuts, people(mine.opted_out, mine.delivered, what, rules.opt_outs_max)));
    }
    // What the upstream refused was never taken.
    let tried = mine.taken.max(mine.delivered + mine.failed);
    if exceeds(rules, mine.failed, tried, rules.failures_max) {
        return Some((Fault::Failures, people(mine.failed, tried, "messages failed", rules.failures_max)));
    }
    unread(rules, mine, others)
}

/// How much the common experience weighs against what is seen, in messages.
const PRIOR_MESSAGES: f64 = 20.0;
/// Deliveries of an account's other templates without which there is nothing to compare with.
const COMPARED_MIN: f64 = 200.0;

/// Whether a rate is above its bound. Before anything is seen it is believed to be half of it.
fn exceeds(rules: &Rules, seen: f64, of: f64, bound: f64) -> bool {
    let (a, b) = (PRIOR_MESSAGES * bound / 2.0, PRIOR_MESSAGES * (1.0 - bound / 2.0));
    of >= rules.sample_min && 1.0 - below(bound, a + seen, b + (of - seen).max(0.0)) > rules.confidence
}

/// Whether its read rate is below the share of the account's. Before anything is seen it is believed to be the account's.
fn unread(rules: &Rules, mine: &Reception, others: &Reception) -> Option<(Fault, String)> {
    let (exposed, usual) = (mine.exposed(), others.exposed());
    if exposed < rules.sample_min || usual < COMPARED_MIN {
        return None;
    }
    let rate = (others.read / usual).min(1.0);
    let bound = rate * rules.reads_min;
    let (a, b) = (PRIOR_MESSAGES * rate + mine.read, PRIOR_MESSAGES * (1.0 - rate) + (exposed - mine.read));
    let is_sure = a > 0.0 && b > 0.0 && below(bound, a, b) > rules.confidence;
    is_sure.then(|| {
        let (mine, usual) = (mine.read / exposed * 100.0, rate * 100.0);
        let detail = format!("{mine:.0} % read it by now, of the account's other templates {usual:.0} %");
        (Fault::Reads, detail)
    })
}

/// Since when a template's messages are spread: new, doubted by the platform, or resumed by a person. `None`: they are
/// not; a fixture never.
#[must_use]
pub fn spread_since(template: &Template) -> Option<Timestamp> {
    let may = template.category == Category::Marketing && !template.pinned && template.deleted_at.is_none();
    let doubted = template
        .health
        .quality_at
        .filter(|_| matches!(template.health.quality, Quality::Yellow | Quality::Red));
    template.approved_at.max(doubted).max(template.resumed_at).filter(|_| may)
}

/// When the message with number `n` of a template may leave, whose first was accepted at `first_at`; those beyond
/// [`Rules::first_messages`] come after all of them.
///
/// ```
/// use stentor_core::{template::{Rules, slot}, time::Timestamp};
/// let at = Timestamp::from_secs;
/// let slot = |n| slot(&Rules::default(), at(1_000), n);
/// assert_eq!([slot(0), slot(250), slot(500), slot(90_000)], [at(1_000), at(1_900), at(2_800), at(2_800)]);
/// ```
#[must_use]
pub fn slot(rules: &Rules, first_at: Timestamp, n: u32) -> Timestamp {
    let first = rules.first_messages.max(1);
    first_at + rules.spread.mul_f64(f64::from(n.min(first)) / f64::from(first))
}

#[cfg(test)]
mod tests;
