//! `cargo xtask test` (and its other name, `ci`): the whole check, in stages, each timed; every stage runs even
//! when an earlier one failed, so that one run tells everything. Ends with one plain line of counts.
//! Always the same package set and profile, so that nothing is built twice.

use std::path::Path;
use std::time::Duration;

use crate::say::say;
use crate::stage::{self, Counts, cargo};
use crate::{clients, compiler, docs, fuzz, sim, tidy};

/// What `cargo xtask test` may be told.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds of seeded simulation at the end; 0 leaves it out.
    #[arg(long, default_value_t = 60)]
    sim_seconds: u64,
    /// Seconds of fuzzing for each kind of paths, from one seed; 0 leaves it out.
    #[arg(long, default_value_t = 20)]
    fuzz_seconds: u64,
}

/// Runs every stage; true when nothing failed.
pub fn run(root: &Path, options: &Options) -> bool {
    if !compiler::ready() {
        return false;
    }
    let mut report = Report::default();
    report.stage("fmt", || fmt(root));
    report.stage("tidy", || Counts::of(tidy::run::report(root)));
    report.stage("clippy", || clippy(root));
    report.stage("tests", || tests(root));
    report.stage("doc tests", || stage::tests(&mut cargo(root, &["test", "-q", "--workspace", "--doc"])));
    report.stage("clients", || clients::run(root));
    if options.fuzz_seconds > 0 {
        report.stage("fuzz", || fuzz::portion(root, options.fuzz_seconds, 1));
    }
    report.stage("docs", || Counts::of(docs::run(root, true)));
    if options.sim_seconds > 0 {
        report.stage("sim", || sim::portion(root, options.sim_seconds));
    }
    report.close()
}

fn fmt(root: &Path) -> Counts {
    if !stage::has(root, "fmt") {
        say("skipped: rustfmt is not installed (rustup component add rustfmt)");
        return Counts::default();
    }
    Counts::of(stage::runs(&mut cargo(root, &["fmt", "--all", "--", "--check"])))
}

fn clippy(root: &Path) -> Counts {
    if !stage::has(root, "clippy") {
        say("skipped: clippy is not installed (rustup component add clippy)");
        return Counts::default();
    }
    let arguments = ["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"];
    Counts::of(stage::runs(&mut cargo(root, &arguments)))
}

fn tests(root: &Path) -> Counts {
    // The worlds have a stage of their own.
    if stage::has(root, "nextest") {
        let but_worlds = format!("not test(={})", sim::WORLDS);
        let arguments = ["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "slow"];
        let mut command = cargo(root, &arguments);
        return stage::tests(command.args(["--final-status-level", "fail", "-E", &but_worlds]));
    }
    let targets = ["--lib", "--bins", "--tests", "--", "--skip", sim::WORLDS];
    stage::tests(cargo(root, &["test", "-q", "--workspace", "--no-fail-fast"]).args(targets))
}

#[derive(Default)]
struct Report {
    stages: Vec<(&'static str, Duration, Counts)>,
}

impl Report {
    fn stage(&mut self, name: &'static str, work: impl FnOnce() -> Counts) {
        say(format!("== {name}"));
        let (counts, took) = stage::timed(work);
        self.stages.push((name, took, counts));
    }

    fn close(&self) -> bool {
        say("== stages");
        let mut total = Counts::default();
        for (name, took, counts) in &self.stages {
            let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
            say(format!("{name:<10}{:>8.1} s  {verdict}", took.as_secs_f64()));
            total = total.plus(*counts);
        }
        let whole: Duration = self.stages.iter().map(|(_, took, _)| *took).sum();
        say(format!("{:<10}{:>8.1} s", "all", whole.as_secs_f64()));
        say(format!("{} passed, {} failed", total.passed, total.failed));
        total.failed == 0
    }
}
