//! The flags of `stentor eval`, as the program's command line has them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::mapping::Mapping;

/// `stentor eval`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct EvalArgs {
    /// A design (`*.svm`, `*.svm.gz`) or a CSV file, gzipped or not; its content says which
    #[arg(required = true)]
    pub file: Option<PathBuf>,
    /// For a design without people and dates: the CSV file of the same rows that has them
    #[arg(long, value_name = "FILE")]
    pub companion: Option<PathBuf>,
    /// What a CSV file's columns are.
    #[command(
        flatten,
        next_help_heading = "Columns of a CSV file (found by themselves in the public files)"
    )]
    pub mapping: Mapping,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
    /// The others.
    #[command(subcommand)]
    pub what: Option<EvalCommand>,
}

/// How results are told.
#[derive(Args, Clone, Debug, Default)]
pub struct Telling {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Draw to this SVG file
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

/// What else can be evaluated.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one in a process")]
pub enum EvalCommand {
    /// The planner in a simulated world, beside simpler policies and one that knows everything
    Policy(PolicyArgs),
    /// How often the lift's interval raises a false alarm, if one looks after every observation
    Lift(LiftArgs),
    /// What a score, a label and a plan cost on this machine
    Speed(SpeedArgs),
    /// Who should be sent to because it makes a difference: an uplift model over randomised arms
    Uplift(UpliftArgs),
}

/// `eval policy`.
#[derive(Args, Debug)]
pub struct PolicyArgs {
    /// People in each world
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub people: u32,
    /// The worlds, by their seeds
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 3])]
    pub seeds: Vec<u64>,
    /// How it is told.
    #[command(flatten)]
    pub telling: Telling,
}

/// `eval lift`.
#[derive(Args, Debug)]
pub struct LiftArgs {
    /// Runs, in none of which there is a lift
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub runs: u64,
    /// Observations in each run
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(10..=10_000_000))]
    pub observations: u64,
    /// Another seed has other luck
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `eval speed`.
#[derive(Args, Debug)]
pub struct SpeedArgs {
    /// Scores and labels measured
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub rounds: u32,
    /// Messages planned
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    pub messages: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `eval uplift`.
#[derive(Args, Debug)]
pub struct UpliftArgs {
    /// A CSV file of a randomised experiment
    pub file: PathBuf,
    /// Column of the arm
    #[arg(long, value_name = "COLUMN", default_value = "segment")]
    pub arm: String,
    /// The arm that was not sent anything
    #[arg(long, value_name = "VALUE", default_value = "No E-Mail")]
    pub control: String,
    /// What the columns are.
    #[command(flatten, next_help_heading = "Columns (found by themselves in the public files)")]
    pub mapping: Mapping,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
