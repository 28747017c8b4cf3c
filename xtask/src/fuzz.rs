//! `cargo xtask fuzz`: schemathesis over the two descriptions of a server of its own: whatever is sent, no 5xx, no panic,
//! every answer as it is declared. It is installed into a virtual environment under `target/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::corpus::server::Server;
use crate::runtime::{PYTHON, python_environment};
use crate::say::say;
use crate::stage::{Counts, runs};

/// What `cargo xtask fuzz` may be told.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for each of the two descriptions.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// The same seed sends the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What must hold for every answer. What a tolerant reader accepts beyond its schema is no fault.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method,ignored_auth";

/// The command.
pub fn run(root: &Path, options: &Options) -> bool {
    fuzz(root, options.seconds, options.seed).failed == 0
}

fn fuzz(root: &Path, seconds: u64, seed: u64) -> Counts {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let environment = || python_environment(&target, &root.join("xtask/fuzz/requirements.txt"));
    let Some(python) = PYTHON.ready().then(environment).flatten() else { return Counts::of(false) };
    let server = match Server::start(root) {
        Ok(server) => server,
        Err(error) => {
            say(format!("fuzz: {error}"));
            return Counts::of(false);
        }
    };
    let customers = format!("D360-API-KEY: {}", server.api_key());
    let operators = format!("Authorization: Bearer {}", server.admin_key());
    let documents = [("/openapi.json", customers), ("/admin/openapi.json", operators)];
    let counts = documents.iter().fold(Counts::default(), |total, (path, header)| {
        let mut command = Command::new(python.with_file_name("st"));
        command.args(["run", &format!("{}{path}", server.url()), "-H", header, "--checks", CHECKS]);
        command.args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-shrink"]);
        command.args(["--max-time", &seconds.to_string(), "--seed", &seed.to_string(), "--warnings", "off"]);
        // Its records and its database of examples stay out of the tree.
        command.current_dir(&target).env("NO_COLOR", "1").stdin(Stdio::null());
        total.plus(Counts::of(runs(&mut command)))
    });
    let panics = server.panics();
    if panics != Some(0) {
        say(format!("fuzz: panics contained by the server, a bug each: {panics:?}"));
    }
    counts.plus(Counts::of(panics == Some(0)))
}
