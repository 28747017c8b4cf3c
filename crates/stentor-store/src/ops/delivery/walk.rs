//! What waits for an endpoint, in order of time: the rows as they were queued, and among them those that were put off.

use std::collections::VecDeque;

use stentor_core::id::{DeliveryId, EndpointId};
use stentor_core::time::Timestamp;

use crate::rows::{Counter, OutboxRow, Result};
use crate::tx::Tx;

/// Rows read at a time at most.
const PAGE_ROWS_MAX: usize = 512;

/// A walk over an endpoint's outbox.
pub(super) struct Walk {
    endpoint: EndpointId,
    until: Timestamp,
    page_rows: usize,
    fresh: VecDeque<OutboxRow>,
    /// Where the next page begins; `None`: there is none.
    fresh_after: Option<DeliveryId>,
    postponed: VecDeque<OutboxRow>,
    postponed_after: Option<(Timestamp, DeliveryId)>,
}

impl Walk {
    /// Over what is due by `until`; about so many rows will be looked at.
    pub(super) fn new(tx: &Tx<'_>, endpoint: EndpointId, until: Timestamp, rows: usize) -> Self {
        let first = (Timestamp::from_millis(i64::MIN), DeliveryId(i64::MIN));
        let any_postponed = tx.live.counters.get(Counter::Postponed, endpoint.0) > 0;
        Self {
            endpoint,
            until,
            page_rows: rows.clamp(1, PAGE_ROWS_MAX),
            fresh: VecDeque::new(),
            fresh_after: Some(first.1),
            postponed: VecDeque::new(),
            postponed_after: any_postponed.then_some(first),
        }
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self, tx: &Tx<'_>) -> Result<Option<OutboxRow>> {
        self.read(tx)?;
        let at = |row: &OutboxRow| (row.due, row.id);
        let is_fresh = match (self.fresh.front(), self.postponed.front()) {
            (Some(fresh), Some(postponed)) => at(fresh) < at(postponed),
            (fresh, _) => fresh.is_some(),
        };
        let from = if is_fresh { &mut self.fresh } else { &mut self.postponed };
        Ok(from.pop_front().filter(|row| row.due <= self.until))
    }

    fn read(&mut self, tx: &Tx<'_>) -> Result<()> {
        let limit = self.page_rows;
        if self.fresh.is_empty()
            && let Some(after) = self.fresh_after
        {
            self.fresh = tx.rows.outbox_fresh(self.endpoint, after, limit)?.into();
            self.fresh_after = self.fresh.back().filter(|_| self.fresh.len() == limit).map(|row| row.id);
            self.page_rows = PAGE_ROWS_MAX;
        }
        if self.postponed.is_empty()
            && let Some(after) = self.postponed_after
        {
            self.postponed = tx.rows.outbox_postponed(self.endpoint, after, self.until, limit)?.into();
            let full = self.postponed.len() == limit;
            self.postponed_after = self.postponed.back().filter(|_| full).map(|row| (row.due, row.id));
        }
        Ok(())
    }
}
