//! Backups of running and stopped folders, what a restore means for messages (against a network that keeps a witness),
//! and what `verify` says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::crash::taken;
use crate::program::{Program, Ran};
use crate::support::process::{Process, until};
use crate::support::process_gateway::Gateway;
use crate::support::process_server::Server;

const QUEUED: u32 = 40;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn backup(data: &Path, into: &Path) -> Value {
    let program = Program::new();
    program.run(&["backup", text(into), "--data-dir", text(data), "--json"]).ok().json()
}

fn restore(from: &Path, to: &Path) -> Ran {
    Program::new().run(&["restore", text(from), "--data-dir", text(to), "--json"])
}

fn resume(data: &Path, how: &str) -> Value {
    Program::new().run(&["restore", "--resume", how, "--data-dir", text(data), "--json"]).ok().json()
}

fn verify(dir: &Path) -> Ran {
    Program::new().run(&["verify", text(dir), "--json"])
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("listed").map(|e| e.expect("an entry").file_name());
    let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn upload(data: &Path, file: &Path) -> String {
    let ran = Program::new().run(&["media", "upload", text(file), "--data", text(data), "--json"]).ok();
    ran.json()["id"].as_str().expect("an id").to_owned()
}

/// A running twin with messages and a medium, in `data` of the folder.
fn twin(place: &Path) -> (Server, PathBuf, String) {
    let data = place.join("data");
    let server = Server::dev(&data, &[], &[]);
    for n in 0..5 {
        server.accepted(&format!("44781000000{n}"));
    }
    let picture = place.join("picture.png");
    fs::write(&picture, [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 3_000]].concat()).expect("written");
    let id = upload(&data, &picture);
    (server, data, id)
}

#[test]
fn a_running_twin_comes_back_as_it_was_and_media_are_copied_once() {
    let place = folder();
    let (server, data, medium) = twin(place.path());
    let into = place.path().join("backups");
    let ran = Program::new().run(&["restore", "--resume", "send", "--data-dir", text(&data)]);
    assert_eq!(ran.code, 4, "nothing was restored: {ran:?}");
    let first = backup(&data, &into);
    assert_eq!((&first["messages"], &first["media"], &first["new_media"]), (&json!(5), &json!(1), &json!(1)));
    server.accepted("447810000009");
    // The next one has a name of its own only in the next second.
    let second = until("a second backup", || {
        let ran = Program::new().run(&["backup", text(&into), "--data-dir", text(&data), "--json"]);
        (ran.code == 0).then(|| ran.json())
    });
    assert_eq!(
        (&second["messages"], &second["media"], &second["new_media"]),
        (&json!(6), &json!(1), &json!(0))
    );
    assert_eq!(verify(&data).ok().json()["sound"], true, "while it runs");
    let key = server.ready["api_key"].clone();
    assert_eq!(server.stop().code, Some(0));

    let newest = PathBuf::from(second["folder"].as_str().expect("a folder"));
    assert_eq!(verify(&newest).ok().json()["sound"], true);
    let to = place.path().join("again");
    let restored = restore(&into, &to).ok().json();
    assert_eq!(restored["backup"], second["folder"], "the newest");
    assert_eq!(restored["held"], 0, "its own network has gone with its process");
    assert_eq!(names(place.path()), ["again", "backups", "data", "picture.png"], "nothing half done");
    let again = Server::dev(&to, &[], &[]);
    assert_eq!(again.ready["api_key"], key);
    assert!(again.status()["restored"]["taken_at"].is_string());
    let shown = Program::new().run(&["media", "show", &medium, "--data", text(&to), "--json"]).ok().json();
    assert_eq!(shown["file_size"], 3_008);
    let picture = place.path().join("picture.png");
    let copy = place.path().join("copy.png");
    Program::new().run(&["media", "download", &medium, "--out", text(&copy), "--data", text(&to)]).ok();
    assert_eq!(fs::read(&copy).expect("read"), fs::read(picture).expect("read"));
}

#[test]
fn only_the_newest_are_kept_and_what_is_wrong_is_refused_in_one_line() {
    let place = folder();
    let (server, data, _) = twin(place.path());
    assert_eq!(server.stop().code, Some(0));
    let into = place.path().join("backups");
    let first = backup(&data, &into);
    let second = until("a second backup", || {
        let ran =
            Program::new().run(&["backup", text(&into), "--data-dir", text(&data), "--keep", "1", "--json"]);
        (ran.code == 0).then(|| ran.json())
    });
    assert_eq!(second["forgotten_backups"], 1);
    assert!(!Path::new(first["folder"].as_str().expect("a folder")).exists());
    assert_eq!(names(&into.join("media")).len(), 1, "still wanted");

    let refused = |ran: Ran, says: &str| {
        assert!(ran.code == 2 || ran.code == 1, "{ran:?}");
        assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
    };
    refused(restore(&into, &data), "is not empty");
    refused(restore(place.path(), &place.path().join("new")), "no backup");
    let newest = PathBuf::from(second["folder"].as_str().expect("a folder"));
    let manifest = newest.join("manifest.json");
    let good = fs::read_to_string(&manifest).expect("read");
    let mut newer: Value = serde_json::from_str(&good).expect("JSON");
    newer["schema"] = json!(99);
    fs::write(&manifest, newer.to_string()).expect("written");
    refused(restore(&into, &place.path().join("new")), "newer version (schema 99");
    fs::write(&manifest, &good).expect("written");
    let content = into.join("media").join(&names(&into.join("media"))[0]);
    fs::write(&content, "something else").expect("written");
    refused(restore(&into, &place.path().join("new")), "is not what its manifest says");
    assert!(!place.path().join("new").exists() && !place.path().join("new.partial").exists());
    assert_eq!(names(place.path()), ["backups", "data", "picture.png"]);
}

#[test]
fn verify_names_what_is_wrong_and_ends_with_1() {
    let place = folder();
    let (server, data, _) = twin(place.path());
    assert_eq!(server.stop().code, Some(0));
    let content = data.join("media/content");
    fs::write(content.join(&names(&content)[0]), "something else").expect("written");
    let ran = verify(&data);
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = ran.json();
    assert_eq!((&said["sound"], &said["violations"]), (&json!(false), &json!(1)));
    let media = said["checks"].as_array().expect("checks").last().expect("one").clone();
    assert!(media["examples"][0].as_str().expect("words").contains("14 bytes, of 3008"), "{media}");
    let shown = Program::new().run(&["verify", text(&data)]);
    assert!(shown.out.contains("contents of media") && shown.out.contains("1 WRONG"), "{shown:?}");
    assert_eq!(Program::new().run(&["verify", text(place.path())]).code, 1);
}

#[test]
fn a_backup_that_is_stopped_leaves_nothing_half_done() {
    let place = folder();
    let (server, data, _) = twin(place.path());
    server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &json!({"rate_per_s": 1000}));
    for n in 0..600 {
        server.accepted(&format!("447850{n:06}"));
    }
    let into = place.path().join("backups");
    let slow = ["backup", text(&into), "--data-dir", text(&data), "--mib-per-sec", "1"];
    let process = Process::start(&slow, &[]);
    until("it has begun", || {
        let begun = fs::read_dir(&into).ok()?.flatten().any(|e| e.path().join("stentor.db").exists());
        begun.then_some(())
    });
    process.terminate();
    let ended = process.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.err, ["stentor: stopped; what was begun is removed"]);
    assert_eq!(names(&into), ["lock", "media"], "{ended:?}");
    assert_eq!(backup(&data, &into)["messages"], 605);
}

/// A gateway with a queue, in front of a network that writes down what it takes.
struct Witnessed {
    place: tempfile::TempDir,
    gateway: Gateway,
    journal: PathBuf,
    data: PathBuf,
    backups: PathBuf,
    wamids: Vec<String>,
}

impl Witnessed {
    /// Most of the messages are still queued.
    fn start() -> (Self, Server) {
        let place = folder();
        let journal = place.path().join("journal");
        let (gateway, server) = Gateway::start(place.path(), &journal, &json!({"name": "calm"}));
        rate(&server, 1);
        let wamids: Vec<_> = (0..QUEUED).map(|n| server.accepted(&to(n))).collect();
        until("some have left", || (taken(&journal).len() > 1).then_some(()));
        let (data, backups) = (place.path().join("data"), place.path().join("backups"));
        (Self { place, gateway, journal, data, backups, wamids }, server)
    }

    /// The same gateway on another folder, with its keys.
    fn serve(&self, data: &Path, keys: &[String; 3]) -> Server {
        let mut server = Server::ready(self.gateway.serve_with(&["--data", text(data)], &[]));
        [server.api_key, server.account, server.channel] = keys.clone();
        rate(&server, 1_000);
        server
    }

    /// How many people the witness has a message of; none has two.
    #[track_caller]
    fn once_each(&self) -> usize {
        let taken = taken(&self.journal);
        let doubles: Vec<_> = taken.iter().filter(|(_, ids)| ids.len() > 1).collect();
        assert!(doubles.is_empty(), "sent twice: {doubles:?}");
        taken.len()
    }
}

fn to(n: u32) -> String {
    format!("447820{n:06}")
}

fn rate(server: &Server, per_s: u32) {
    server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &json!({"rate_per_s": per_s}));
}

/// Ends it; what another process needs to be asked as the same.
fn stop(server: Server) -> [String; 3] {
    let keys = [server.api_key.clone(), server.account.clone(), server.channel.clone()];
    assert_eq!(server.stop().code, Some(0));
    keys
}

#[test]
fn what_was_sent_after_the_backup_is_not_sent_again() {
    let (world, server) = Witnessed::start();
    backup(&world.data, &world.backups);
    // The time that the restore takes away: all of it goes out.
    rate(&server, 1_000);
    until("all have left", || (taken(&world.journal).len() == QUEUED as usize).then_some(()));
    let keys = stop(server);
    let new = world.place.path().join("restored");
    let was_held = restore(&world.backups, &new).ok().json()["held"].as_u64().expect("a number");
    assert!(was_held > 0);
    // New messages go their way; the held ones do not.
    let server = world.serve(&new, &keys);
    let sent = ["sent", "delivered", "read"];
    server.reaches(&server.accepted("447829999999"), &sent);
    // What the network tells of them meanwhile settles some, or all.
    let no_more_than_held = |n: &Value| n.as_u64().is_some_and(|n| n <= was_held);
    assert!(no_more_than_held(&server.status()["restored"]["held"]));
    assert_eq!(world.once_each(), QUEUED as usize + 1);
    // Said to the server that runs.
    assert!(no_more_than_held(&resume(&new, "settle")["messages"]));
    server.reaches(&server.accepted("447828888888"), &sent);
    for wamid in &world.wamids {
        let state = server.message(wamid)["state"].clone();
        assert!(sent.iter().chain(&["unknown"]).any(|known| state == *known), "{state}");
    }
    assert_eq!(world.once_each(), QUEUED as usize + 2);
    assert_eq!((&server.status()["doubles"], &server.status()["restored"]["held"]), (&json!(0), &json!(0)));
    stop(server);
    assert_eq!(verify(&new).ok().json()["sound"], true);
}

#[test]
fn a_folder_that_only_moved_sends_what_was_queued_once() {
    let (world, server) = Witnessed::start();
    let keys = stop(server);
    backup(&world.data, &world.backups);
    let new = world.place.path().join("moved");
    let held = restore(&world.backups, &new).ok().json()["held"].clone();
    assert_eq!(resume(&new, "send")["messages"], held);
    let server = world.serve(&new, &keys);
    until("the queue is empty", || {
        let states = server.status()["by_state"].clone();
        let n = |state: &str| states[state].as_u64().unwrap_or(0);
        (n("accepted") + n("waiting") + n("sending") == 0).then_some(())
    });
    // What was leaving when the old server ended is in doubt, as ever.
    let unknown = usize::try_from(server.in_state("unknown")).expect("few");
    assert!(unknown <= 1, "{}", server.status());
    assert_eq!(world.once_each() + unknown, QUEUED as usize, "{}", server.status());
    stop(server);
    assert_eq!(verify(&new).ok().json()["sound"], true);
}
