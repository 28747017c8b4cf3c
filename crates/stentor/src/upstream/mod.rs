//! Edge out: what messages are sent through. Sees core and wire, never the store; a send has one `Outcome`.

pub mod cloud_api;
mod departure;
#[cfg(test)]
pub mod sample;
pub mod simulated;
mod through;

pub use departure::{Departure, Reference, refers_to};
pub use through::{Upstream, refuses_mark};
