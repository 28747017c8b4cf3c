//! `stentor eval` alone: builds in a minute where the whole program takes many.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    eval: stentor_eval::EvalArgs,
}

#[expect(clippy::disallowed_methods, reason = "the program's clock file is not here")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line's answer")]
fn main() -> ExitCode {
    let began = Instant::now();
    match stentor_eval::run(&Alone::parse().eval, &|| began.elapsed()) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
