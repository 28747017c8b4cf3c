//! Time that passes for messages nobody asks about: leases, unknowns at their deadline, the upstream's TTL, old rows.
//! Pure: `run` and the simulator hand in inputs and execute the commands. It rests after a jump of the clock.

mod work;

use std::time::Duration;

use stentor_core::time::Timestamp;

use super::step::{STORE_REST, Step, sooner};
pub use work::Work;

/// Timers handled by one transaction at most.
const TIMERS_MAX: usize = 500;
/// Rows deleted by one transaction at most: so few that whoever waits for the same commit does not feel them.
const PRUNE_ROWS_MAX: usize = 100;
/// Timers are looked at this often at least: nobody tells of new ones.
const LOOK: Duration = Duration::from_secs(15);
/// After deletions the store's other users go first: for so many times as long as these took, waiting included, so that
/// a busy store is left alone and an idle one is soon clean.
const PRUNE_PAUSE_TIMES: u32 = 3;
const PRUNE_PAUSE_MIN: Duration = Duration::from_millis(20);
const PRUNE_PAUSE_MAX: Duration = Duration::from_millis(500);
/// How often old rows are looked for.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// What the janitor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A timer may be due sooner than was thought.
    Woken,
    /// The answer to [`Work::Timers`]: how many were handled, and when the next one is due.
    Ran(usize, Option<Timestamp>),
    /// It failed, or nobody knows.
    RunFailed,
    /// The answer to [`Work::Prune`]: whether there is more to delete.
    Pruned(bool),
    /// It failed.
    PruneFailed,
    /// Nothing more is begun.
    Stop,
}

/// One of the janitor's duties: at what time next, or under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    At(Timestamp),
    UnderWay,
}

impl Duty {
    fn begin(&mut self, now: Timestamp) -> bool {
        let due = matches!(self, Self::At(at) if *at <= now);
        if due {
            *self = Self::UnderWay;
        }
        due
    }

    const fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::UnderWay => None,
        }
    }
}

/// The mover of what nobody moves.
#[derive(Debug)]
pub struct Janitor {
    timers: Duty,
    prune: Duty,
    /// When the deletions under way were begun.
    prune_began: Timestamp,
    is_woken: bool,
    /// The clock has jumped, and the store was not told so yet; and whether the timers under way tell it.
    has_jumped: bool,
    tells_of_jump: bool,
    is_stopping: bool,
}

impl Default for Janitor {
    fn default() -> Self {
        let at_once = Duty::At(Timestamp::default());
        let prune_began = Timestamp::default();
        Self {
            timers: at_once,
            prune: at_once,
            prune_began,
            is_woken: false,
            has_jumped: false,
            tells_of_jump: false,
            is_stopping: false,
        }
    }
}

impl Janitor {
    /// Takes in what happened and says what is to be done. `is_resting`: the clock has just jumped; nothing expires.
    pub fn step(&mut self, now: Timestamp, is_resting: bool, inputs: Vec<Input>) -> Step<Work> {
        for input in inputs {
            self.take(now, input);
        }
        if self.is_stopping {
            return Step { commands: Vec::new(), wake_at: None };
        }
        if is_resting {
            self.has_jumped = true;
            return Step { commands: Vec::new(), wake_at: Some(now + STORE_REST) };
        }
        let mut commands = Vec::new();
        if self.timers.begin(now) {
            self.is_woken = false;
            self.tells_of_jump = std::mem::take(&mut self.has_jumped);
            commands.push(Work::Timers { at: now, limit: TIMERS_MAX, after_jump: self.tells_of_jump });
        }
        if self.prune.begin(now) {
            self.prune_began = now;
            commands.push(Work::Prune { at: now, rows: PRUNE_ROWS_MAX });
        }
        Step { commands, wake_at: sooner(self.timers.at(), self.prune.at()) }
    }

    /// Whether it was told to stop and nothing is under way any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_stopping && self.timers != Duty::UnderWay && self.prune != Duty::UnderWay
    }

    fn take(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Woken => {
                self.is_woken = true;
                if self.timers != Duty::UnderWay {
                    self.timers = Duty::At(now);
                }
            }
            Input::Ran(handled, next) => {
                let look = now + LOOK;
                let more = self.is_woken || handled >= TIMERS_MAX;
                self.timers = Duty::At(if more { now } else { next.map_or(look, |next| next.min(look)) });
            }
            Input::RunFailed => {
                self.has_jumped |= self.tells_of_jump;
                self.timers = Duty::At(now + STORE_REST);
            }
            Input::Pruned(is_more) => {
                let pause = now.since(self.prune_began) * PRUNE_PAUSE_TIMES;
                let pause = pause.clamp(PRUNE_PAUSE_MIN, PRUNE_PAUSE_MAX);
                self.prune = Duty::At(now + if is_more { pause } else { PRUNE_EVERY });
            }
            Input::PruneFailed => self.prune = Duty::At(now + PRUNE_EVERY),
            Input::Stop => self.is_stopping = true,
        }
    }
}

#[cfg(test)]
mod tests;
