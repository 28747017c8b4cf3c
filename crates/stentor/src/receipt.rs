//! "The business has read this": receipts on their way from the API to the upstream, and the typing shown with them.
//! Put in by the API, taken out by the engine. In memory and bounded: a receipt is no message, and the next one marks all
//! earlier messages as read too; one that a restart loses costs two blue ticks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stentor_core::registry::Channel;
use tokio::sync::Notify;

/// Receipts that wait at most; beyond that the API answers that it is busy.
pub const RECEIPTS_MAX: usize = 10_000;

/// One receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The number that was written to.
    pub channel: Arc<Channel>,
    /// The person's message, as the upstream knows it.
    pub message_id: String,
    /// Show the business as typing, too.
    pub typing: bool,
}

/// The queue.
#[derive(Debug, Default)]
pub struct Receipts {
    waiting: Mutex<VecDeque<Receipt>>,
    added: Notify,
}

impl Receipts {
    /// Puts one in; `false`: there is no room.
    #[must_use]
    pub fn add(&self, receipt: Receipt) -> bool {
        let mut waiting = self.waiting();
        if waiting.len() >= RECEIPTS_MAX {
            return false;
        }
        waiting.push_back(receipt);
        drop(waiting);
        self.added.notify_one();
        true
    }

    /// Takes the oldest out, once there is one. For one taker.
    pub async fn next(&self) -> Receipt {
        loop {
            let added = self.added.notified();
            if let Some(receipt) = self.waiting().pop_front() {
                return receipt;
            }
            added.await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Receipt>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use stentor_core::id::{AccountId, ChannelId};
    use stentor_core::registry::UpstreamKind;
    use stentor_core::time::Timestamp;

    use super::*;

    #[tokio::test]
    async fn first_in_first_out_and_never_too_many() {
        let (now, receipts) = (Timestamp::from_secs(1), Receipts::default());
        let channel = Channel::new(ChannelId(2), AccountId(1), "15550001111", UpstreamKind::Simulated, now);
        let channel = Arc::new(channel);
        let receipt =
            |n: usize| Receipt { channel: Arc::clone(&channel), message_id: n.to_string(), typing: false };
        assert!((0..RECEIPTS_MAX).all(|n| receipts.add(receipt(n))));
        assert!(!receipts.add(receipt(RECEIPTS_MAX)));
        assert_eq!(
            (receipts.next().await.message_id, receipts.next().await.message_id),
            ("0".into(), "1".into())
        );
    }
}
