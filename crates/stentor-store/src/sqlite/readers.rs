//! Readers beside the writer: each read has a snapshot of its own and never waits for a commit.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::rows::SqliteRows;
use crate::StoreError;
use crate::rows::{Result, Rows};

/// Runs on the snapshot, or hears why there is none.
pub(super) type Read = Box<dyn FnOnce(Result<&dyn Rows>) + Send>;

pub(super) struct Readers {
    queue: Mutex<(VecDeque<Read>, bool)>,
    work: Condvar,
    jobs_max: usize,
}

impl Readers {
    pub(super) fn new(jobs_max: usize) -> Self {
        Self { queue: Mutex::default(), work: Condvar::new(), jobs_max }
    }

    fn queue(&self) -> MutexGuard<'_, (VecDeque<Read>, bool)> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, read: Read) -> Result<()> {
        let mut queue = self.queue();
        if queue.1 {
            return Err(StoreError::Closed);
        }
        if queue.0.len() >= self.jobs_max {
            return Err(StoreError::Overloaded { lane: "read", rows_max: self.jobs_max });
        }
        queue.0.push_back(read);
        self.work.notify_one();
        Ok(())
    }

    pub(super) fn close(&self) {
        self.queue().1 = true;
        self.work.notify_all();
    }

    /// A reader's life: until closed and empty.
    pub(super) fn work(&self, connection: &Connection) {
        while let Some(read) = self.take() {
            // One transaction, so that all a read looks at is of the same moment; it ends when it is dropped.
            match connection.unchecked_transaction() {
                Ok(snapshot) => read(Ok(&SqliteRows::new(&snapshot))),
                Err(error) => read(Err(error.into())),
            }
        }
    }

    fn take(&self) -> Option<Read> {
        let mut queue = self.queue();
        loop {
            if let Some(read) = queue.0.pop_front() {
                return Some(read);
            }
            if queue.1 {
                return None;
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
