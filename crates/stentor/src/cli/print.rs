//! The only way of the commands to stdout: plain lines, JSON lines, and what kind of screen is there.
//! A reader that has gone (`| head`) is a clean end, not an error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use super::exit::{Done, Exit, Stop};

/// What stdout is: a terminal with a width and perhaps colours, or a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether frames and ticks may be drawn: on a terminal only.
    pub draws: bool,
    /// Whether colours may be used: on a terminal, unless `NO_COLOR` is set (no-color.org).
    pub colours: bool,
}

/// How a piece of text stands out on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Titles.
    Bold,
    /// What matters less.
    Dim,
    /// Read ticks.
    Blue,
    /// Good.
    Green,
    /// Bad.
    Red,
}

impl Screen {
    /// Without a terminal: wide, no frames, no colours.
    pub const PIPE: Self = Self { width: 100, draws: false, colours: false };

    /// What stdout is now.
    #[must_use]
    pub fn of_stdout() -> Self {
        if !io::stdout().is_terminal() {
            return Self::PIPE;
        }
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        let colours = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Self { width: width.max(20), draws: true, colours }
    }

    /// How wide a table may be: in a pipe nothing is cut.
    #[must_use]
    pub const fn table_width(self) -> usize {
        if self.draws { self.width } else { usize::MAX }
    }

    /// `text` in `tone`, where there are colours.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colours || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Blue => "34",
            Tone::Green => "32",
            Tone::Red => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Prints text and a line break, at once.
///
/// # Errors
/// When stdout cannot be written; a reader that has gone is [`Exit::Ok`] without a line.
pub fn line(text: impl Display) -> Done {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Err(Stop::new(Exit::Ok, "")),
        Err(e) => Err(Stop::failed(format!("stdout cannot be written: {e}"))),
    }
}

/// Prints JSON on one line.
///
/// # Errors
/// As [`line`].
pub fn json(value: &Value) -> Done {
    line(value)
}

/// Says something beside the output: on stderr, for people. Nobody reading is no error.
pub fn aside(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
