//! What happened, line by line: hashed to compare runs, printed in part when an invariant breaks.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use stentor_core::id::MessageId;
use stentor_core::time::Timestamp;

/// Lines about one message that are printed.
const LINES: usize = 40;

/// The trace of one world.
#[derive(Debug, Default)]
pub struct Trace(Vec<(Timestamp, Option<MessageId>, String)>);

impl Trace {
    pub fn line(&mut self, at: Timestamp, about: Option<MessageId>, text: String) {
        self.0.push((at, about, text));
    }

    /// The same for the same run; `DefaultHasher::new` has no seed of its own.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (at, about, text) in &self.0 {
            (at.millis(), about.map(|id| id.0), text).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The last lines about a message, with what happened to everybody.
    pub fn about(&self, message: Option<MessageId>) -> String {
        let is_meant = |about: &Option<MessageId>| about.is_none() || *about == message;
        let lines: Vec<_> = self.0.iter().rev().filter(|(_, about, _)| is_meant(about)).take(LINES).collect();
        lines.into_iter().rev().fold(String::new(), |mut out, (at, about, text)| {
            let mark = if about.is_some() { "*" } else { " " };
            let _ = write!(out, "\n  {at} {mark} {text}");
            out
        })
    }
}
