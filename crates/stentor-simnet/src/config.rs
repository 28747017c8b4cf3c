//! What a network is made with: its seed, its limits and what its people are like. Made once by the caller.

use std::time::Duration;

use crate::profile::Pacing;

/// A network's fixed properties.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// The world: people, latencies and faults are functions of it.
    pub seed: u64,
    /// What its people are like.
    pub people: People,
    /// How long the review of a template takes.
    pub review_delay: Duration,
    /// Requests per second and business number above which 130429 is answered; bursts up to one second's worth pass.
    pub throughput_per_sec: u32,
    /// Messages under way (waiting for a later status) at most; above it a send is refused with 130429.
    pub pending_max: usize,
    /// Messages kept for [`crate::Network::inbox`], oldest forgotten first.
    pub inbox_max: usize,
    /// Pairs of business and person the network remembers something about: stops, blocks, windows, caps and pair
    /// limits, each. When full, what no longer matters is forgotten, then nothing new is remembered.
    pub pairs_max: usize,
    /// Templates whose quality is followed, at most; others are delivered without.
    pub templates_max: usize,
    /// Pacing of new and doubtful marketing templates where the profile names none; `None`: none.
    pub pacing: Option<Pacing>,
    /// Whether the caller holds what is paced, and asks with [`crate::Network::paces`] and
    /// [`crate::Network::assess_template`]; otherwise the network holds it after it was sent.
    pub is_paced_by_caller: bool,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            people: People::default(),
            review_delay: Duration::from_secs(2),
            throughput_per_sec: 80,
            pending_max: 1_000_000,
            inbox_max: 100_000,
            pairs_max: 1_000_000,
            templates_max: 10_000,
            pacing: None,
            is_paced_by_caller: false,
        }
    }
}

/// What people are like: shares of all people, 0..=1. Magic recipients are not people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct People {
    /// Not on WhatsApp: 131026.
    pub not_on_whatsapp: f64,
    /// Whether numbers that no country has are not on WhatsApp either.
    pub has_borders: bool,
    /// In the experiment that gets no marketing: 130472.
    pub experiment: f64,
    /// Stopped marketing messages of any one account before the world began: 131050.
    pub opted_out: f64,
    /// At their limit of marketing messages on any one day because of other businesses: 131049.
    pub capped: f64,
    /// Whether a person's limit counts what this network delivers, too: after 2 to 8 a day 131049.
    pub has_caps: bool,
    /// Never online again: what is sent to them expires.
    pub gone: f64,
    /// Switch the phone off at night.
    pub night_off: f64,
    /// Offline half of the time, for hours on end.
    pub patchy: f64,
    /// Show no read receipts.
    pub no_receipts: f64,
    /// Whether they read as people do: some, later, by the hour of their day. False: everybody within 3 s.
    pub has_habits: bool,
    /// How likely somebody who read a marketing message answers it.
    pub answers: f64,
    /// How likely somebody who read a marketing message stops further ones.
    pub stops: f64,
    /// How likely somebody who got a marketing message blocks the business.
    pub blocks: f64,
}

impl Default for People {
    fn default() -> Self {
        Self {
            not_on_whatsapp: 0.02,
            has_borders: true,
            experiment: 0.01,
            opted_out: 0.01,
            capped: 0.03,
            has_caps: true,
            gone: 0.01,
            night_off: 0.15,
            patchy: 0.05,
            no_receipts: 0.1,
            has_habits: true,
            answers: 0.015,
            stops: 0.004,
            blocks: 0.0015,
        }
    }
}

impl People {
    /// Everybody is there, online, reads at once and never answers: for benches and for tests about something else.
    #[must_use]
    pub const fn ideal() -> Self {
        Self {
            not_on_whatsapp: 0.0,
            has_borders: false,
            experiment: 0.0,
            opted_out: 0.0,
            capped: 0.0,
            has_caps: false,
            gone: 0.0,
            night_off: 0.0,
            patchy: 0.0,
            no_receipts: 0.0,
            has_habits: false,
            answers: 0.0,
            stops: 0.0,
            blocks: 0.0,
        }
    }
}
