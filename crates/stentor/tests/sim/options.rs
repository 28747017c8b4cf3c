//! What to run, from the environment.

use std::time::Duration;

/// Where the truth is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The reference model.
    Memory,
    /// SQLite in a directory of its own.
    Sqlite,
    /// The same on a disk that fails, with crashes that cut the power.
    FailingDisk,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many seeds.
    pub seeds: u64,
    /// The first of them.
    pub from: u64,
    /// Days of traffic of each.
    pub days: u64,
    /// Real time after which no further seed is begun.
    pub within: Duration,
    /// On what.
    pub on: On,
}

impl Options {
    /// Defaults: as many seeds as fit into 50 s, a day each, in memory.
    pub fn from_env() -> Self {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}: a whole number")),
            Err(_) => default,
        };
        let seeds = std::env::var("STENTOR_SIM_SEEDS").ok();
        let within = number("STENTOR_SIM_SECONDS", if seeds.is_some() { u64::MAX >> 1 } else { 50 });
        Self {
            seeds: number("STENTOR_SIM_SEEDS", 100_000),
            from: number("STENTOR_SIM_FROM", 1),
            days: number("STENTOR_SIM_DAYS", 1),
            within: Duration::from_secs(within),
            on: match std::env::var("STENTOR_SIM_STORE").as_deref() {
                Ok("sqlite") => On::Sqlite,
                Ok("sqlite-faults") => On::FailingDisk,
                _ => On::Memory,
            },
        }
    }
}
