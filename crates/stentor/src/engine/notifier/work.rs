//! The notifier's calls of the store: executed by `run` on its runtime and by the simulator on none, alike.

use stentor_core::id::EndpointId;
use stentor_core::time::Timestamp;
use stentor_store::{DeliveryRecord, Store};

use super::Input;
use crate::engine::step::{Worked, report};

/// One call of the store; each is answered.
#[derive(Clone, Debug)]
pub enum Work {
    /// `claim_deliveries`, then `next_delivery`.
    Claim {
        /// To which endpoint.
        endpoint: EndpointId,
        /// At most this many.
        limit: usize,
    },
    /// `record_deliveries`.
    Record(EndpointId, Vec<DeliveryRecord>),
}

impl Work {
    /// What it is, for logs and the simulator's fault points.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claim_deliveries",
            Self::Record(..) => "record_deliveries",
        }
    }

    /// What its mover is told when it fails, or when nobody knows.
    #[must_use]
    pub const fn failure(&self) -> Input {
        match self {
            Self::Claim { endpoint, .. } => Input::ClaimFailed(*endpoint),
            Self::Record(endpoint, _) => Input::RecordFailed(*endpoint),
        }
    }

    /// Calls the store.
    pub async fn execute(self, store: &Store, now: Timestamp) -> Worked<Input> {
        let (name, failure) = (self.name(), self.failure());
        let worked = match self {
            Self::Claim { endpoint, limit } => {
                let claimed = store.claim_deliveries(now, endpoint, limit).await;
                let due = match &claimed {
                    // There may be more: the next claim will tell.
                    Ok(rows) if rows.len() == limit => Some(now),
                    // An outbox that cannot be asked is looked at again; what was leased goes on.
                    _ => store
                        .next_delivery(endpoint)
                        .await
                        .unwrap_or_else(|error| report(name, &error, Some(now))),
                };
                claimed.map(|rows| Input::Claimed(endpoint, rows, due))
            }
            Self::Record(endpoint, records) => {
                store.record_deliveries(now, endpoint, records).await.map(|()| Input::Recorded(endpoint))
            }
        };
        Worked::input(worked.unwrap_or_else(|error| report(name, &error, failure)))
    }
}
