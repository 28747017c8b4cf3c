//! `cargo xtask docs`: the documents the program writes about itself (`stentor docs DIR`), copied into `docs/`
//! or, with `--check`, compared with what is there: a contract changes on purpose or not at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::say::say;
use crate::stage::{cargo, runs};

/// Writes or compares; true when all is written, or equal.
pub fn run(root: &Path, check: bool) -> bool {
    let Some(program) = build(root) else { return false };
    let fresh = std::env::temp_dir().join(format!("stentor-docs-{}", std::process::id()));
    let written = fs::create_dir_all(&fresh).is_ok()
        && runs(Command::new(program).arg("docs").arg(&fresh).stdin(Stdio::null()));
    let passed = written && settle(&fresh, &root.join("docs"), check);
    let _ = fs::remove_dir_all(&fresh);
    if !written {
        say("docs: `stentor docs DIR` failed");
    }
    passed
}

/// The program as the integration tests run it: built already when they ran, never a second time.
fn build(root: &Path) -> Option<PathBuf> {
    let built = runs(&mut cargo(root, &["test", "-q", "--workspace", "--test", "it", "--no-run"]));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    built.then(|| target.join("debug").join(format!("stentor{}", std::env::consts::EXE_SUFFIX)))
}

fn settle(fresh: &Path, docs: &Path, check: bool) -> bool {
    let Ok(entries) = fs::read_dir(fresh) else { return false };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let mut passed = !names.is_empty();
    if names.is_empty() {
        say("docs: `stentor docs DIR` wrote nothing");
    }
    for name in names {
        let (new, old) = (fs::read_to_string(fresh.join(&name)), fs::read_to_string(docs.join(&name)));
        let (new, old) = (new.unwrap_or_default(), old.unwrap_or_default());
        let shown = name.display();
        if check {
            if let Some((line, text)) = first_difference(&old, &new) {
                passed = false;
                say(format!("docs/{shown}:{line}: should read {text:?}: run `cargo xtask docs`"));
            }
        } else if new != old {
            passed &= fs::write(docs.join(&name), new).is_ok();
            say(format!("wrote docs/{shown}"));
        }
    }
    passed
}

/// The first line that differs and what it should read; None when the texts are equal.
fn first_difference<'a>(old: &str, new: &'a str) -> Option<(usize, &'a str)> {
    let mut was = old.split('\n');
    for (at, line) in new.split('\n').enumerate() {
        if was.next() != Some(line) {
            return Some((at + 1, line));
        }
    }
    was.next().map(|_| (new.split('\n').count() + 1, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_different_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "c")));
        assert_eq!(first_difference("", "a\n"), Some((1, "a")));
        assert_eq!(first_difference("a\nb", "a"), Some((2, "")));
    }
}
