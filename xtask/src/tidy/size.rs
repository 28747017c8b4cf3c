//! Sizes: a file over 400 lines asks a question (a note), over 800 stops the build; a function has 70 lines.
//! `xtask/ratchet.txt` names what is larger (`path lines` or `path::function lines`): it may shrink, never grow,
//! and a line that is not needed any more must go.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::source::Source;

const FILE_LINES_NOTED: usize = 400;
const FILE_LINES_MAX: usize = 800;
const FUNCTION_LINES_MAX: usize = 70;
const RATCHET: &str = "xtask/ratchet.txt";

/// What may be larger, and how large it was: name -> (lines, line in the ratchet file, seen).
#[derive(Default)]
pub struct Ratchet(BTreeMap<String, (usize, usize, bool)>);

impl Ratchet {
    /// Reads `xtask/ratchet.txt`; lines that begin with `#` are comments.
    pub fn read(text: &str) -> Self {
        let entries = text.lines().enumerate().filter_map(|(at, line)| {
            let (name, lines) = line.rsplit_once(' ').filter(|_| !line.starts_with('#'))?;
            Some((name.to_owned(), (lines.parse().ok()?, at + 1, false)))
        });
        Self(entries.collect())
    }

    /// Is `lines` under the limit, or no more than what is written?
    fn judge(&mut self, name: &str, lines: usize, max: usize, path: &str, line: usize) -> Option<Finding> {
        if lines <= max {
            return None;
        }
        match self.0.get_mut(name) {
            None => Some(Finding::new(path, line, format!("{lines} lines, {max} at most"), "divide it")),
            Some((written, at, seen)) => {
                *seen = true;
                let finding = |what: String, fix| Some(Finding::new(RATCHET, *at, what, fix));
                match lines.cmp(written) {
                    std::cmp::Ordering::Greater => {
                        finding(format!("{name} grew to {lines} lines"), "divide it")
                    }
                    std::cmp::Ordering::Less => {
                        finding(format!("{name} has {lines} lines now"), "write that")
                    }
                    std::cmp::Ordering::Equal => None,
                }
            }
        }
    }

    /// Entries that nothing needed.
    pub fn unused(&self) -> Vec<Finding> {
        let unused = self.0.iter().filter(|(_, (_, _, seen))| !seen);
        unused
            .map(|(name, (_, at, _))| {
                Finding::new(RATCHET, *at, format!("{name} is within the limit"), "remove the line")
            })
            .collect()
    }
}

/// What one file is too large in.
pub fn check(path: &str, text: &str, source: &Source, ratchet: &mut Ratchet) -> Vec<Finding> {
    let mut findings: Vec<_> =
        ratchet.judge(path, text.lines().count(), FILE_LINES_MAX, path, 1).into_iter().collect();
    for function in &source.functions {
        let name = format!("{path}::{}", function.name);
        let found = ratchet.judge(&name, function.lines, FUNCTION_LINES_MAX, path, function.line);
        findings.extend(found.map(|mut finding| {
            if finding.path == path {
                finding.what = format!("fn {}: {}", function.name, finding.what);
            }
            finding
        }));
    }
    findings
}

/// The question a large file asks; no failure.
pub fn note(path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > FILE_LINES_NOTED && lines <= FILE_LINES_MAX)
        .then(|| format!("{path}: {lines} lines: is it one thing?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::read;

    fn found(text: &str, ratchet: &str) -> Vec<String> {
        let mut ratchet = Ratchet::read(ratchet);
        let source = read(text, 1, false).expect("lexes");
        let mut findings = check("a.rs", text, &source, &mut ratchet);
        findings.extend(ratchet.unused());
        findings.iter().map(ToString::to_string).collect()
    }

    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "f();\n".repeat(lines - 2))
    }

    #[test]
    fn seventy_lines_pass_and_one_more_does_not() {
        assert_eq!(found(&function(70), ""), [""; 0]);
        assert_eq!(found(&function(71), ""), ["a.rs:1: fn long: 71 lines, 70 at most: divide it"]);
    }

    #[test]
    fn eight_hundred_lines_pass_and_one_more_does_not() {
        assert_eq!(found(&"// x\n".repeat(800), ""), [""; 0]);
        assert_eq!(found(&"// x\n".repeat(801), ""), ["a.rs:1: 801 lines, 800 at most: divide it"]);
        assert!(note("a.rs", &"\n".repeat(401)).is_some() && note("a.rs", &"\n".repeat(400)).is_none());
    }

    #[test]
    fn the_ratchet_turns_one_way() {
        let path = "xtask/ratchet.txt:1: a.rs::long";
        assert_eq!(found(&function(80), "a.rs::long 80"), [""; 0]);
        assert_eq!(found(&function(81), "a.rs::long 80"), [format!("{path} grew to 81 lines: divide it")]);
        assert_eq!(found(&function(79), "a.rs::long 80"), [format!("{path} has 79 lines now: write that")]);
        assert_eq!(
            found(&function(9), "a.rs::long 80"),
            [format!("{path} is within the limit: remove the line")]
        );
    }
}
