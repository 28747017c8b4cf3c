//! The janitor's calls of the store: executed by `run` on its runtime and by the simulator on none, alike.

use stentor_core::time::Timestamp;
use stentor_store::{Store, StoreError};

use super::Input;
use crate::engine::step::{Hints, Worked, report};

/// One call of the store; each is answered. Each is for the time at which it was asked for: a clock that jumps on the way
/// makes nothing due that the janitor would have let rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// `run_timers`.
    Timers {
        /// What is due then.
        at: Timestamp,
        /// At most this many.
        limit: usize,
        /// The clock has jumped since: first `was_deaf`.
        after_jump: bool,
    },
    /// `prune`.
    Prune {
        /// What is over its age then.
        at: Timestamp,
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
    pub async fn execute(self, store: &Store) -> Worked<Input> {
        let worked = match self {
            Self::Timers { at, limit, after_jump } => timers(store, at, limit, after_jump).await,
            Self::Prune { at, rows } => {
                store.prune(at, rows).await.map(|pruned| Worked::input(Input::Pruned(pruned.is_more)))
            }
        };
        worked.unwrap_or_else(|error| Worked::input(report(self.name(), &error, self.failure())))
    }
}

async fn timers(
    store: &Store,
    at: Timestamp,
    limit: usize,
    after_jump: bool,
) -> Result<Worked<Input>, StoreError> {
    if after_jump {
        store.was_deaf().await?;
    }
    let (committed, next) = store.run_timers(at, limit).await?;
    Ok(Worked { input: Some(Input::Ran(committed.changes.len(), next)), hints: Hints::of(committed) })
}
