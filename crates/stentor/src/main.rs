//! Entry point: reads the command line, runs the command on a runtime, turns its end into an exit code.

use std::process::ExitCode;

use clap::Parser;
use stentor::cli::args::{Cli, Command};
use stentor::cli::exit::Stop;
use stentor::cli::{dev, run, serve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Runtime::new()
        .map_err(|e| Stop::failed(format!("no runtime could be started: {e}")))
        .and_then(|runtime| {
            runtime.block_on(async {
                match cli.command {
                    Command::Dev(args) => Box::pin(dev::run(args)).await,
                    Command::Serve(args) => Box::pin(serve::run(args)).await,
                    Command::Other(command) => Box::pin(run::run(command)).await,
                }
            })
        });
    run::ended(done).into()
}
