//! Stentor's automation: `cargo xtask <command>`, from any directory of the workspace.
//! Wires the commands to their modules and turns their verdict into the exit code. No command asks for input.

mod bench;
mod clients;
mod compiler;
mod corpus;
mod docs;
mod fuzz;
mod http;
mod runtime;
mod say;
mod sim;
mod stage;
mod test;
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Stentor's automation. `test` is the whole check; the others are its parts and the measurements.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Everything: format, lints, tidy, tests, doc tests, generated documents, a portion of simulation.
    #[command(alias = "ci")]
    Test(test::Options),
    /// The rules of the house: dependencies, headers, sizes, dead files, forbidden words.
    Tidy,
    /// Writes the generated documents (errors, configuration, metrics, commands) into `docs/`.
    Docs {
        /// Only compare; fail when a file differs.
        #[arg(long)]
        check: bool,
    },
    /// Seeded whole-system simulation, optimised build.
    Sim(sim::Options),
    /// Public client libraries and the example suites, against the program.
    Clients,
    /// Requests made of the API's own descriptions: no 5xx, no panic, every answer as declared.
    Fuzz(fuzz::Options),
    /// Measurements: figures as ratios against a ceiling of the same run.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Sends every body of a corpus (`messages.jsonl`, `template_definitions.jsonl`) to a server of its own.
    Corpus {
        /// The folder that holds the two files.
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    let root = root();
    let passed = match Command::parse() {
        Command::Test(options) => test::run(&root, &options),
        Command::Tidy => tidy::run::report(&root),
        Command::Docs { check } => docs::run(&root, check),
        Command::Sim(options) => sim::run(&root, &options),
        Command::Clients => clients::run(&root).failed == 0,
        Command::Fuzz(options) => fuzz::run(&root, &options),
        Command::Bench(bench) => bench::run(&root, &bench),
        Command::Corpus { dir } => corpus::run::run(&root, &dir).unwrap_or_else(|error| {
            say::say(format!("corpus: {error}"));
            false
        }),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The workspace's root: where this crate's manifest lay when it was built, one up.
fn root() -> PathBuf {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}
