//! Where a process dies: before or after one of the named points, whichever it passes next.

use stentor::clock::Dice;

/// Every point: calls of the store by their names, and what goes over the wire.
const POINTS: [&str; 14] = [
    "claim",
    "decide",
    "begin",
    "record_sends",
    "release",
    "claim_deliveries",
    "record_deliveries",
    "run_timers",
    "prune",
    "depart",
    "post",
    "accept",
    "record_statuses",
    "erase",
];
/// Where the process learns and plans, these too.
const PLANNING: [&str; 5] = ["claim_planned", "plan", "minds", "learnt_after", "keep_minds"];

/// Points without a middle: every other one is a commit, in which the power may go.
pub const WHOLE: [&str; 7] = ["depart", "post", "record_statuses", "erase", "plan", "minds", "learnt_after"];

/// Before what happens there, or after it and before anybody in the process hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// The point at which the process is to die.
#[derive(Clone, Copy, Debug)]
pub struct Armed {
    pub point: &'static str,
    pub side: Side,
}

impl Armed {
    /// `plans`: the process learns and plans.
    pub fn draw(dice: &mut Dice, plans: bool) -> Self {
        let side = if dice.unit() < 0.5 { Side::Before } else { Side::After };
        let points = POINTS.len() + if plans { PLANNING.len() } else { 0 };
        let at = pick(dice, points);
        let point = POINTS.get(at).copied().unwrap_or_else(|| PLANNING[at - POINTS.len()]);
        Self { point, side }
    }
}

/// How a call of the store ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Well,
    /// Refused: nothing was tried.
    Refused,
    /// Committed, and the caller never hears: the outcome is unknown.
    Unheard,
}

impl Ending {
    pub fn draw(dice: &mut Dice) -> Self {
        match dice.unit() {
            roll if roll < 0.003 => Self::Refused,
            roll if roll < 0.006 => Self::Unheard,
            _ => Self::Well,
        }
    }
}

/// One of `n`, each as likely.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
pub fn pick(dice: &mut Dice, n: usize) -> usize {
    ((dice.unit() * n as f64) as usize).min(n - 1)
}

/// Milliseconds between the two, both included.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
pub fn between(dice: &mut Dice, from_ms: u64, to_ms: u64) -> std::time::Duration {
    std::time::Duration::from_millis(from_ms + (dice.unit() * (to_ms - from_ms + 1) as f64) as u64)
}
