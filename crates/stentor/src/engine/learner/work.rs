//! The learner's calls of the store.

use stentor_core::id::AccountId;
use stentor_core::time::Timestamp;
use stentor_store::{KeptMind, Store};

use super::Input;
use crate::engine::step::report;

/// One call of the store; each is answered.
#[derive(Clone, Debug)]
pub enum Work {
    /// `minds`.
    Load,
    /// `learnt_after`.
    Read {
        /// The last number that was read.
        after: i64,
        /// At most this many lines.
        limit: usize,
    },
    /// `keep_minds`.
    Keep(Vec<KeptMind>),
    /// `learn_ticks`.
    Tick {
        /// Where labels wait whose window has closed.
        accounts: Vec<AccountId>,
        /// By when it had.
        at: Timestamp,
    },
}

impl Work {
    /// What it is, for logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Load => "minds",
            Self::Read { .. } => "learnt_after",
            Self::Keep(_) => "keep_minds",
            Self::Tick { .. } => "learn_ticks",
        }
    }

    /// What the learner is told when it fails, or when nobody knows.
    #[must_use]
    pub const fn failure(&self) -> Input {
        match self {
            Self::Load | Self::Read { .. } => Input::Failed,
            Self::Keep(_) => Input::KeepFailed,
            // Whether or not it was written: the next read tells, and a second one changes nothing.
            Self::Tick { .. } => Input::Ticked,
        }
    }

    /// Calls the store.
    pub async fn execute(self, store: &Store, now: Timestamp) -> Input {
        let (name, failure) = (self.name(), self.failure());
        let done = match self {
            Self::Load => store.minds().await.map(Input::Loaded),
            Self::Read { after, limit } => store.learnt_after(after, limit).await.map(Input::Read),
            Self::Keep(minds) => store.keep_minds(now, minds).await.map(|()| Input::Kept),
            Self::Tick { accounts, at } => store.learn_ticks(now, accounts, at).await.map(|()| Input::Ticked),
        };
        done.unwrap_or_else(|error| report(name, &error, failure))
    }
}
