//! How a queue is ordered, and what an engagement is worth.

use std::time::Duration;

use crate::engagement::exp;

/// A queue that the channel sends within this time is short: then nothing is gained by waiting.
pub const SHORT_QUEUE: Duration = Duration::from_mins(30);

/// What is traded: engaged people early, or everybody at their best hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything leaves as fast as it may; under contention the likely readers first.
    #[default]
    Early,
    /// The likely readers early, others at hours that suit them: most reads, and the first of them soon.
    Balanced,
    /// Everybody at the hour that suits them best, as far as the hours have room.
    BestHour,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Early, Self::Balanced, Self::BestHour];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Balanced => "balanced",
            Self::BestHour => "best_hour",
        }
    }

    /// The mode of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }

    /// The mode where none is asked for: by how long the queue takes to send. Greedy order alone loses reads in a long
    /// one, since it serves engaged people in the morning who read in the evening.
    ///
    /// ```
    /// use stentor_core::schedule::Mode;
    /// use std::time::Duration;
    /// assert_eq!(Mode::automatic(Duration::from_secs(60)), Mode::Early);
    /// assert_eq!(Mode::automatic(Duration::from_secs(3_600)), Mode::Balanced);
    /// ```
    #[must_use]
    pub fn automatic(queue: Duration) -> Self {
        if queue <= SHORT_QUEUE { Self::Early } else { Self::Balanced }
    }

    /// How much of a value is lost with an hour of waiting, as the rate of an exponential.
    #[must_use]
    pub const fn discount_per_hour(self) -> f64 {
        match self {
            Self::Early => 0.3,
            Self::Balanced => 0.03,
            Self::BestHour => 0.0,
        }
    }

    /// What is left of a value after waiting.
    #[must_use]
    pub fn discount(self, wait: Duration) -> f64 {
        exp(-self.discount_per_hour() * wait.as_secs_f64() / 3_600.0)
    }
}

/// What things are worth: configuration, never learnt silently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// An engagement (a read, tap, reply or conversion, by the goal).
    pub engagement: f64,
    /// What a send costs.
    pub send: f64,
    /// What an opt-out costs.
    pub opt_out: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { engagement: 1.0, send: 0.0, opt_out: 20.0 }
    }
}

impl Weights {
    /// What a send is worth, by how likely it is to be engaged with and to drive the person away.
    #[must_use]
    pub fn value(self, p_engaged: f64, p_opt_out: f64) -> f64 {
        self.engagement * p_engaged - self.send - self.opt_out * p_opt_out
    }
}
