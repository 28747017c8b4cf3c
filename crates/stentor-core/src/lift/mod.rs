//! What optimised delivery brought: the planned against the randomised slice, with intervals that may be looked at at
//! any time, and what is attributed to a message. Attributed is not incremental: both are always shown.
//!
//! A caller gives [`Arm`]s one [`Outcome`] a person (planned and slice), asks [`compare`] for the lift and shows
//! [`Lift`] as it is, "not measurable yet" included; conversions go through [`attribute`].

mod arm;
mod attribution;
mod compare;
mod interval;
#[cfg(test)]
mod tests;

pub use arm::{Arm, Outcome};
pub use attribution::{
    Attribution, CLICK_WINDOW, Conversion, LATE_MAX, Name, READ_WINDOW, Touch, attribute, event_key,
    is_accepted,
};
pub use compare::{Lift, Verdict, compare, needed_per_arm};
pub use interval::{Sequence, half_width, tightest_rho};
