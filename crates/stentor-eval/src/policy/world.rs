//! The simulated world: people with hidden habits, campaigns of hidden appeal, tiredness, opt-outs. Every draw is a hash
//! of (world, purpose, person, campaign), so that all policies meet the same luck.

use stentor_core::engagement::sigmoid;

use crate::dataset::unit;

/// Campaigns, one every [`CAMPAIGN_DAYS`]; the first [`COMMON_CAMPAIGNS`] are sent at random, alike for all policies.
pub const CAMPAIGNS: usize = 8;
/// Campaigns that make the common log.
pub const COMMON_CAMPAIGNS: usize = 4;
/// Days from one campaign to the next.
pub const CAMPAIGN_DAYS: u32 = 4;
/// Messages go out from 8 to 22 o'clock, an hour a slot.
pub const FIRST_HOUR: u8 = 8;
/// Slots of a day.
pub const SLOTS: usize = 14;
/// A slot takes one person in so many.
pub const PEOPLE_PER_CAPACITY: usize = 10;
/// Median and spread (of the logarithm) of the minutes until a message is read.
const READ_DELAY: (f64, f64) = (40.0, 1.6);
/// What is not read by then never is.
const LOST_HOURS: f64 = 72.0;
/// The most tired somebody is who had no message in seven days.
const TIRED_DAYS: u32 = 7;

/// What holds in a world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Laws {
    /// How much the hour matters.
    pub hours: f64,
    /// How much people differ: 1 as they do, 0 not at all.
    pub differences: f64,
}

impl Laws {
    /// The document's world.
    pub const GIVEN: Self = Self { hours: 0.8, differences: 1.0 };
    /// A world in which there is nothing to learn: no hour is better, nobody differs.
    pub const FLAT: Self = Self { hours: 0.0, differences: 0.0 };
}

/// One person.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// What is known of them.
    pub seen: [f64; 3],
    /// What is not.
    hidden: f64,
    /// The hour at which they read most.
    peak_hour: f64,
}

/// A world of people and campaigns.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    laws: Laws,
    /// The people.
    pub people: Vec<Person>,
    appeal: [f64; CAMPAIGNS],
}

/// What happened to one person so far, under one policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Life {
    /// Did they opt out?
    pub is_out: bool,
    /// The days on which they got a message.
    sent_days: [Option<u32>; CAMPAIGNS],
}

impl Life {
    /// How many messages they got in the seven days before a campaign.
    #[must_use]
    pub fn tired(&self, campaign: usize) -> u32 {
        let today = campaign as u32 * CAMPAIGN_DAYS;
        self.sent_days.iter().flatten().filter(|day| today - **day <= TIRED_DAYS).count() as u32
    }

    /// They got this campaign's message.
    pub fn note_sent(&mut self, campaign: usize) {
        self.sent_days[campaign] = Some(campaign as u32 * CAMPAIGN_DAYS);
    }
}

impl World {
    /// The world of that seed, with so many people.
    #[must_use]
    pub fn new(seed: u64, people: usize, laws: Laws) -> Self {
        let person = |u: u64| Person {
            seen: [0, 1, 2].map(|n| normal(&[seed, 1, n, u])),
            hidden: 0.8 * normal(&[seed, 2, u]),
            peak_hour: match unit(&[seed, 3, u]) {
                x if x < 0.25 => 9.0,
                x if x < 0.5 => 13.0,
                _ => 20.0,
            },
        };
        let mut appeal = [0.0; CAMPAIGNS];
        for (c, appeal) in appeal.iter_mut().enumerate() {
            *appeal = 0.3 * normal(&[seed, 4, c as u64]);
        }
        Self { seed, laws, people: (0..people as u64).map(person).collect(), appeal }
    }

    /// Messages an hour.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.people.len() / PEOPLE_PER_CAPACITY
    }

    /// The chance that a person reads a campaign's message that leaves in that slot.
    #[must_use]
    pub fn p_read(&self, u: usize, campaign: usize, slot: usize, tired: u32) -> f64 {
        let person = &self.people[u];
        let [x1, x2, x3] = person.seen;
        let hour = f64::from(FIRST_HOUR) + slot as f64;
        let wave = libm_cos(std::f64::consts::TAU * (hour - person.peak_hour) / 24.0);
        let differs = self.laws.differences * (0.7 * x1 + 0.4 * x2 - 0.3 * x3 + person.hidden);
        sigmoid(-2.2 + differs + self.appeal[campaign] + self.laws.hours * wave - 0.25 * f64::from(tired))
    }

    /// The chance that they opt out after it.
    #[must_use]
    pub fn p_opt_out(p_read: f64, tired: u32) -> f64 {
        0.004 * (1.0 + f64::from(tired)) * (1.0 - p_read)
    }

    /// Is it read, and within the day in which a label is awaited?
    #[must_use]
    pub fn is_read(&self, u: usize, campaign: usize, p_read: f64) -> bool {
        let names = [self.seed, 5, campaign as u64, u as u64];
        let (median, spread) = READ_DELAY;
        let hours = median / 60.0 * (spread * normal(&[self.seed, 6, campaign as u64, u as u64])).exp();
        unit(&names) < p_read && hours <= LOST_HOURS && hours <= 24.0
    }

    /// Do they opt out?
    #[must_use]
    pub fn opts_out(&self, u: usize, campaign: usize, p_opt_out: f64) -> bool {
        unit(&[self.seed, 7, campaign as u64, u as u64]) < p_opt_out
    }

    /// A shuffle of the people for a campaign: the order in which their messages were accepted.
    #[must_use]
    pub fn arrival(&self, campaign: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.people.len()).collect();
        let place = |u: usize| stentor_core::schedule::mix(&[self.seed, 8, campaign as u64, u as u64]);
        order.sort_unstable_by_key(|&u| place(u));
        order
    }

    /// A number from 0 to 1 that the common log draws its hours with.
    #[must_use]
    pub fn draw(&self, u: usize, campaign: usize) -> f64 {
        unit(&[self.seed, 9, campaign as u64, u as u64])
    }
}

fn libm_cos(angle: f64) -> f64 {
    angle.cos()
}

/// A draw from the standard normal distribution (Box and Muller).
fn normal(numbers: &[u64]) -> f64 {
    let with = |n: u64| unit(&[numbers, &[n]].concat());
    (-2.0 * (1.0 - with(1)).ln()).sqrt() * (std::f64::consts::TAU * with(2)).cos()
}
