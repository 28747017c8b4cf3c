//! Public client libraries and the example suites against the program, each in its own language: what is written for
//! the real API runs unchanged. Called by `test`; the drivers are in `clients/`, the examples in `examples/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::runtime::{NODE, PYTHON, node_packages, python_environment};
use crate::say::say;
use crate::stage::{self, Counts, cargo};

/// Runs every driver and example; what cannot be set up counts as failed.
pub fn run(root: &Path) -> Counts {
    let Some(program) = program(root) else {
        say("the program does not build");
        return Counts::of(false);
    };
    let target = target(root);
    let python = |folder: &str| pytest(&target, &root.join(folder), &program);
    let node = |folder: &str, arguments: &[&str]| npx(&root.join(folder), arguments, &program);
    let all: [(&str, Counts); 5] = [
        ("clients/python (pywa)", python("clients/python")),
        ("clients/node (whatsapp-api-js)", node("clients/node", &["--test", "--test-reporter=tap"])),
        ("clients/rust (meta-whatsapp)", rust(root, &target, &program)),
        ("examples/pytest", python("examples/pytest")),
        ("examples/vitest", node("examples/vitest", &["node_modules/vitest/vitest.mjs", "run"])),
    ];
    all.iter().fold(Counts::default(), |total, (name, counts)| {
        say(format!("{name}: {} passed, {} failed", counts.passed, counts.failed));
        total.plus(*counts)
    })
}

/// Builds the program as the tests do, and names it.
fn program(root: &Path) -> Option<PathBuf> {
    let built = stage::runs(&mut cargo(root, &["test", "-q", "--workspace", "--test", "it", "--no-run"]));
    built.then(|| target(root).join("debug").join(format!("stentor{}", std::env::consts::EXE_SUFFIX)))
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn pytest(target: &Path, folder: &Path, program: &Path) -> Counts {
    let environment = || python_environment(target, &folder.join("requirements.txt"));
    let Some(python) = PYTHON.ready().then(environment).flatten() else { return Counts::of(false) };
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]);
    drive(command.env("PYTHONDONTWRITEBYTECODE", "1"), folder, program)
}

fn npx(folder: &Path, arguments: &[&str], program: &Path) -> Counts {
    if !(NODE.ready() && node_packages(folder)) {
        return Counts::of(false);
    }
    drive(Command::new("node").args(arguments), folder, program)
}

/// A workspace of its own: its dependencies are no concern of ours.
fn rust(root: &Path, target: &Path, program: &Path) -> Counts {
    let mut command = cargo(root, &["test", "-q", "--test", "it", "--target-dir"]);
    drive(command.arg(target.join("clients-rust")), &root.join("clients/rust"), program)
}

fn drive(command: &mut Command, folder: &Path, program: &Path) -> Counts {
    stage::tests(
        command.current_dir(folder).env("STENTOR_BIN", program).env("NO_COLOR", "1").stdin(Stdio::null()),
    )
}
