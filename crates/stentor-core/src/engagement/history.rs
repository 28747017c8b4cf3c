//! What is counted of the account as a whole and of each template.

use std::collections::BTreeMap;

use super::baseline::rate;
use super::counts::{Counts, fatigue_bucket};
use super::entry::Goal;
use super::{Person, Tally};

/// How many sends at the configured rate an account starts with.
const PRIOR_SENDS: f64 = 20.0;
/// How many sends a template is drawn to the account's rate by.
const SHRINK_SENDS: f64 = 30.0;
/// How many sends a bucket of fatigue is drawn to the account's rate of opt-outs by; opt-outs are rare.
const OPT_OUT_SHRINK_SENDS: f64 = 500.0;
/// The rate of opt-outs before anything was seen.
const OPT_OUT_RATE: f64 = 0.005;
/// Templates counted; the one sent least lately makes room.
const TEMPLATES_MAX: usize = 10_000;

/// One template's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct TemplateCounts {
    pub(super) counts: Counts,
    /// The minutes of the first and of the last send.
    pub(super) first_minute: u32,
    pub(super) last_minute: u32,
}

/// The account's counts.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The rates that it starts with, by goal.
    pub(super) base_rates: [f64; 4],
    pub(super) counts: Counts,
    /// By bucket of fatigue: sends and opt-outs.
    pub(super) fatigue: [[f64; 2]; 4],
    pub(super) templates: BTreeMap<u64, TemplateCounts>,
}

impl History {
    /// Before anything was sent.
    #[must_use]
    pub fn new(base_rates: [f64; 4]) -> Self {
        Self { base_rates, counts: Counts::default(), fatigue: [[0.0; 2]; 4], templates: BTreeMap::new() }
    }

    /// The account's rate of a goal.
    #[must_use]
    pub fn rate(&self, goal: Goal) -> f64 {
        self.counts.rate(goal, self.base_rates[goal.index()], PRIOR_SENDS)
    }

    /// How likely an opt-out is after one more message to somebody who had that many in seven days.
    #[must_use]
    pub fn opt_out(&self, messages_in_7_days: usize) -> f64 {
        let all =
            self.fatigue.iter().fold([0.0, 0.0], |sum, bucket| [sum[0] + bucket[0], sum[1] + bucket[1]]);
        let account = (all[1] + OPT_OUT_SHRINK_SENDS * OPT_OUT_RATE) / (all[0] + OPT_OUT_SHRINK_SENDS);
        let [sent, out] = self.fatigue[fatigue_bucket(messages_in_7_days)];
        (out + OPT_OUT_SHRINK_SENDS * account) / (sent + OPT_OUT_SHRINK_SENDS)
    }

    /// What the baseline says of somebody; of `None`, the template's shrunken rate.
    #[must_use]
    pub fn baseline(&self, person: Option<&Person>, template: u64, goal: Goal, minute: u32) -> f64 {
        let account = self.rate(goal);
        match person {
            Some(person) => rate(person.tally(goal, minute), account),
            None => {
                let counts = self.templates.get(&template).map_or_else(Counts::default, |t| t.counts);
                rate(Tally { sent: counts.sent, engaged: counts.engaged[goal.index()] }, account)
            }
        }
    }

    /// A template's rate, drawn to the account's.
    pub(super) fn template_rate(&self, template: u64, goal: Goal) -> f64 {
        let account = self.rate(goal);
        self.templates.get(&template).map_or(account, |t| t.counts.rate(goal, account, SHRINK_SENDS))
    }

    pub(super) fn note_send(&mut self, template: u64, minute: u32, fatigue: usize) {
        if !self.templates.contains_key(&template) && self.templates.len() >= TEMPLATES_MAX {
            let oldest = self.templates.iter().min_by_key(|(id, t)| (t.last_minute, **id)).map(|(id, _)| *id);
            oldest.and_then(|id| self.templates.remove(&id));
        }
        let counts = self.templates.entry(template).or_default();
        if counts.first_minute == 0 {
            counts.first_minute = minute;
        }
        counts.last_minute = minute;
        self.fatigue[fatigue][0] += 1.0;
    }

    pub(super) fn note_opt_out(&mut self, fatigue: usize) {
        self.fatigue[fatigue][1] += 1.0;
    }

    /// Counts a matured send and what came of it.
    pub(super) fn count(&mut self, template: u64, seen: [bool; 4], minute: u32) {
        let add = |counts: &mut Counts| {
            *counts = counts.at(minute);
            counts.sent += 1.0;
            for (count, seen) in counts.engaged.iter_mut().zip(seen) {
                *count += f64::from(u8::from(seen));
            }
        };
        add(&mut self.counts);
        if let Some(template) = self.templates.get_mut(&template) {
            add(&mut template.counts);
        }
    }
}
