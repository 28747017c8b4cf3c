//! The one table of commands beside the servers, and how a command's end becomes an exit code.

use super::args::OtherCommand;
use super::exit::{Done, Exit};
use super::print;

/// Runs a command.
///
/// # Errors
/// As every command: exit code and line.
pub async fn run(command: OtherCommand) -> Done {
    match command {
        OtherCommand::Network(command) => super::network::run(command).await,
        OtherCommand::Phone(args) => super::phone::run(args).await,
        OtherCommand::Config(args) => super::config::run(&args),
        OtherCommand::Status(client) => super::status::run(client).await,
        OtherCommand::Account(command) => super::account::run(command).await,
        OtherCommand::Channel(command) => super::channel::run(command).await,
        OtherCommand::Hub(command) => super::hub::run(command).await,
        OtherCommand::Template(command) => super::template::run(command).await,
        OtherCommand::Send(args) => super::send::run(args).await,
        OtherCommand::Messages(command) => super::messages::run(command).await,
        OtherCommand::Suppression(command) => super::suppression::run(command).await,
        OtherCommand::Person(command) => super::person::run(command).await,
        OtherCommand::Media(command) => super::media::run(command).await,
        OtherCommand::Webhook(command) => super::webhook::run(command).await,
        OtherCommand::Backup(args) => super::backup::run(args).await,
        OtherCommand::Restore(args) => super::restore::run(args).await,
        OtherCommand::Verify(args) => super::verify::run(args).await,
        OtherCommand::Eval(args) => super::eval::run(&args),
        OtherCommand::Docs { dir } => super::docs::run(&dir),
    }
}

/// The exit code of a command's end; its line goes to stderr.
#[must_use]
pub fn ended(done: Done) -> Exit {
    let Err(stop) = done else { return Exit::Ok };
    if !stop.line.is_empty() {
        print::aside(format!("stentor: {}", stop.line));
    }
    stop.exit
}
