//! What happened, line by line: compared between runs, printed in part when an invariant breaks.

use std::fmt::Write as _;

use stentor_core::id::MessageId;
use stentor_core::time::Timestamp;

/// Lines about one message that are printed, and of those about everybody.
const LINES: usize = 40;
/// Lines that are printed before and after two runs part.
const LINES_BEFORE: usize = 6;
const LINES_AFTER: usize = 6;

/// The trace of one world.
#[derive(Debug, Default)]
pub struct Trace(Vec<(Timestamp, Option<MessageId>, String)>);

impl Trace {
    pub fn line(&mut self, at: Timestamp, about: Option<MessageId>, text: String) {
        self.0.push((at, about, text));
    }

    /// When something was last told of a message.
    pub fn last_of(&self, message: MessageId) -> Option<Timestamp> {
        self.0.iter().rev().find(|(_, about, _)| *about == Some(message)).map(|(at, ..)| *at)
    }

    /// Where another run of the same seed went another way; `None` when it did not.
    pub fn parts_from(&self, other: &Self) -> Option<String> {
        let differ = |at: &usize| self.0.get(*at) != other.0.get(*at);
        let at = (0..self.0.len().max(other.0.len())).find(differ)?;
        let shown = |trace: &Self| {
            let (before, after) = (at.saturating_sub(LINES_BEFORE), at + LINES_AFTER);
            let lines = trace.0.iter().take(after).skip(before);
            lines.fold(String::new(), |mut out, (at, about, text)| {
                let about = about.map_or(String::new(), |id| format!(" (message {id})"));
                let _ = write!(out, "\n  {at} {text}{about}");
                out
            })
        };
        Some(format!("line {at}:{}\nand in the other run:{}", shown(self), shown(other)))
    }

    /// The last lines about a message, and the last of what happened to everybody.
    pub fn about(&self, message: Option<MessageId>) -> String {
        let of_everybody = self.last(|about| about.is_none());
        let of_it = if message.is_some() { self.last(|about| about == message) } else { Vec::new() };
        let mut lines: Vec<usize> = of_it.into_iter().chain(of_everybody).collect();
        lines.sort_unstable();
        lines.into_iter().fold(String::new(), |mut out, at| {
            let (at, about, text) = &self.0[at];
            let mark = if about.is_some() { "*" } else { " " };
            let _ = write!(out, "\n  {at} {mark} {text}");
            out
        })
    }

    fn last(&self, is_meant: impl Fn(Option<MessageId>) -> bool) -> Vec<usize> {
        (0..self.0.len()).rev().filter(|at| is_meant(self.0[*at].1)).take(LINES).collect()
    }
}
