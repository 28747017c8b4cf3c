//! Edge in: HTTP to the core's words and back. Sees core, wire and store; never the engine, never an upstream.

mod auth;
mod error;
mod health;
mod http;
mod idempotency;
mod limiter;
mod messages;
mod once;
mod router;
mod state;
mod usage;

pub use router::{admin_router, router};
pub use state::{AppState, Counters, Limits, Parts, Review, UpstreamWebhook};
