//! What the API may ask of the simulated network in this process, in JSON: so that the API knows no network.
//! Implemented by `network`, called by `api/sim` alone.

use serde_json::Value;
use stentor_core::time::Timestamp;

/// Something a person asked of the network that it cannot do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SimError(pub String);

/// A simulated network under control.
pub trait SimControl: Send + Sync {
    /// The profile of faults in force.
    fn profile(&self) -> Value;

    /// Replaces the profile; absent fields take their defaults. Returns what is now in force.
    ///
    /// # Errors
    /// A field that is unknown or out of range, in words.
    fn set_profile(&self, profile: &Value) -> Result<Value, SimError>;

    /// Forgets everything under way, the inboxes, stops, blocks and caps.
    fn reset(&self);

    /// The magic recipients: `[{number, behaviour, statuses, code}]`.
    fn recipients(&self) -> Value;

    /// What the phone of `number` shows, newest first: `[{id, ..}]`.
    fn messages(&self, number: &str, limit: usize) -> Value;

    /// The words that make a template review end in one way: `[{trigger, verdict}]`.
    fn triggers(&self) -> Value;

    /// Requests, statuses and what is pending, in numbers.
    fn stats(&self) -> Value;

    /// The clock was advanced to `now`: what has become due happens.
    fn advanced(&self, now: Timestamp);
}
