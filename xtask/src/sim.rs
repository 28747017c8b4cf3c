//! `cargo xtask sim`: the seeded whole-system simulation (the program's `sim` test binary), told by environment
//! variables what to run. The portion inside `cargo xtask test` uses the build that is there already; asked for
//! by name it is optimised. A failing seed is printed by the binary with its trace.

use std::path::Path;

use crate::say::say;
use crate::stage::{self, Counts, cargo};

/// The test that runs the worlds; every other test of the binary is one like any other.
pub const WORLDS: &str = "worlds_hold";

/// What is simulated: every option left out is the binary's own default.
#[derive(clap::Args)]
pub struct Options {
    /// How many seeds.
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed.
    #[arg(long)]
    from: Option<u64>,
    /// Just this seed.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Simulated days of each seed.
    #[arg(long)]
    days: Option<u64>,
    /// Ends after so many real seconds, whatever is left.
    #[arg(long)]
    seconds: Option<u64>,
    /// Which store holds the truth.
    #[arg(long, value_parser = ["memory", "sqlite", "sqlite-faults"])]
    store: Option<String>,
}

impl Options {
    fn environment(&self) -> Vec<(&'static str, String)> {
        let number = |name, value: Option<u64>| value.map(|v| (name, v.to_string()));
        [
            number("STENTOR_SIM_SEEDS", self.seed.map(|_| 1).or(self.seeds)),
            number("STENTOR_SIM_FROM", self.seed.or(self.from)),
            number("STENTOR_SIM_DAYS", self.days),
            number("STENTOR_SIM_SECONDS", self.seconds),
            self.store.clone().map(|store| ("STENTOR_SIM_STORE", store)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Runs it optimised and says how long it took; true when every invariant held.
pub fn run(root: &Path, options: &Options) -> bool {
    let mut command = cargo(root, &["test", "-q", "--release", "--workspace", "--test", "sim", "--"]);
    command.args(["--exact", WORLDS, "--nocapture"]).envs(options.environment());
    let (counts, took) = stage::timed(|| stage::tests(&mut command));
    say(format!("simulated in {:.1} s, building included", took.as_secs_f64()));
    counts.failed == 0
}

/// The portion of the whole check: `seconds` of seeds in the profile the tests were built in.
pub fn portion(root: &Path, seconds: u64) -> Counts {
    let mut command = cargo(root, &["test", "-q", "--workspace", "--test", "sim", "--", "--exact", WORLDS]);
    stage::tests(command.env("STENTOR_SIM_SECONDS", seconds.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_a_run_of_one_from_there() {
        let options =
            Options { seeds: None, from: None, seed: Some(7), days: None, seconds: None, store: None };
        let expect = [("STENTOR_SIM_SEEDS", "1"), ("STENTOR_SIM_FROM", "7")].map(|(k, v)| (k, v.to_owned()));
        assert_eq!(options.environment(), expect);
    }
}
