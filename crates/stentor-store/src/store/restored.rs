//! Backups: the queue of one that was restored.

use stentor_core::time::Timestamp;

use super::{Result, Store};
use crate::RestoredQueue;
use crate::ops::{queue, restored};
use crate::sqlite::Lane;

impl Store {
    /// Holds, releases or doubts the queue of a restored backup; how many messages that moved. One transaction for every
    /// 512 that wait; safe to repeat.
    pub async fn settle_restored(&self, now: Timestamp, queue: RestoredQueue) -> Result<u64> {
        let channels = commit!(self, Begin, 1, Some(now), |tx| restored::begin(tx, queue))?;
        let mut moved = 0;
        for channel in channels {
            let mut from = Some(queue::FIRST);
            while let Some(after) = from {
                let (rows, next) = commit!(self, Begin, queue::PAGE_ROWS, Some(now), |tx| {
                    restored::page(tx, now, queue, channel, after)
                })?;
                moved += rows;
                from = next;
            }
        }
        Ok(moved)
    }
}
