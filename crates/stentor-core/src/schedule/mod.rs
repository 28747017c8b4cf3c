//! Which of the waiting messages leave now: prices for hours and for the budget, and the regret of waiting.
//!
//! A caller divides the time ahead into [`Slot`]s, the first of which is now; asks [`eligible`] in which of them each
//! message may leave and [`lot`] whether chance decides for it; fills [`Queue::values`] with [`Weights::value`] of the
//! model's scores; takes [`prices`] about once a minute and [`choose`] for the slot that begins. What [`choose`] sends is
//! in the order to send in, each with the reason ([`Pick`]), which [`Explanation`] completes. [`Forecast`] says, already
//! when messages are accepted, how many would not make it. Nothing is remembered here: a plan is made anew each time.

mod choose;
mod eligible;
mod explanation;
mod feasible;
mod lot;
mod mode;
mod price;
mod queue;
#[cfg(test)]
mod tests;

pub use choose::{Choice, Flag, Pick, choose};
pub use eligible::{SLOTS_MAX, Slot, eligible};
pub use explanation::Explanation;
pub use feasible::{Forecast, forecast};
pub use lot::{Lot, SLICE_PERCENT, lot, mix, uniform_slot};
pub use mode::{Mode, SHORT_QUEUE, Weights};
pub use price::{Prices, SAMPLE_MAX, STEPS, prices};
pub use queue::{Queue, Shares, Waiting};
