//! `cargo xtask fuzz`: schemathesis over the two descriptions of a server of its own: whatever is sent, no 5xx, no panic,
//! every answer as it is declared. It is installed into a virtual environment under `target/`. Each kind of key has a
//! run of its own, over the paths it opens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::corpus::server::Server;
use crate::runtime::{PYTHON, python_environment};
use crate::say::say;
use crate::stage::{Counts, runs};

/// What `cargo xtask fuzz` may be told.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for each of the four kinds of paths: 360dialog's, Graph's, the partner's, the operator's.
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
    portion(root, options.seconds, options.seed).failed == 0
}

/// A run of so many seconds for each kind of paths, as a stage of the whole check has it.
pub fn portion(root: &Path, seconds: u64, seed: u64) -> Counts {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let environment = || python_environment(&target, &root.join("xtask/fuzz/requirements.txt"));
    let Some(python) = PYTHON.ready().then(environment).flatten() else { return Counts::of(false) };
    fuzz(root, &target, &python, (seconds, seed)).unwrap_or_else(|error| {
        say(format!("fuzz: {error}"));
        Counts::of(false)
    })
}

fn fuzz(root: &Path, target: &Path, python: &Path, (seconds, seed): (u64, u64)) -> Result<Counts, String> {
    let server = Server::start(root)?;
    let (partner_id, partner_key) = server.partner()?;
    let settings = target.join("schemathesis.toml");
    std::fs::write(&settings, known(server.ids(), &partner_id)).map_err(|error| error.to_string())?;
    // Graph's paths look for the object before the method, as Meta's do.
    let graph = ["--include-path-regex", r"^/\{version\}", "--exclude-checks", "unsupported_method"];
    let partner = ["--include-path-regex", "^/api/v2"];
    let dialog = ["--exclude-path-regex", r"^/(\{version\}|api/v2)"];
    let bearer = |key: &str| format!("Authorization: Bearer {key}");
    // The operator's last: they may remove what the others need.
    let parts: [(&str, String, &[&str]); 4] = [
        ("/openapi.json", format!("D360-API-KEY: {}", server.api_key()), &dialog),
        ("/openapi.json", bearer(server.api_key()), &graph),
        ("/openapi.json", format!("X-API-Key: {partner_key}"), &partner),
        ("/admin/openapi.json", bearer(server.admin_key()), &[]),
    ];
    let counts = parts.iter().fold(Counts::default(), |total, (path, header, paths)| {
        let mut command = Command::new(python.with_file_name("st"));
        command.arg("--config-file").arg(&settings).args(["run", &format!("{}{path}", server.url())]);
        command.args(["-H", header, "--checks", CHECKS]).args(*paths);
        command.args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-shrink"]);
        command.args(["--max-time", &seconds.to_string(), "--seed", &seed.to_string(), "--warnings", "off"]);
        // Its records and its database of examples stay out of the tree.
        command.current_dir(target).env("NO_COLOR", "1").stdin(Stdio::null());
        total.plus(Counts::of(runs(&mut command)))
    });
    let panics = server.panics();
    if panics != Some(0) {
        say(format!("fuzz: panics contained by the server, a bug each: {panics:?}"));
    }
    Ok(counts.plus(Counts::of(panics == Some(0))))
}

/// What no generator guesses: ids of this server, and a patience of nought, since nobody answers sooner for waiting.
fn known(ids: &[String], partner_id: &str) -> String {
    format!(
        "[dictionaries]\nobjects = {{ values = {ids:?} }}\n[parameters]\n\"path.version\" = \"v23.0\"\n\
         \"path.object_id\" = {{ dictionary = \"objects\", probability = 0.8 }}\n\
         \"path.partner_id\" = {partner_id:?}\n\"query.timeout_s\" = 0\n"
    )
}
