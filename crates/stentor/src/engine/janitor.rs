//! Time that passes for messages nobody asks about: leases, unknowns at their deadline, the upstream's TTL, old rows.
//! Pure: `run` and the simulator hand in inputs and execute the commands. It rests after a jump of the clock.

mod work;

use std::time::Duration;

use stentor_core::time::Timestamp;

use super::step::{STORE_REST, Step, sooner};
pub use work::Work;

/// Timers handled by one transaction at most.
const TIMERS_MAX: usize = 500;
/// Rows deleted by one transaction at most.
const PRUNE_ROWS_MAX: usize = 500;
/// Timers are looked at this often at least: nobody tells of new ones.
const LOOK: Duration = Duration::from_secs(15);
/// After a full batch of deletions the store's other users go first.
const PRUNE_PAUSE: Duration = Duration::from_millis(200);
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
    /// The answer to [`Work::Prune`]: how many rows went.
    Pruned(u64),
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
    is_woken: bool,
    is_stopping: bool,
}

impl Default for Janitor {
    fn default() -> Self {
        let at_once = Duty::At(Timestamp::default());
        Self { timers: at_once, prune: at_once, is_woken: false, is_stopping: false }
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
            return Step { commands: Vec::new(), wake_at: Some(now + STORE_REST) };
        }
        let mut commands = Vec::new();
        if self.timers.begin(now) {
            self.is_woken = false;
            commands.push(Work::Timers { limit: TIMERS_MAX });
        }
        if self.prune.begin(now) {
            commands.push(Work::Prune { rows: PRUNE_ROWS_MAX });
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
            Input::RunFailed => self.timers = Duty::At(now + STORE_REST),
            Input::Pruned(rows) => {
                let full = usize::try_from(rows).is_ok_and(|rows| rows >= PRUNE_ROWS_MAX);
                self.prune = Duty::At(now + if full { PRUNE_PAUSE } else { PRUNE_EVERY });
            }
            Input::PruneFailed => self.prune = Duty::At(now + PRUNE_EVERY),
            Input::Stop => self.is_stopping = true,
        }
    }
}

#[cfg(test)]
mod tests;
