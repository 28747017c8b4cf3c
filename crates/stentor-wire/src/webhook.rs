//! Webhooks in Meta's envelope: those we send for statuses and notices, and those an upstream sends us.

mod envelope;
mod incoming;

pub use envelope::{Failure, Pricing, StatusEnvelope, notice_envelope, status_envelope};
pub use incoming::{IncomingChange, IncomingStatus, IncomingStatusKind, parse_incoming};
