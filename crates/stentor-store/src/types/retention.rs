//! How long things are kept, and how much may wait.

use std::time::Duration;

const fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

/// Ages after which rows go, and the bounds of what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Bodies, after nothing more was expected of their message.
    pub body: Duration,
    /// Messages with all that is known of them, after they were accepted: whatever their state. Longer than a message
    /// can live and its webhooks can wait.
    pub message: Duration,
    /// Audit rows.
    pub audit: Duration,
    /// Lines of the learning log: longer than what is forgotten half in two months matters.
    pub learning: Duration,
    /// `Idempotency-Key`s.
    pub idempotency: Duration,
    /// Statuses that fitted no message, and names of what was told: an upstream tells it again for seven days.
    pub parked_status: Duration,
    /// Deliveries that wait for their endpoint: given up after this, and counted.
    pub outbox: Duration,
    /// Deliveries that may wait for one endpoint; what comes on top is counted as lost and stays replayable.
    pub outbox_rows_max: u64,
    /// Messages of one account that may wait to be sent; what comes on top is refused.
    pub queue_rows_max: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            body: days(30),
            message: days(90),
            audit: days(730),
            learning: days(180),
            idempotency: days(1),
            parked_status: days(7),
            outbox: days(7),
            outbox_rows_max: 1_000_000,
            queue_rows_max: 10_000_000,
        }
    }
}

/// What one round of deletions came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Rows that went.
    pub rows: u64,
    /// Whether there is more to look at now.
    pub is_more: bool,
}
