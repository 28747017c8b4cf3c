//! Runs the commands a check consists of, with a stopwatch, no standard input, and their tests counted.
//! Called by `test`, `sim` and `docs`. Knows cargo's and nextest's closing lines, nothing of the checks.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::say::say;

/// Tests that passed and failed; a stage without tests counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests (or whole stages) that passed.
    pub passed: u64,
    /// Tests (or whole stages) that failed.
    pub failed: u64,
}

impl Counts {
    /// One check without tests of its own.
    pub fn of(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed) }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// How long `work` took, with its result.
#[expect(clippy::disallowed_methods, reason = "a stopwatch around commands; nothing is decided by it")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// `cargo` as the one that started us, at the workspace's root, without standard input.
pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments).stdin(Stdio::null());
    // Set by `cargo run` for us, not for the builds we start: they would only invalidate them.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

/// Is this cargo subcommand installed?
pub fn has(root: &Path, subcommand: &str) -> bool {
    let probe = cargo(root, &[subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}

/// Runs it, its output passed through; true when it ended well.
pub fn runs(command: &mut Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            say(format!("cannot start {}: {error}", command.get_program().display()));
            false
        }
    }
}

/// Runs a test command, its output passed through, and counts. Failing without one failed test (it did not
/// compile, a process died) counts as one failure, and so does a run without any test.
pub fn tests(command: &mut Command) -> Counts {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            say(format!("cannot start {}: {error}", command.get_program().display()));
            return Counts::of(false);
        }
    };
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let counts = std::thread::scope(|scope| {
        let errors = scope.spawn(|| err.map_or_else(Counts::default, |pipe| tee(pipe, std::io::stderr())));
        let lines = out.map_or_else(Counts::default, |pipe| tee(pipe, std::io::stdout()));
        lines.plus(errors.join().unwrap_or_default())
    });
    let ended_well = child.wait().is_ok_and(|status| status.success());
    match counts {
        Counts { passed: 0, failed: 0 } if ended_well => {
            say("no test ran: a check without tests checks nothing");
            Counts::of(false)
        }
        counts if ended_well || counts.failed > 0 => counts,
        counts => counts.plus(Counts::of(false)),
    }
}

fn tee(pipe: impl Read, mut to: impl Write) -> Counts {
    let mut total = Counts::default();
    let mut lines = BufReader::new(pipe);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let _ = to.write_all(&line);
        if let Some(counts) = closing_line(&String::from_utf8_lossy(&line)) {
            total = total.plus(counts);
        }
        line.clear();
    }
    total
}

/// The counts in a closing line of `cargo test`, `cargo nextest run`, pytest, Vitest or `node --test` (a line each for
/// passed and failed); None for every other line.
fn closing_line(line: &str) -> Option<Counts> {
    let line = line.trim();
    if let Some(passed) = line.strip_prefix("# pass ") {
        return passed.parse().ok().map(|passed| Counts { passed, failed: 0 });
    }
    if let Some(failed) = line.strip_prefix("# fail ") {
        return failed.parse().ok().map(|failed| Counts { passed: 0, failed });
    }
    let of_pytest =
        line.ends_with('s') && line.contains(" in ") && line.starts_with(|c: char| c.is_ascii_digit());
    let tail = match line.strip_prefix("test result:").or(line.strip_prefix("Tests  ")) {
        Some(tail) => tail,
        None if of_pytest => line,
        None => line.strip_prefix("Summary [")?.split_once("tests run:").or(line.split_once("test run:"))?.1,
    };
    let number = |word: &str| {
        let before = tail.split(word).next().filter(|before| before.len() < tail.len())?;
        before.split_whitespace().next_back()?.parse().ok()
    };
    let failed = [" failed", " timed out", " error"].iter().filter_map(|word| number(word)).sum();
    Some(Counts { passed: number(" passed").unwrap_or(0), failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_nothing_else() {
        let check = |line, expect: Option<(u64, u64)>| {
            let expect = expect.map(|(passed, failed)| Counts { passed, failed });
            assert_eq!(closing_line(line), expect, "{line}");
        };
        check("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out", Some((12, 0)));
        check("test result: FAILED. 1 passed; 2 failed; 0 ignored", Some((1, 2)));
        check("     Summary [   0.010s] 3 tests run: 3 passed, 0 skipped\n", Some((3, 0)));
        check("     Summary [   0.010s] 1 test run: 1 passed, 0 skipped", Some((1, 0)));
        check(
            "     Summary [   9.1s] 7 tests run: 4 passed (1 slow), 2 failed, 1 timed out, 1 skipped",
            Some((4, 3)),
        );
        check("2 failed, 1 passed in 28.10s", Some((1, 2)));
        check("7 passed in 3.02s", Some((7, 0)));
        check("1 passed, 1 error in 0.10s", Some((1, 1)));
        check("      Tests  2 failed | 1 passed (3)", Some((1, 2)));
        check("# pass 5", Some((5, 0)));
        check("# fail 3", Some((0, 3)));
        check("test decides::twice ... ok", None);
        check("summary of 3 tests run: 3 passed", None);
    }
}
