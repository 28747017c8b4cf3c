//! The real binary, run as people and scripts run it: with a home of its own and nobody's environment.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// The binary with an empty home: no server is noted there, no configuration comes from outside.
pub struct Program {
    home: tempfile::TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// stdout.
    pub out: String,
    /// stderr.
    pub err: String,
}

impl Ran {
    /// stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// Itself, when the command did what was asked.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

impl Program {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a temporary directory") }
    }

    /// The home's folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stentor"));
        command.env_clear().env("HOME", self.home()).env("TZ", "UTC").stdin(Stdio::null()).args(arguments);
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs a command to its end with variables in its environment.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let Output { status, stdout, stderr } =
            self.command(arguments).envs(environment.iter().copied()).output().expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
    }

    /// Starts a command that goes on until it is told to stop.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.start_with(arguments, &[])
    }

    /// The same, with variables in its environment.
    pub fn start_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Running {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let asides = BufReader::new(child.stderr.take().expect("piped")).lines();
        Running { child, lines, asides }
    }
}

/// A command that goes on; killed when dropped.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    asides: Lines<BufReader<ChildStderr>>,
}

impl Running {
    /// The next line of stdout, waiting for it; empty at its end.
    pub fn line(&mut self) -> String {
        self.lines.next().map(|line| line.expect("UTF-8")).unwrap_or_default()
    }

    /// The next line of stdout as JSON.
    pub fn json(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// The next line of stderr, waiting for it; empty at its end.
    pub fn aside(&mut self) -> String {
        self.asides.next().map(|line| line.expect("UTF-8")).unwrap_or_default()
    }

    /// Sends SIGTERM and returns the exit code.
    pub fn stop(mut self) -> i32 {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill starts");
        assert!(told.success());
        self.end()
    }

    /// Waits for its own end and returns the exit code.
    pub fn end(&mut self) -> i32 {
        self.child.wait().expect("it ends").code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
