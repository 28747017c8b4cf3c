//! Hints that there is something to do. Only hints: the store is the truth, and a lost hint costs time, never a message.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use stentor_core::id::ChannelId;
use tokio::sync::Notify;

#[derive(Debug, Default)]
struct Queued {
    channels: BTreeSet<ChannelId>,
    anywhere: bool,
}

/// Who can be woken.
#[derive(Debug, Default)]
pub struct Wake {
    queue: Notify,
    /// Where something was queued; at most as many as there are channels.
    channels: Mutex<Queued>,
    deliveries: Notify,
    timers: Notify,
}

impl Wake {
    /// Something was queued for sending, anywhere.
    pub fn queue(&self) {
        self.queued_in(|queued| queued.anywhere = true);
    }

    /// Something was queued for sending on this channel: no other is looked at for it.
    pub fn queue_of(&self, channel: ChannelId) {
        self.queued_in(|queued| {
            queued.channels.insert(channel);
        });
    }

    fn queued_in(&self, note: impl FnOnce(&mut Queued)) {
        note(&mut self.channels.lock().unwrap_or_else(PoisonError::into_inner));
        self.queue.notify_one();
    }

    /// Where something was queued since the last call; `None`: anywhere.
    pub fn take_queued(&self) -> Vec<Option<ChannelId>> {
        let mut queued = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let Queued { channels, anywhere } = std::mem::take(&mut *queued);
        if anywhere { vec![None] } else { channels.into_iter().map(Some).collect() }
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
