//! The processes a bench starts: the program in a given build, and this program's own servers. Killed when dropped.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::stage::{cargo, runs};

/// Builds the program in `profile` and says where it is.
pub fn build(root: &Path, profile: &str) -> Result<PathBuf, String> {
    if !runs(&mut cargo(root, &["build", "-q", "--profile", profile, "-p", "stentor"])) {
        return Err("the program does not build".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    // Cargo calls the folder of `dev` by its old name.
    Ok(target.join(if profile == "dev" { "debug" } else { profile }).join("stentor"))
}

/// A running process.
pub struct Process {
    child: Child,
    /// Kept open: a closed pipe would end a process that still prints.
    out: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a program and hands back the first line it prints.
    pub fn start(
        program: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<(Self, String), String> {
        let mut command = Command::new(program);
        command.args(arguments).envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let fault = |e: std::io::Error| format!("{} {}: {e}", program.display(), arguments.join(" "));
        let mut child = command.spawn().map_err(fault)?;
        let out = child.stdout.take().ok_or("no stdout")?;
        let mut process = Self { child, out: BufReader::new(out) };
        let mut line = String::new();
        process.out.read_line(&mut line).map_err(fault)?;
        Ok((process, line))
    }

    /// Starts one of this program's own servers (`bench bare`, `bench receiver`).
    pub fn own(server: &str) -> Result<(Self, SocketAddr), String> {
        let me = std::env::current_exe().map_err(|e| e.to_string())?;
        let (process, line) = Self::start(&me, &["bench", server], &[])?;
        let address = line.trim().parse().map_err(|e| format!("bench {server} said {line:?}: {e}"))?;
        Ok((process, address))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A field of a ready line.
pub fn field(ready: &str, name: &str) -> Result<String, String> {
    let value: Value =
        serde_json::from_str(ready).map_err(|e| format!("{ready:?} is not a ready line: {e}"))?;
    match &value[name] {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(format!("the ready line has no {name}: {ready}")),
    }
}

/// Where `http://host:port` is.
pub fn address(url: &str) -> Result<SocketAddr, String> {
    url.trim_start_matches("http://").trim_end_matches('/').parse().map_err(|e| format!("{url}: {e}"))
}

/// Runs a client command of the program and reads the JSON it prints.
pub fn command(program: &Path, url: &str, admin_key: &str, arguments: &[&str]) -> Result<Value, String> {
    let mut command = Command::new(program);
    command.args(arguments).args(["--json", "--url", url]).env("STENTOR_ADMIN_KEY", admin_key);
    let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!(
            "stentor {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("stentor {}: {e}", arguments.join(" ")))
}
