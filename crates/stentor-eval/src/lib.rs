//! `stentor eval`: the model over files, the planner in a simulated world, the false alarms of the lift, the speed.
//!
//! The program's CLI calls [`run`] with [`EvalArgs`]; nothing else does. Files of other people are read here, tolerantly
//! and with limits. No decision is made here: what is evaluated is `stentor-core`, as the engine uses it.

mod alarms;
mod args;
mod batch;
mod columns;
mod dataset;
mod error;
mod file;
mod mapping;
mod metrics;
mod plot;
mod policy;
mod replay;
mod run;
mod source;
mod speed;
mod svm;
mod table;
#[cfg(test)]
mod tests;
mod uplift;

pub use args::{EvalArgs, EvalCommand, LiftArgs, PolicyArgs, SpeedArgs, Telling, UpliftArgs};
pub use error::EvalError;
pub use mapping::Mapping;
pub use run::run;
