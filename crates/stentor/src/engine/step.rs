//! What every mover answers: the commands to execute and when to ask again without being told anything.

use std::collections::BTreeSet;

use stentor_core::id::ChannelId;
use stentor_core::message::Change;
use stentor_core::time::Timestamp;
use stentor_store::{Committed, StoreError};

/// The answer of one step.
#[derive(Debug)]
#[must_use = "a command that is not executed leaves its mover waiting for ever"]
pub struct Step<C> {
    /// What to do now, in order; each one is answered by exactly one input, unless its documentation says otherwise.
    pub commands: Vec<C>,
    /// When to step again although nothing happened; `None`: only inputs matter.
    pub wake_at: Option<Timestamp>,
}

/// The earlier of two times, where there is one.
#[must_use]
pub fn sooner(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (some, None) | (None, some) => some,
    }
}

/// Results on their way to the store: gathered for a moment, one commit under way at a time, kept until it succeeded.
#[derive(Debug)]
pub struct Batch<T> {
    waiting: Vec<T>,
    since: Option<Timestamp>,
    committing: Vec<T>,
    not_before: Timestamp,
}

/// As many rows as one commit takes at most.
pub const BATCH_ROWS_MAX: usize = 1_000;
/// How long the first row of a batch waits for company.
const GATHER: std::time::Duration = std::time::Duration::from_millis(5);
/// A queue is looked at this often at least: a hint may be lost, and what a lost claim leased comes back unannounced.
pub const LOOK: std::time::Duration = std::time::Duration::from_mins(1);
/// After a failed store call: how long it is left alone.
pub const STORE_REST: std::time::Duration = std::time::Duration::from_secs(1);

impl<T: Clone> Batch<T> {
    /// Nothing gathered.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: Vec::new(),
            since: None,
            committing: Vec::new(),
            not_before: Timestamp::from_millis(0),
        }
    }

    /// One more result.
    pub fn push(&mut self, now: Timestamp, row: T) {
        self.since.get_or_insert(now);
        self.waiting.push(row);
    }

    /// The rows to commit now, if it is time; `hurry`: do not wait for company.
    pub fn take(&mut self, now: Timestamp, hurry: bool) -> Option<Vec<T>> {
        let due =
            hurry || self.waiting.len() >= BATCH_ROWS_MAX || self.since.is_some_and(|t| now >= t + GATHER);
        if !due || self.waiting.is_empty() || !self.committing.is_empty() || now < self.not_before {
            return None;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(BATCH_ROWS_MAX));
        self.committing = std::mem::replace(&mut self.waiting, rest);
        self.since = (!self.waiting.is_empty()).then_some(now);
        Some(self.committing.clone())
    }

    /// The commit succeeded: these rows are done with.
    pub fn done(&mut self) -> Vec<T> {
        std::mem::take(&mut self.committing)
    }

    /// The commit failed, or nobody knows: the same rows again after a rest. Recording is idempotent.
    pub fn failed(&mut self, now: Timestamp) {
        self.not_before = now + STORE_REST;
        let mut rows = std::mem::take(&mut self.committing);
        rows.append(&mut self.waiting);
        self.waiting = rows;
        self.since.get_or_insert(now);
    }

    /// When [`Batch::take`] will have something.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let since = self.since.filter(|_| self.committing.is_empty())?;
        let full = self.waiting.len() >= BATCH_ROWS_MAX;
        Some(if full { since } else { since + GATHER }.max(self.not_before))
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.committing.is_empty()
    }
}

impl<T: Clone> Default for Batch<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a call of the store makes worth looking at. Hints only: losing one costs time, never a message.
#[derive(Debug, Default)]
pub struct Hints {
    /// Channels with something queued.
    pub queued: BTreeSet<ChannelId>,
    /// Something is to be delivered to an endpoint.
    pub deliveries: bool,
    /// What the transaction wrote, for metrics and the simulator's checkers.
    pub changes: Vec<Change>,
}

impl Hints {
    /// The hints of what was committed.
    #[must_use]
    pub fn of(committed: Committed) -> Self {
        let queued = committed.changes.iter().map(|change| &change.message).filter(|m| m.state.is_queued());
        Self {
            queued: queued.map(|m| m.channel).collect(),
            deliveries: committed.deliveries,
            changes: committed.changes,
        }
    }
}

/// The result of one call of the store: what its mover is told, and what others are.
#[derive(Debug)]
pub struct Worked<I> {
    /// For the mover that asked.
    pub input: Option<I>,
    /// For the others.
    pub hints: Hints,
}

impl<I> Worked<I> {
    pub(super) fn input(input: I) -> Self {
        Self { input: Some(input), hints: Hints::default() }
    }

    pub(super) const fn hints(hints: Hints) -> Self {
        Self { input: None, hints }
    }
}

/// Logs a store error where it is handled, and goes on with `input`.
pub(super) fn report<I>(call: &'static str, error: &StoreError, input: I) -> I {
    tracing::warn!(call, %error, "the store refused the engine; it is asked again");
    input
}
