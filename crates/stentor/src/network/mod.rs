//! The simulated WhatsApp network at work: inside this process, and as a process of its own that speaks Meta's API.
//! A tool of the edges and the command line; it knows no layer of the program and nothing of the store.

pub mod control;
mod envelope;
mod graph;
pub mod inbound;
mod journal;
pub mod links;
mod local;
mod media;
mod serve;
mod sim;
mod socket;
mod templates;
mod webhooks;

pub use local::{BATCH_EVENTS_MAX, Local};
pub use serve::{Options, Ready, ServeError, serve, start};
