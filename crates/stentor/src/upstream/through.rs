//! The upstreams there are, as one thing to send through. Called by the engine, made by the program.

use stentor_core::outcome::{NotSent, Outcome};
use stentor_core::registry::UpstreamKind;

use super::cloud_api::CloudApi;
use super::departure::Departure;
use super::simulated::Simulated;
use crate::receipt::Receipt;

/// What messages leave through.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// None is configured: nothing leaves, everything waits.
    Absent,
    /// The simulated network inside this process.
    Simulated(Simulated),
    /// Meta's Graph API, or what speaks it.
    CloudApi(CloudApi),
}

impl Upstream {
    /// Sends one message. Always ends: in at most the upstream's time-out of real time.
    pub async fn send(&self, departure: Departure) -> Outcome {
        match self {
            Self::Absent => Outcome::NotSent { why: NotSent::Connect },
            Self::Simulated(simulated) => simulated.send(departure).await,
            Self::CloudApi(cloud_api) => cloud_api.send(departure).await,
        }
    }

    /// Tells that a person's message was read. [`Outcome::Taken`]: done; anything that is not a refusal may be repeated.
    pub async fn read(&self, receipt: &Receipt) -> Outcome {
        match self {
            Self::Absent => Outcome::NotSent { why: NotSent::Connect },
            Self::Simulated(simulated) => {
                simulated.read(receipt);
                Outcome::Taken { upstream_id: receipt.message_id.clone(), held: false }
            }
            Self::CloudApi(cloud_api) => cloud_api.read(receipt).await,
        }
    }

    /// Whether messages keep our own wamid there, so that no other id has to be kept.
    #[must_use]
    pub const fn own_ids(&self) -> bool {
        matches!(self, Self::Simulated(_))
    }

    /// Which kind of channel it serves; `None`: there is no upstream.
    #[must_use]
    pub const fn kind(&self) -> Option<UpstreamKind> {
        match self {
            Self::Absent => None,
            Self::Simulated(_) => Some(UpstreamKind::Simulated),
            Self::CloudApi(_) => Some(UpstreamKind::CloudApi),
        }
    }

    /// Its name for people, in `status` and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.kind() {
            None => "none",
            Some(kind) => kind.as_str(),
        }
    }
}

/// Whether the upstream refused a message because of our mark: its channel's `echo` is `no` from then on.
#[must_use]
pub fn refuses_mark(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { code: 100, details, .. } if details.contains("biz_opaque_callback_data"))
}
