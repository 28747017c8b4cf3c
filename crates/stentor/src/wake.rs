//! Hints that there is something to do. Only hints: the store is the truth, and a lost hint costs time, never a message.

use tokio::sync::Notify;

/// Who can be woken.
#[derive(Debug, Default)]
pub struct Wake {
    queue: Notify,
    deliveries: Notify,
    timers: Notify,
}

impl Wake {
    /// Something was queued for sending.
    pub fn queue(&self) {
        self.queue.notify_one();
    }

    /// Resolves after the next (or a missed) [`Wake::queue`].
    pub async fn queued(&self) {
        self.queue.notified().await;
    }

    /// A webhook was queued.
    pub fn deliveries(&self) {
        self.deliveries.notify_one();
    }

    /// Resolves after the next (or a missed) [`Wake::deliveries`].
    pub async fn deliveries_queued(&self) {
        self.deliveries.notified().await;
    }

    /// A timer may be due earlier than was thought.
    pub fn timers(&self) {
        self.timers.notify_one();
    }

    /// Resolves after the next (or a missed) [`Wake::timers`].
    pub async fn timers_changed(&self) {
        self.timers.notified().await;
    }
}
