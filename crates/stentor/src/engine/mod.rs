//! The movers: what carries a message from the queue to the upstream and its events to the customer.
//!
//! Each is `step(now, inputs) -> commands, wake_at`: it reads no clock, waits for nothing and does nothing itself.
//! `run` alone executes commands and turns each completion into an input; the simulator does the same without a runtime.

pub mod dispatcher;
#[cfg(test)]
mod fairness;
pub mod janitor;
pub mod learner;
pub mod notifier;
pub mod planner;
pub mod post;
pub mod readmit;
mod run;
pub mod step;

pub use run::{Engine, Parts};
