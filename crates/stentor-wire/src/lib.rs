//! The JSON of 360dialog and Meta exactly as it is on the wire: requests, answers, errors, webhooks.
//!
//! No decisions, and nothing of ours: this crate knows neither the core nor the store.

pub mod answer;
pub mod error;
mod json;
pub mod reader;
pub mod schema;
pub mod send;
pub mod template;
pub mod webhook;
