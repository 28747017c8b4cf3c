//! `dev` as a process: ready, the same again after a restart, one line for whoever stands in the way, a clean end.
//! `STENTOR_MEASURE=1` also prints how long twenty starts took (a debug build's figures are no aim).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::crash_load::{Answers, Load};
use crate::program::{Program, Ran};
use crate::support::process::Process;
use crate::support::process_server::Server;

/// In use by another process.
const IN_USE: i32 = 7;
/// The command line or the configuration is wrong.
const USAGE: i32 = 2;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).permissions().mode() & 0o777
}

/// A refusal: this code, nothing on stdout, one line on stderr with each of these in it.
#[track_caller]
fn refused(ran: &Ran, code: i32, says: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:?}");
    assert_eq!(ran.err.trim_end().lines().count(), 1, "{ran:?}");
    for word in says {
        assert!(ran.err.contains(word), "no {word:?} in {}", ran.err);
    }
}

#[test]
fn it_asks_for_as_many_open_files_as_its_connections_need() {
    let folder = folder();
    let data = folder.path().display().to_string();
    let dev = ["dev", "--json", "--listen", "127.0.0.1:0", "--data", &data];
    let connections = [("STENTOR_SERVER_CONNECTIONS_MAX", "300")];
    let server = Server::ready(Process::start_with_files(200, &dev, &connections));
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("its limits");
    let open = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a line of it");
    let soft: u64 = open.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number");
    // Its own, the upstream's 256, those of webhooks 1,024, and what is open beside them.
    assert_eq!(soft, 300 + 256 + 1_024 + 256);
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn json_is_one_line_with_what_a_client_needs() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[], &[]);
    let fields: Vec<_> = server.ready.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "event",
        "url",
        "api_key",
        "admin_key",
        "webhook_secret",
        "account_id",
        "phone_number_id",
        "display_phone_number",
        "data_dir",
    ];
    assert_eq!(fields, expected);
    assert!(server.ready.as_object().expect("an object").values().all(Value::is_string), "{}", server.ready);
    let wamid = server.accepted("441234567890");
    assert!(wamid.starts_with("wamid."));
    let ended = server.stop();
    assert_eq!((ended.code, ended.out, ended.err), (Some(0), Vec::new(), Vec::new()));
}

#[test]
fn a_restart_keeps_keys_secret_and_messages_private_to_the_user() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::dev(&data, &[], &[]);
    let (before, wamid) = (server.ready.clone(), server.accepted("441234567890"));
    assert_eq!(mode(&data), 0o700);
    for file in fs::read_dir(&data).expect("the folder").flatten() {
        let private = if file.path().is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&file.path()), private, "{}", file.path().display());
    }
    assert!(data.join("run.json").exists());
    assert_eq!(server.stop().code, Some(0));
    assert!(!data.join("run.json").exists(), "nobody is running here");

    let server = Server::dev(&data, &[], &[]);
    for field in ["api_key", "admin_key", "webhook_secret", "account_id", "phone_number_id", "data_dir"] {
        assert_eq!(server.ready[field], before[field], "{field}");
    }
    server.reaches(&wamid, &["sent", "delivered", "read"]);
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn whoever_stands_in_the_way_is_named_in_one_line() {
    let (folder, other) = (folder(), folder());
    let server = Server::dev(folder.path(), &[], &[]);
    let holder = server.process.id().to_string();
    let program = Program::new();
    let (taken, data, other) = (
        server.address.to_string(),
        folder.path().to_str().expect("UTF-8"),
        other.path().to_str().expect("UTF-8"),
    );
    let ran = program.run(&["dev", "--listen", &taken, "--data", other]);
    refused(&ran, IN_USE, &[&taken, "in use", &holder]);
    let ran = program.run(&["dev", "--listen", "127.0.0.1:0", "--data", data]);
    refused(&ran, IN_USE, &[data, "in use", &holder]);
    // Neither has disturbed the one that runs.
    server.accepted("441234567890");
}

#[test]
fn a_crash_leaves_no_lock_behind() {
    let folder = folder();
    let mut server = Server::dev(folder.path(), &[], &[]);
    let wamid = server.accepted("441234567890");
    server.process.kill();
    let server = Server::dev(folder.path(), &[], &[]);
    server.reaches(&wamid, &["sent", "delivered", "read"]);
}

#[test]
fn a_newer_folder_is_refused_in_one_line() {
    let folder = folder();
    assert_eq!(Server::dev(folder.path(), &[], &[]).stop().code, Some(0));
    let file = folder.path().join("stentor.db");
    let mut bytes = fs::read(&file).expect("the database");
    // `user_version` in SQLite's file header.
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(&file, &bytes).expect("the database");
    // A log that the last reader left behind would stand before the header written here.
    for log in ["stentor.db-wal", "stentor.db-shm"] {
        let _ = fs::remove_file(folder.path().join(log));
    }
    let data = folder.path().to_str().expect("UTF-8");
    let ran = Program::new().run(&["dev", "--listen", "127.0.0.1:0", "--data", data]);
    refused(&ran, 1, &["stentor.db", "newer version", "9999"]);
    assert_eq!(fs::read(&file).expect("the database"), bytes, "and left as it was");
}

#[test]
fn a_bad_configuration_names_its_key() {
    let folder = folder();
    let program = Program::new();
    let data = folder.path().join("data");
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data", data.to_str().expect("UTF-8")];
    let ran = program.run_with(&arguments, &[("STENTOR_SERVER_BODY_BYTES_MAX", "12")]);
    refused(&ran, USAGE, &["server.body_bytes_max", "12", "1024 to 67108864"]);
    let file = folder.path().join("stentor.toml");
    let check = |text: &str, says: &[&str]| {
        fs::write(&file, text).expect("a file");
        let named = [&arguments[..], &["--config", file.to_str().expect("UTF-8")]].concat();
        refused(&program.run(&named), USAGE, says);
    };
    check("[server]\nlisten_on = \"x\"\n", &["server.listen_on"]);
    check("[webhooks]\nallow_private = 1\n", &["webhooks.allow_private", "true or false"]);
    check("[store]\ncache_mib = -1\n", &["store.cache_mib", "1 to 16384"]);
    assert!(!data.exists(), "nothing was done");
}

#[test]
fn an_ephemeral_server_leaves_nothing() {
    let folder = folder();
    let place = folder.path().to_str().expect("UTF-8");
    let arguments = ["dev", "--json", "--listen", "127.0.0.1:0", "--ephemeral"];
    let server = Server::ready(Process::start(&arguments, &[("TMPDIR", place), ("HOME", place)]));
    server.accepted("441234567890");
    assert!(Path::new(server.ready["data_dir"].as_str().expect("a path")).starts_with(place));
    assert_eq!(server.stop().code, Some(0));
    let left: Vec<_> = fs::read_dir(place).expect("the folder").flatten().map(|file| file.path()).collect();
    assert_eq!(left, Vec::<std::path::PathBuf>::new());
}

#[test]
fn sigterm_under_load_finishes_what_is_in_flight() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[], &[]);
    let channel = format!("/admin/v1/channels/{}", server.channel);
    server.admin("PATCH", &channel, &json!({"rate_per_s": 1000}));
    let load = Load::new(server.address, &server.api_key);
    let (answers, ended) = std::thread::scope(|scope| {
        let customers = load.start(scope, 8);
        load.is_up();
        let ran = load.runs(200, Duration::ZERO);
        let ended = server.stop();
        load.ends();
        assert!(ran, "nothing is accepted");
        (Answers::of_all(customers), ended)
    });
    assert_eq!((ended.code, ended.err), (Some(0), Vec::new()));
    let refused = answers.refused.iter().filter(|(status, _)| *status != 503).collect::<Vec<_>>();
    assert!(refused.is_empty(), "only `shutting down` may be said: {refused:?}");

    let server = Server::dev(folder.path(), &[], &[]);
    let by_state = server.status()["by_state"].clone();
    let stored = by_state.as_object().expect("states").values().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(
        stored,
        answers.accepted.len() as u64,
        "every message that was stored was answered: {by_state}"
    );
    assert_eq!(by_state["unknown"].as_u64().unwrap_or(0), 0, "{by_state}");
    for (_, wamid) in &answers.accepted {
        server.reaches(wamid, &["sent", "delivered", "read", "failed"]);
    }
}

#[test]
fn tls_works_with_the_authority_it_prints() {
    let folder = folder();
    let server = Server::dev(folder.path(), &["--tls"], &[]);
    let url = server.ready["url"].as_str().expect("a URL").to_owned();
    assert!(url.starts_with("https://"), "{url}");
    let note = fs::read(folder.path().join("run.json")).expect("the note");
    let note: Value = serde_json::from_slice(&note).expect("JSON");
    let authority = note["ca_file"].as_str().expect("a file").to_owned();
    let key = server.ready["admin_key"].as_str().expect("a key");
    let program = Program::new();
    let trusting = program.run(&["status", "--json", "--url", &url, "--key", key, "--cacert", &authority]);
    assert!(trusting.ok().json()["by_state"].is_object());
    let stranger = program.run(&["status", "--json", "--url", &url, "--key", key]);
    assert_eq!(stranger.code, 3, "a certificate nobody vouches for: {stranger:?}");
    let health = format!("{url}/healthz");
    match Command::new("curl").args(["-sS", "--fail", "--cacert", &authority, &health]).output() {
        Ok(curl) => assert!(curl.status.success(), "{curl:?}"),
        Err(_) => println!("curl is not installed: tried with the program's own client only"),
    }
}

/// Spawn to ready, twenty times; the figures are for people.
#[test]
fn a_start_is_measured() {
    let measure = std::env::var_os("STENTOR_MEASURE").is_some();
    let folder = folder();
    let mut took: Vec<u128> = (0..if measure { 20 } else { 1 }).map(|_| start(folder.path())).collect();
    took.sort_unstable();
    if measure {
        println!("spawn to ready, ms: p50 {}, p95 {}, all {took:?}", took[9], took[18]);
    }
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch; nothing is decided by it")]
fn start(folder: &Path) -> u128 {
    let began = std::time::Instant::now();
    let server = Server::dev(folder, &[], &[]);
    let took = began.elapsed().as_millis();
    assert_eq!(server.stop().code, Some(0));
    took
}
