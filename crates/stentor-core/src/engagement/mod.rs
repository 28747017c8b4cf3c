//! Who is likely to engage with a message: counters, features, an online model, and its reasons in words.
//!
//! A caller keeps one [`Learner`] an account. It gives it every entry of the account's learning log in order
//! ([`Learner::apply`]; only messages whose activity may be learnt from are in that log), asks [`Learner::score`] for
//! what is queued, and keeps [`Learner::snapshot`] beside the log's position. Snapshot and the entries after it give the
//! same bits as the whole log. A person of whom nothing may be used is scored with [`Who::Nobody`].
//!
//! No clock, no dice, libm for what the machines' own libraries round differently, and sums in a fixed order.

mod baseline;
mod calibration;
mod counts;
mod entry;
mod explain;
mod features;
mod filter;
mod history;
mod learner;
mod math;
mod mixture;
mod model;
mod pending;
mod persist;
mod person;
mod snapshot;
#[cfg(test)]
mod tests;

pub use baseline::{LABELS_UNTIL_MODEL, PRIOR_SENDS, Tally, rate};
pub use calibration::Platt;
pub use counts::{Counts, fatigue_bucket};
pub use entry::{Entry, Fact, Goal, Sent};
pub use explain::{Contribution, TOP, contributions};
pub use features::{FEATURES, Moment, NAMES, Who};
pub use filter::{Base, Belief, Effect, Feature, Filter, Loading, PRIOR_VARIANCE};
pub use history::History;
pub use learner::{LABELS_PENDING_MAX, Learner};
pub use math::{exp, ln, logit, sigmoid};
pub use mixture::{DRIFTS, Mixture, Voices};
pub use model::{Losses, Model, Said, Score, Shared};
pub use person::{PERSON_BYTES, Person};
pub use snapshot::{Broken, Reader, Writer};
