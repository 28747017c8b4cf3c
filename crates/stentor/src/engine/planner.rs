//! Which of a channel's waiting marketing messages leave next, when more wait than may leave at once. Holds a window of them
//! in memory with what was scored; a plan is for a minute, or for longer where making one takes long, and never changes
//! a row. Pure: the dispatcher's work hands in what waits and what was learnt.

mod slots;
mod window;

use std::sync::PoisonError;
use std::time::Duration;

use stentor_core::engagement::{Learner, Score, Who};
use stentor_core::id::MessageId;
use stentor_core::learning::Record;
use stentor_core::quiet_hours::QuietHours;
use stentor_core::schedule::{Explanation, Mode, Pick, Prices, Queue, Shares, Waiting, choose, prices};
use stentor_core::time::Timestamp;

use super::learner::moment;
use crate::minds::{Mind, Outlook};
use slots::{Clocks, slots};
pub use window::Window;
use window::{Row, sent};

/// A plan is for so long at least.
pub const PLANNED_FOR: Duration = Duration::from_mins(1);
/// Fewer than what leaves in this time do not compete.
const COMPETING: Duration = Duration::from_secs(1);

/// What a plan is made by.
#[derive(Clone, Debug)]
pub struct Brief {
    /// Messages per second that may leave.
    pub rate_per_s: u32,
    /// For how long it is made: [`PLANNED_FOR`] or more.
    pub horizon: Duration,
    /// How the account wants it; `None`: by the length of the queue.
    pub mode: Option<Mode>,
    /// How it wants single templates, by id.
    pub modes: Vec<(u64, Mode)>,
    /// The account's quiet hours.
    pub quiet_hours: Option<QuietHours>,
    /// Draws the randomised slice.
    pub seed: u64,
}

/// What leaves next, in this order, each with why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The messages.
    pub picks: Vec<(MessageId, Box<[u8]>)>,
    /// What is to be expected of the rest.
    pub outlook: Outlook,
}

/// Plans what leaves next; `None` when nothing competes: then everything leaves in the order in which it came.
pub fn plan(now: Timestamp, brief: &Brief, window: &mut Window, mind: &Mind) -> Option<Plan> {
    let rate = f64::from(brief.rate_per_s.max(1));
    let waiting = window.rows.len();
    if waiting as f64 <= rate * COMPETING.as_secs_f64() {
        return None;
    }
    let drains_in = Duration::from_secs_f64(waiting as f64 / rate);
    let usual = brief.mode.unwrap_or_else(|| Mode::automatic(drains_in));
    let mut plan = Plan {
        outlook: Outlook { waiting, expiries: expiries(now, rate, window), drains_in, mode: usual },
        ..Plan::default()
    };
    for mode in Mode::ALL {
        let of =
            |row: &Row| brief.modes.iter().find(|(id, _)| *id == row.template).map_or(usual, |(_, m)| *m);
        let ids: Vec<MessageId> =
            window.rows.iter().filter(|(_, row)| of(row) == mode).map(|(id, _)| *id).collect();
        if !ids.is_empty() {
            // Modes that share a channel share its capacity by how much waits in each.
            let share = rate * ids.len() as f64 / waiting as f64;
            group(now, (brief, mode, share), (window, &ids), mind, &mut plan);
        }
    }
    Some(plan)
}

/// What one mode's messages do next.
fn group(
    now: Timestamp,
    (brief, mode, rate): (&Brief, Mode, f64),
    (window, ids): (&mut Window, &[MessageId]),
    mind: &Mind,
    plan: &mut Plan,
) {
    let slots = slots(now, brief.horizon, mode, rate, ids.len());
    let mut clocks = Clocks::new(brief.quiet_hours, &slots, mode);
    window.score(now, ids, &mut clocks, mind);
    let mut waiting = Vec::with_capacity(ids.len());
    let mut values = Vec::with_capacity(ids.len() * slots.len());
    for id in ids {
        let Some(row) = window.rows.get_mut(id) else { continue };
        let open = clocks.open(row.local_minutes, row.deadline);
        let drawn = row.drawn(brief.seed, &slots, open);
        waiting.push(Waiting {
            message: id.0.cast_unsigned(),
            age: id.0.cast_unsigned(),
            slots: open,
            drawn,
        });
        values.extend(clocks.at(row.local_minutes).moments.iter().map(|at| row.value(*at)));
        values.resize(waiting.len() * slots.len(), 0.0);
    }
    let queue = Queue {
        slots: &slots,
        waiting: &waiting,
        values: &values,
        budget: None,
        mode,
        shares: Shares::default(),
    };
    let costs = if mode == Mode::Early { Prices::none(slots.len()) } else { prices(&queue) };
    let sends = choose(&queue, &costs).sends;
    let learner = mind.read().unwrap_or_else(PoisonError::into_inner);
    for pick in sends {
        let Some(id) = ids.get(pick.at) else { continue };
        if let Some(row) = window.rows.get(id) {
            plan.picks.push((*id, why(now, row, pick, &costs, &learner).into()));
        }
    }
}

/// The record of a decision: what the row was scored by, and what the plan made of it.
fn why(now: Timestamp, row: &Row, pick: Pick, costs: &Prices, learner: &Learner) -> Vec<u8> {
    let (who, at) = (row.who, moment(now, row.local_minutes));
    let message = sent(row, at);
    let score = learner.score(who, &message, now, &[at]);
    let Some(score) = score.first() else { return Vec::new() };
    let named = learner.explain(who, &message, now, at);
    let version = learner.model(row.kind.goal).labels();
    let explanation = Explanation::new(score, named, version, pick.flag, pick.index)
        .at_prices(costs.slots.first().copied().unwrap_or(0.0), costs.budget);
    Record { explanation, is_slice: row.is_slice, usual: f64::from(row.usual) }.bytes()
}

/// How many cannot leave before their deadlines at that rate: earliest deadline first.
fn expiries(now: Timestamp, rate: f64, window: &Window) -> u64 {
    let mut deadlines: Vec<Timestamp> = window.rows.values().map(|row| row.deadline).collect();
    deadlines.sort_unstable();
    let late = |(before, deadline): (u64, &Timestamp)| {
        // As many as leave until then, whole ones.
        let leave = (deadline.since(now).as_secs_f64() * rate) as u64;
        (before + 1).saturating_sub(leave)
    };
    (0..).zip(&deadlines).map(late).max().unwrap_or(0)
}

/// A score as what a send is worth.
fn worth(score: &Score, opt_out: f64) -> f32 {
    stentor_core::schedule::Weights::default().value(score.p, opt_out) as f32
}

/// Whose history may be used.
const fn who(recipient: u64, is_profiled: bool) -> Who {
    if is_profiled { Who::Person(recipient) } else { Who::Nobody }
}

#[cfg(test)]
pub(super) mod tests;
