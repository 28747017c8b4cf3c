//! Edge in: HTTP to the core's words and back. Sees core, wire and store; never the engine, never an upstream.

mod admin;
mod auth;
mod automation;
mod block_users;
mod error;
mod graph;
mod health;
mod http;
mod idempotency;
pub mod inbound;
mod limiter;
pub mod media;
mod messages;
mod moves;
mod onboarding;
mod once;
mod openapi;
mod pacing;
mod parameters;
mod profile;
mod relayed;
mod router;
mod settings_legacy;
mod sim;
mod sim_schema;
mod state;
mod templates;
pub mod upkeep;
mod upstream_webhook;
mod usage;
pub mod verdicts;
mod webhook_config;
pub mod webhooks;

pub use error::ApiError;
pub use router::{admin_router, describe_customers, describe_operators, router};
pub use state::{AppState, Limits, Parts, Review, UpstreamWebhook};
