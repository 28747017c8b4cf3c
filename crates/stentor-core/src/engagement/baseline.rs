//! The baseline that is always reported beside the model, and stands in for it until there is enough to learn from: a
//! person's own rate, drawn towards the account's.

/// How many sends at the account's rate a person starts with.
pub const PRIOR_SENDS: f64 = 8.0;
/// Below so many matured labels the baseline scores, not the model.
pub const LABELS_UNTIL_MODEL: u64 = 300;

/// What is known of a person's past: how many matured sends, and how many of them engaged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Matured sends.
    pub sent: f64,
    /// Of them, engaged.
    pub engaged: f64,
}

/// The shrunken rate (Beta-Binomial): `(engaged + K·a) / (sent + K)`, a = the account's rate.
///
/// ```
/// use stentor_core::engagement::{Tally, rate};
/// assert_eq!(rate(Tally::default(), 0.2), 0.2);
/// assert!(rate(Tally { sent: 8.0, engaged: 8.0 }, 0.2) == 0.6);
/// ```
#[must_use]
pub fn rate(tally: Tally, account: f64) -> f64 {
    (tally.engaged.min(tally.sent) + PRIOR_SENDS * account) / (tally.sent + PRIOR_SENDS)
}
