//! Counts that fade: what was counted sixty days ago counts half.

use super::entry::Goal;
use super::math::fade;

/// Minutes until a count has halved: 60 days.
const HALF_LIFE_MINUTES: f64 = 60.0 * 24.0 * 60.0;

/// Matured sends, and how many of them engaged, by [`Goal::index`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// The minute since the epoch they were brought up to date.
    pub at_minute: u32,
    /// Matured sends.
    pub sent: f64,
    /// Of them, engaged, by goal.
    pub engaged: [f64; Goal::ALL.len()],
}

impl Counts {
    /// The same at that minute.
    #[must_use]
    pub fn at(self, minute: u32) -> Self {
        let kept = fade(f64::from(minute.saturating_sub(self.at_minute)), HALF_LIFE_MINUTES);
        Self {
            at_minute: self.at_minute.max(minute),
            sent: self.sent * kept,
            engaged: self.engaged.map(|count| count * kept),
        }
    }

    /// The rate of a goal, drawn towards `prior` by `weight` sends.
    #[must_use]
    pub fn rate(&self, goal: Goal, prior: f64, weight: f64) -> f64 {
        (self.engaged[goal.index()] + weight * prior) / (self.sent + weight)
    }
}

/// Which of the four buckets of fatigue: 0, 1, 2, or 3 and more messages in the last seven days.
#[must_use]
pub const fn fatigue_bucket(messages_in_7_days: usize) -> usize {
    if messages_in_7_days > 3 { 3 } else { messages_in_7_days }
}
