//! Outgoing webhooks: how their bytes are written and signed, what an endpoint's answer means, and when to try again.
//! The notifier calls it; it knows no URLs and sends nothing.

mod circuit;
mod escape;
mod signature;

pub use circuit::{Answer, Circuit, Gate, PROBE_LEASE, Verdict, event_due, verdict};
pub use escape::ascii_escape;
pub use signature::{Signature, sign, verify};
