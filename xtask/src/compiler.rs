//! SQLite is built from C, so a C compiler is needed: finds it before anything is built, and says in one
//! line what to do when there is none. Called by `test` and `sim`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::say::say;
use crate::stage;

const INSTALL: &str = "apt-get update && apt-get install -y gcc libc6-dev";

/// True when a C compiler is there, or was just installed (as root, where `apt-get` exists).
pub fn ready() -> bool {
    if found() {
        return true;
    }
    if may_install() {
        say(format!("no C compiler (cc, gcc or clang): installing one with `{INSTALL}`"));
        let mut shell = Command::new("sh");
        shell.args(["-c", INSTALL]).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        if stage::runs(&mut shell) && found() {
            return true;
        }
    }
    say(format!("no C compiler (cc, gcc or clang), and SQLite is built from C: sudo sh -c '{INSTALL}'"));
    false
}

fn found() -> bool {
    let chosen = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
    let names = chosen.as_deref().map_or(vec!["cc", "gcc", "clang"], |cc| vec![cc]);
    names.into_iter().any(|name| runs(name, "--version"))
}

/// Whether apt can be asked: as root, where it exists.
pub fn may_install() -> bool {
    let id = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    let root = id.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).trim() == "0");
    root && Path::new("/usr/bin/apt-get").exists()
}

fn runs(program: &str, argument: &str) -> bool {
    // CC may carry arguments of its own ("ccache cc").
    let mut words = program.split_whitespace();
    let Some(program) = words.next() else { return false };
    let mut probe = Command::new(program);
    probe.args(words).arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}
