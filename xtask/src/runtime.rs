//! Python and Node.js for the stages that drive the server from other languages: found, or installed with apt where
//! that is possible and said, or one clear line. Called by `clients`; knows nothing of what they run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::compiler::may_install;
use crate::say::say;
use crate::stage::runs;

/// A language's runtime.
pub struct Runtime {
    name: &'static str,
    program: &'static str,
    /// Ends well where the runtime is complete enough.
    probe: &'static [&'static str],
    packages: &'static str,
}

/// Python 3.9 or later that can make virtual environments.
pub const PYTHON: Runtime = Runtime {
    name: "Python 3.9",
    program: "python3",
    probe: &["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))"],
    packages: "python3 python3-venv",
};

/// Node.js 20 or later, and npm beside it.
pub const NODE: Runtime = Runtime {
    name: "Node.js 20 with npm",
    program: "node",
    probe: &[
        "-e",
        "require('child_process').execSync('npm --version'); process.exit(+(parseInt(process.versions.node) < 20))",
    ],
    packages: "nodejs npm",
};

impl Runtime {
    /// True when it is there, or was just installed.
    pub fn ready(&self) -> bool {
        if self.found() {
            return true;
        }
        let install = format!("apt-get update && apt-get install -y {}", self.packages);
        if may_install() {
            say(format!("no {}: installing it with `{install}`", self.name));
            let mut shell = Command::new("sh");
            shell.args(["-c", &install]).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            if runs(&mut shell) && self.found() {
                return true;
            }
        }
        say(format!(
            "{} or later is needed: sudo sh -c '{install}', or put a newer one on the PATH",
            self.name
        ));
        false
    }

    fn found(&self) -> bool {
        let mut probe = Command::new(self.program);
        probe.args(self.probe).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    }
}

/// A virtual environment with what `requirements` pins, under `target/`; made once, and again when they change.
pub fn python_environment(target: &Path, requirements: &Path) -> Option<PathBuf> {
    let wanted = std::fs::read_to_string(requirements).ok()?;
    let folder = target.join("venv").join(format!("{:016x}", fingerprint(&wanted)));
    let (python, stamp) = (folder.join("bin/python"), folder.join("complete"));
    if stamp.exists() {
        return Some(python);
    }
    say(format!("installing {} into {}", wanted.trim().replace('\n', ", "), folder.display()));
    let made = runs(Command::new(PYTHON.program).args(["-m", "venv"]).arg(&folder));
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]).arg(requirements);
    let done = made && runs(pip.stdin(Stdio::null())) && std::fs::write(&stamp, wanted).is_ok();
    done.then_some(python)
}

/// The packages that the lock file of `folder` names, in its `node_modules`; made once, and again when it changes.
pub fn node_packages(folder: &Path) -> bool {
    let Ok(lock) = std::fs::read(folder.join("package-lock.json")) else { return false };
    let stamp = folder.join("node_modules/.complete");
    if std::fs::read(&stamp).is_ok_and(|made| made == lock) {
        return true;
    }
    say(format!("installing the packages of {}", folder.display()));
    // Not `npm ci`: it refuses lock files without addresses for packages that are optional elsewhere.
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--silent", "--no-fund", "--no-audit"])
        .current_dir(folder)
        .stdin(Stdio::null());
    runs(&mut npm) && std::fs::write(&stamp, lock).is_ok()
}

/// FNV-1a: a name for a text.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
