//! The one way xtask talks: whole lines on standard output, flushed, so that they keep their place among
//! the lines of the commands it runs. Called by everything here.

use std::fmt::Display;
use std::io::Write;

/// Prints one line. A closed pipe is not an error: whoever closed it does not want to know.
pub fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
