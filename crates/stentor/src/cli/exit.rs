//! Exit codes: documented constants, because scripts depend on them. `docs/cli.md` prints them.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked.
    Ok = 0,
    /// It could not; the line on stderr says why and what to do.
    Failed = 1,
    /// The command line or the configuration is wrong; nothing was done.
    Usage = 2,
    /// No server was found or it does not answer.
    Unreachable = 3,
    /// The server refused: the key, the request, or a state.
    Refused = 4,
    /// What was asked for does not exist.
    NotFound = 5,
    /// What was waited for did not come in time.
    TimedOut = 6,
    /// The address or the data folder is in use by another process.
    InUse = 7,
}

impl Exit {
    /// Every code with its meaning, for `docs/cli.md` and `--help`.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Ok, "it did what was asked"),
        (Self::Failed, "it could not; stderr says why and what to do"),
        (Self::Usage, "the command line or the configuration is wrong; nothing was done"),
        (Self::Unreachable, "no server was found, or it does not answer"),
        (Self::Refused, "the server refused: the key, the request, or a state"),
        (Self::NotFound, "what was asked for does not exist"),
        (Self::TimedOut, "what was waited for did not come in time"),
        (Self::InUse, "the address or the data folder is in use by another process"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends early: the code, and one line for stderr with the fix in it.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub exit: Exit,
    /// One line.
    pub line: String,
}

impl Stop {
    /// An end with its code and line.
    pub fn new(exit: Exit, line: impl Into<String>) -> Self {
        Self { exit, line: line.into() }
    }

    /// The common case: it could not.
    pub fn failed(line: impl std::fmt::Display) -> Self {
        Self::new(Exit::Failed, line.to_string())
    }
}

/// What a command returns.
pub type Done = Result<(), Stop>;
