//! The only executor: steps the movers, does what they command on the runtime, and turns every completion into an input
//! that steps its mover at once. Started by `app`; nothing here decides.
//!
//! What is under way is bounded by the movers' own limits. Told to stop, nothing new is claimed; requests in flight
//! finish and are booked, what was claimed is released.

mod count;
mod drive;
mod movers;
mod receipts;
mod refer;

use std::sync::Arc;

use stentor_core::wamid::WamidKey;
use stentor_store::{Store, StoreError};

use self::movers::{Deliver, Keep, Learn, Send};
use super::dispatcher::{self, Dispatcher};
use super::janitor::Janitor;
use super::learner::Learner;
use super::notifier::{self, Notifier};
use crate::clicks::Clicks;
use crate::clock::{Clock, Dice};
use crate::lifecycle::Lifecycle;
use crate::minds::Minds;
use crate::outbound::Outbound;
use crate::receipt::Receipts;
use crate::registry::Directory;
use crate::telemetry::Metrics;
use crate::upstream::Upstream;
use crate::wake::Wake;

/// What the engine works with.
#[derive(Debug)]
pub struct Parts {
    /// The truth.
    pub store: Arc<Store>,
    /// The registry.
    pub directory: Arc<Directory>,
    /// Time.
    pub clock: Clock,
    /// Hints from the API and from statuses.
    pub wake: Arc<Wake>,
    /// What messages leave through.
    pub upstream: Arc<Upstream>,
    /// What webhooks leave through; its answer time-out is the customer's 5 s.
    pub outbound: Arc<Outbound>,
    /// Names messages.
    pub wamid_key: WamidKey,
    /// Where links that are followed through us come by.
    pub clicks: Option<Clicks>,
    /// What the business has read.
    pub receipts: Arc<Receipts>,
    /// What is learnt of people and templates.
    pub minds: Arc<Minds>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Limits of sending.
    pub sends: dispatcher::Limits,
    /// Limits of webhooks.
    pub deliveries: notifier::Limits,
}

/// The running movers.
#[derive(Debug)]
pub struct Engine {
    /// Messages that were leaving when the last process ended: in doubt since this start.
    pub rescued: u64,
}

impl Engine {
    /// Doubts what the last process left in flight, then starts the movers; they end when `lifecycle` stops.
    ///
    /// # Errors
    /// When the store cannot be rescued; then nothing runs.
    pub async fn start(parts: Parts, lifecycle: &Lifecycle) -> Result<Self, StoreError> {
        let rescued = parts.store.rescue(parts.clock.now()).await?;
        if rescued > 0 {
            tracing::warn!(
                messages = rescued,
                "sends were under way when the last process ended: now unknown"
            );
        }
        let sends = Dispatcher::new(parts.sends, parts.wamid_key.clone(), Dice::fresh());
        let sends = sends.with_minds(Arc::clone(&parts.minds));
        let deliveries = Notifier::new(parts.deliveries, parts.wamid_key.clone(), Dice::fresh());
        let shared = Arc::new(Shared { parts, lifecycle: lifecycle.clone() });
        lifecycle.start(drive::drive(Send(sends), Arc::clone(&shared)));
        lifecycle.start(drive::drive(Deliver(deliveries), Arc::clone(&shared)));
        lifecycle.start(receipts::run(Arc::clone(&shared)));
        let learner = Learner::new(Arc::clone(&shared.parts.minds));
        lifecycle.start(drive::drive(Learn(learner), Arc::clone(&shared)));
        lifecycle.start(drive::drive(Keep(Janitor::default()), shared));
        Ok(Self { rescued })
    }
}

/// What every task of the engine can reach.
#[derive(Debug)]
struct Shared {
    parts: Parts,
    lifecycle: Lifecycle,
}

#[cfg(test)]
mod tests;
