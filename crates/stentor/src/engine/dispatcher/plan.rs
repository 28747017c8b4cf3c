//! A channel's plan as the dispatcher goes through it: what leaves next, why, and when it is planned anew.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stentor_core::id::MessageId;
use stentor_core::learning::Kind;
use stentor_core::registry::Channel;
use stentor_core::route::Route;
use stentor_core::time::Timestamp;
use stentor_store::{Begun, Claimed};

use super::Limits;
use super::work::Asked;
use crate::engine::planner::{Brief, PLANNED_FOR, Plan, Window};
use crate::minds::Mind;
use crate::registry::Snapshot;

/// Where nothing competed it is not asked again for so long.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// After a plan that is used up the next is made so soon at the earliest.
const PLAN_AGAIN: Duration = Duration::from_secs(5);
/// A plan is for so many times as long as the one before took to make, which is long where the queue is and time runs
/// fast: planning is a small part of what goes on.
const TIMES_AS_LONG: u32 = 16;
/// The next is begun when so many times as long is left of it, so that nothing waits for a plan.
const LEAD: u32 = 2;
/// However long that was: a machine may have slept meanwhile.
const PLANNED_FOR_MAX: Duration = Duration::from_hours(2);

/// Why messages leave, as bytes.
pub type Records = HashMap<MessageId, Box<[u8]>>;

/// A channel's planning.
#[derive(Debug, Default)]
pub(super) struct Planning {
    /// What leaves next; `None`: nothing is planned.
    picks: Option<VecDeque<MessageId>>,
    records: Records,
    /// When the next plan is made; `None`: when something competes.
    at: Option<Timestamp>,
    /// When it may be at the earliest.
    not_before: Timestamp,
    /// The one that is being made was begun then.
    under_way: Option<Timestamp>,
    /// So long the last one took.
    took: Duration,
    /// What was last handed out of the plan, until it is claimed.
    handed_out: Vec<MessageId>,
    window: Arc<Mutex<Window>>,
}

impl Planning {
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.at.filter(|_| self.under_way.is_none()).map(|at| at.max(self.not_before))
    }

    pub(super) fn begins(&mut self, now: Timestamp) {
        self.under_way = Some(now);
    }

    /// For how long the next plan is to be.
    pub(super) fn horizon(&self) -> Duration {
        (self.took * TIMES_AS_LONG).clamp(PLANNED_FOR, PLANNED_FOR_MAX)
    }

    pub(super) fn records(&self) -> Option<&Records> {
        self.picks.as_ref().map(|_| &self.records)
    }

    pub(super) fn made(&mut self, now: Timestamp, plan: Option<Plan>) {
        let horizon = self.horizon();
        self.took = self.under_way.take().map_or(Duration::ZERO, |began| now.since(began));
        let Some(plan) = plan else {
            *self = Self { not_before: now + ASK_AGAIN, took: self.took, ..Self::default() };
            return;
        };
        // What the plan before has handed out may still leave, and by that plan's reasons.
        self.records.retain(|id, _| self.handed_out.contains(id));
        self.picks = Some(plan.picks.iter().map(|(id, _)| *id).collect());
        self.records.extend(plan.picks);
        let lead = (self.took * LEAD).min(horizon / 2);
        self.at = Some(now + horizon - lead);
        self.not_before = now + PLAN_AGAIN;
    }

    pub(super) fn picks(&mut self, limit: usize) -> Option<Vec<MessageId>> {
        let picks = self.picks.as_mut()?;
        self.handed_out = picks.drain(..limit.min(picks.len())).collect();
        Some(self.handed_out.clone())
    }

    /// A claim was answered; when the next is to be, where the plan says it.
    pub(super) fn claimed(&mut self, now: Timestamp, is_full: bool, rows: &[Claimed]) -> Option<Timestamp> {
        if is_full {
            self.hand_back(rows);
        }
        match &self.picks {
            Some(picks) if picks.is_empty() => {
                self.at = Some(now);
                None
            }
            Some(_) => Some(now),
            None => {
                let is_marketing = |row: &Claimed| row.message.route == Route::Optimised;
                if is_full && self.at.is_none() && rows.iter().any(is_marketing) {
                    self.at = Some(now);
                }
                None
            }
        }
    }

    /// What came first, unplanned, may have taken the room of what was handed out: that is next again.
    fn hand_back(&mut self, rows: &[Claimed]) {
        let Some(picks) = &mut self.picks else { return };
        for id in self.handed_out.drain(..).rev() {
            if self.records.contains_key(&id) && rows.iter().all(|row| row.message.id != id) {
                picks.push_front(id);
            }
        }
    }

    /// What there was no room for is next again; what has left is done with.
    pub(super) fn begun(&mut self, begun: &Begun) {
        let Some(picks) = &mut self.picks else { return };
        for id in begun.over_rate.iter().rev().filter(|id| self.records.contains_key(id)) {
            picks.push_front(*id);
        }
        for message in &begun.messages {
            self.records.remove(&message.id);
        }
    }
}

/// What a plan of the channel is asked with.
pub(super) fn asked(
    facts: &Snapshot,
    channel: &Channel,
    mind: Mind,
    limits: &Limits,
    planning: &Planning,
) -> Asked {
    let account = channel.account;
    let wishes = facts.delivery(account);
    let kind = |r: &crate::registry::Registered| {
        let id = r.template.id;
        (id.0.cast_unsigned(), Kind::of(&r.definition, wishes.goal(id)))
    };
    let kinds: BTreeMap<u64, Kind> = facts.templates(account).map(kind).collect();
    let brief = Brief {
        rate_per_s: channel.rate_per_s,
        horizon: planning.horizon(),
        mode: wishes.mode,
        modes: wishes.modes.iter().map(|(id, mode)| (id.0.cast_unsigned(), *mode)).collect(),
        quiet_hours: facts.account(account).and_then(|account| account.quiet_hours),
        seed: account.0.cast_unsigned(),
    };
    let window_max = window_max(limits.window_max, channel.rate_per_s);
    let profiles_all = limits.profiles_all;
    let window = Arc::clone(&planning.window);
    Asked { account, channel: channel.id, brief, kinds, mind, window, window_max, profiles_all }
}

/// How many a plan chooses among: at least twice what leaves until the next may be made, so that no number is slower for
/// being planned.
fn window_max(configured: usize, rate_per_s: u32) -> usize {
    let least = u64::from(rate_per_s) * 2 * PLAN_AGAIN.as_secs();
    configured.max(usize::try_from(least).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests;
