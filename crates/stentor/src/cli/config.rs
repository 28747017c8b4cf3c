//! `config`: prints the commented default configuration, or checks a file and the environment.

use super::args::ConfigArgs;
use super::exit::{Done, Exit, Stop};
use super::print;
use crate::config::{Config, DEFAULT};

/// Runs `config`.
///
/// # Errors
/// [`Exit::Usage`] naming the key that is wrong and what is allowed.
pub fn run(args: &ConfigArgs) -> Done {
    let Some(file) = &args.check else { return print::line(DEFAULT.trim_end()) };
    match Config::load(file.as_deref(), std::env::vars()) {
        Ok(_) => print::line("the configuration is good"),
        Err(error) => Err(Stop::new(Exit::Usage, error.to_string())),
    }
}
