//! Edge in: HTTP to the core's words and back. Sees core, wire and store; never the engine, never an upstream.

mod limiter;
mod once;
pub mod state;

pub use state::{AppState, Counters, Limits, Parts, Review, UpstreamWebhook};
