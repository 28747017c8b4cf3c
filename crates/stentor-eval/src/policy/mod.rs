//! `stentor eval policy`: the planner in a simulated world, beside simpler orders and beside one who knows everything.
//! The world is a test of the scheduler, never a promise: its hour effect is large by construction.

mod outcome;
mod plan;
mod run;
mod student;
mod tell;
mod world;

use outcome::Outcome;
pub use plan::Policy;
pub use run::{Budget, compare};
pub use tell::{About, json, plot, table};
pub use world::Laws;
