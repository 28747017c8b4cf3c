//! Receipts to the upstream: a few at a time, each tried a few times and then given up. Started with the movers; what is
//! still waiting when the program stops is given up, too. Repeating a receipt changes nothing, so no answer is no doubt.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::outcome::Outcome;
use stentor_core::reason::{Retry, reason};
use tokio::sync::Semaphore;

use super::Shared;
use crate::clock::pause;
use crate::receipt::Receipt;

/// Receipts on their way at once.
const AT_ONCE_MAX: usize = 32;
/// How long to wait before each further try.
const PAUSES_SECS: [u64; 4] = [1, 2, 4, 8];

/// Takes receipts out of the queue until the program stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(AT_ONCE_MAX));
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await.ok()?;
            Some((shared.parts.receipts.next().await, permit))
        };
        let next = tokio::select! {
            () = shared.lifecycle.stopping() => return,
            next = next => next,
        };
        let Some((receipt, permit)) = next else { return };
        let task = Arc::clone(&shared);
        shared.lifecycle.start(async move {
            let word = task.tell(&receipt).await;
            task.parts.metrics.receipts.get_or_create(&word.into()).inc();
            drop(permit);
        });
    }
}

impl Shared {
    /// What became of it: [`crate::telemetry::RECEIPTS`].
    async fn tell(&self, receipt: &Receipt) -> &'static str {
        let mut pauses = PAUSES_SECS.into_iter();
        loop {
            match self.parts.upstream.read(receipt).await {
                Outcome::Taken { .. } => return "sent",
                Outcome::Refused { code, .. } if !is_passing(code) => return "refused",
                _ => {}
            }
            let Some(secs) = pauses.next() else { return "dropped" };
            tokio::select! {
                () = self.lifecycle.stopping() => return "dropped",
                () = pause(Duration::from_secs(secs)) => {}
            }
        }
    }
}

fn is_passing(code: u32) -> bool {
    reason(code).is_some_and(|row| matches!(row.retry, Retry::Safe | Retry::Transient))
}
