//! One channel's way through the dispatcher: idle, claiming, beginning; how much it has under way; when it claims next.

use std::collections::BTreeMap;
use std::time::Duration;

use stentor_core::id::MessageId;
use stentor_core::time::Timestamp;
use stentor_store::{Begun, Claimed};

use super::plan::Planning;
use crate::engine::planner::Plan;
use crate::engine::step::LOOK;

pub use super::plan::Records;

/// So many are claimed at once where nothing may leave: a stopped template's million must not hold up the others.
const SWEEP_MAX: usize = 256;

/// How many a channel claims at once: what may leave in the time `ahead`, and one.
fn batch(rate_per_s: u32, ahead: Duration) -> usize {
    let millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
    let leave = u64::from(rate_per_s).saturating_mul(millis).div_ceil(1_000);
    usize::try_from(leave).unwrap_or(usize::MAX).saturating_add(1)
}

/// What a channel is doing.
#[derive(Debug, Default)]
pub(super) enum Stage {
    #[default]
    Idle,
    Claiming {
        limit: usize,
    },
    Beginning(BTreeMap<MessageId, Claimed>),
}

/// One channel.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub stage: Stage,
    /// Begun and not yet booked.
    pub in_flight: usize,
    /// Those of them of which nobody knows whether they were begun.
    pub in_doubt: usize,
    /// When something is due; `None`: not until it is woken.
    due: Option<Timestamp>,
    /// Woken while a claim was under way: its answer may not have seen why.
    is_woken: bool,
    /// The budget, or the store, has nothing before then.
    not_before: Timestamp,
    /// How many the next claim takes at least, where the last one found only what may not leave.
    sweep: usize,
    /// When the next departure may leave, in microseconds.
    free_micros: i64,
    /// When it was decided about what is being begun.
    pub decided_at: Timestamp,
    planning: Planning,
}

impl Lane {
    pub fn wake(&mut self, now: Timestamp) {
        self.due = Some(self.due.map_or(now, |due| due.min(now)));
        self.is_woken = true;
    }

    /// When it claims next, if it is free to.
    pub fn claims_at(&self) -> Option<Timestamp> {
        let is_free = matches!(self.stage, Stage::Idle) && self.in_doubt == 0;
        self.due.filter(|_| is_free).map(|due| due.max(self.not_before))
    }

    /// What counts against the limit of messages under way.
    pub fn used(&self) -> usize {
        self.in_flight
            + match &self.stage {
                Stage::Idle => 0,
                Stage::Claiming { limit } => *limit,
                Stage::Beginning(rows) => rows.len(),
            }
    }

    /// How many it claims at once.
    pub fn batch(&self, rate_per_s: u32, ahead: Duration) -> usize {
        batch(rate_per_s, ahead).max(self.sweep)
    }

    /// Whether nothing of a claim might leave: then the next one takes more.
    pub fn swept(&mut self, rate_per_s: u32, ahead: Duration, nothing_left: bool) {
        let claimed = self.batch(rate_per_s, ahead);
        self.sweep = if nothing_left { (claimed * 2).min(SWEEP_MAX) } else { 0 };
    }

    pub fn claim(&mut self, limit: usize) {
        self.stage = Stage::Claiming { limit };
        self.is_woken = false;
    }

    pub fn claimed(&mut self, now: Timestamp, next_due: Option<Timestamp>, rows: &[Claimed]) {
        let is_full = matches!(self.stage, Stage::Claiming { limit } if rows.len() >= limit);
        self.stage = Stage::Idle;
        let next_due = self.planning.claimed(now, is_full, rows).or(next_due);
        self.due =
            Some(if self.is_woken { now } else { next_due.map_or(now + LOOK, |due| due.min(now + LOOK)) });
    }

    pub fn begin(&mut self, now: Timestamp, rows: Vec<Claimed>) {
        self.decided_at = now;
        self.stage = Stage::Beginning(rows.into_iter().map(|row| (row.message.id, row)).collect());
    }

    /// The claimed rows of a begin that was answered; what it refused is queued again.
    pub fn begun(&mut self, now: Timestamp, begun: &Begun) -> BTreeMap<MessageId, Claimed> {
        if let Some(at) = begun.wake_at {
            self.not_before = self.not_before.max(at);
        }
        if !begun.over_rate.is_empty() || !begun.skipped.is_empty() {
            self.wake(now);
        }
        self.planning.begun(begun);
        self.abandon()
    }

    /// The claimed rows of a begin nobody knows the outcome of.
    pub fn abandon(&mut self) -> BTreeMap<MessageId, Claimed> {
        match std::mem::take(&mut self.stage) {
            Stage::Beginning(rows) => rows,
            Stage::Idle | Stage::Claiming { .. } => BTreeMap::new(),
        }
    }

    /// The next picks of the plan, at most `limit`; `None`: nothing is planned.
    pub fn picks(&mut self, limit: usize) -> Option<Vec<MessageId>> {
        self.planning.picks(limit)
    }

    /// Why the picks of the plan leave.
    pub fn records(&self) -> Option<&Records> {
        self.planning.records()
    }

    /// When the next plan is made.
    pub fn plans_at(&self) -> Option<Timestamp> {
        self.planning.at()
    }

    /// A plan is asked for.
    pub fn plan_begins(&mut self, now: Timestamp) -> &Planning {
        self.planning.begins(now);
        &self.planning
    }

    /// A plan was made, or none is needed: then what came first leaves first again.
    pub fn planned(&mut self, now: Timestamp, plan: Option<Plan>) {
        self.planning.made(now, plan);
        self.wake(now);
    }

    /// Nothing before `until`; then it looks again.
    pub fn rest(&mut self, now: Timestamp, until: Timestamp) {
        if matches!(self.stage, Stage::Claiming { .. }) {
            self.stage = Stage::Idle;
        }
        self.not_before = self.not_before.max(until);
        self.wake(now);
    }

    /// The next departure's time: as the budget granted it, and never closer to the one before than the rate allows.
    pub fn departs_at(&mut self, now: Timestamp, begun: &Begun) -> Timestamp {
        let micros = |by: Duration| i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        let granted = now.millis().saturating_mul(1_000).saturating_add(micros(begun.first));
        let at = self.free_micros.max(granted);
        self.free_micros = at.saturating_add(micros(begun.every));
        Timestamp::from_millis(at.div_euclid(1_000))
    }
}
