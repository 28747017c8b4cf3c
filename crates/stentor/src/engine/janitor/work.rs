//! The janitor's calls of the store: executed by `run` on its runtime and by the simulator on none, alike.

use stentor_core::time::Timestamp;
use stentor_store::Store;

use super::Input;
use crate::engine::step::{Hints, Worked, report};

/// One call of the store; each is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// `run_timers`.
    Timers {
        /// At most this many.
        limit: usize,
    },
    /// `prune`.
    Prune {
        /// At most this many.
        rows: usize,
    },
}

impl Work {
    /// What it is, for logs and the simulator's fault points.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Timers { .. } => "run_timers",
            Self::Prune { .. } => "prune",
        }
    }

    /// What the janitor is told when it fails, or when nobody knows.
    #[must_use]
    pub const fn failure(self) -> Input {
        match self {
            Self::Timers { .. } => Input::RunFailed,
            Self::Prune { .. } => Input::PruneFailed,
        }
    }

    /// Calls the store.
    pub async fn execute(self, store: &Store, now: Timestamp) -> Worked<Input> {
        let worked = match self {
            Self::Timers { limit } => store.run_timers(now, limit).await.map(|(committed, next)| {
                let input = Input::Ran(committed.changes.len(), next);
                Worked { input: Some(input), hints: Hints::of(committed) }
            }),
            Self::Prune { rows } => {
                store.prune(now, rows).await.map(|pruned| Worked::input(Input::Pruned(pruned.is_more)))
            }
        };
        worked.unwrap_or_else(|error| Worked::input(report(self.name(), &error, self.failure())))
    }
}
