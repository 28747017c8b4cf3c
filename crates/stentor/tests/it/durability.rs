//! A full disk: sends are refused and nothing is half stored; with room again the server goes on by itself.
//! Needs a file system of its own: where none can be mounted the test says so and ends. `STENTOR_DISK_FILLS=20` fills and
//! empties it that often.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::process::until;
use crate::support::process_server::{Server, wamid};

/// MiB that the server's folder may grow to. Its database starts with a quarter of one.
const DISK_MIB: u32 = 12;
const SENDS_MAX: u32 = 20_000;

/// A small file system, gone when dropped.
struct SmallDisk {
    place: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(mib: u32) -> Option<Self> {
        let place = tempfile::tempdir().expect("a temporary folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"])
            .arg(place.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { place })
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    /// Takes all the room there is; the file to delete for more.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("filler");
        let mut file = fs::File::create(&path).expect("a file");
        // Smaller and smaller, until not a page is left.
        for size in [65_536, 4_096] {
            let block = vec![7; size];
            while file.write_all(&block).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_sends_and_recovers_by_itself() {
    let Some(disk) = SmallDisk::mount(DISK_MIB) else {
        println!("skipped: no file system can be mounted here (it takes root)");
        return;
    };
    let data = disk.path().join("data");
    // Without a watermark: this is about what happens when there is none left to keep.
    let server = Server::dev(&data, &[], &[("STENTOR_STORE_DISK_FREE_MIB_MIN", "0")]);
    let channel = format!("/admin/v1/channels/{}", server.channel);
    server.admin("PATCH", &channel, &serde_json::json!({"rate_per_s": 1000}));
    let mut accepted: Vec<String> = (0..20).map(|n| server.accepted(&to(n))).collect();
    let fills = std::env::var("STENTOR_DISK_FILLS").map_or(1, |text| text.parse().expect("a number"));
    for fill in 1..=fills {
        accepted.extend(fills_and_empties(&disk, &server, fill));
        // What is there can be read all the while.
        assert_eq!(server.message(&accepted[0])["wamid"], accepted[0].as_str());
    }
    for wamid in &accepted {
        server.reaches(wamid, &["sent", "delivered", "read", "failed"]);
    }
    let by_state = server.status()["by_state"].clone();
    let stored: u64 =
        by_state.as_object().expect("states").values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(stored, accepted.len() as u64, "what was refused is not stored: {by_state}");
    assert_eq!(by_state["unknown"].as_u64().unwrap_or(0), 0, "{by_state}");
    println!(
        "{fills} times full: {} accepted, {} MiB at the fullest",
        accepted.len(),
        server.peak_bytes() >> 20
    );
    assert_eq!(server.stop().code, Some(0));
}

/// Sends until the disk takes no more, then makes room and sends again; the wamids of what was accepted.
fn fills_and_empties(disk: &SmallDisk, server: &Server, fill: u32) -> Vec<String> {
    let number = |n| to(fill * SENDS_MAX + n);
    let mut accepted = Vec::new();
    let filler = disk.fill();
    // What the log file has room for still goes through.
    let full = (0..SENDS_MAX - 1).find_map(|n| {
        let answer = server.send(&number(n)).expect("an answer: nothing is in doubt on a full disk");
        match answer.status {
            200 => accepted.push(wamid(&answer.json())),
            _ => return Some(answer),
        }
        None
    });
    let full = full.expect("the disk is full");
    assert_eq!(full.status, 503, "{}", full.text());
    let after = full.header("retry-after").and_then(|seconds| seconds.parse::<u32>().ok());
    assert!(after.is_some_and(|seconds| seconds > 0), "{full:?}");
    let error = &full.json()["error"];
    assert_eq!(error["code"], 130_429, "{error}");
    assert!(error["error_data"]["details"].as_str().expect("details").contains("disk"), "{error}");
    fs::remove_file(filler).expect("the filler");
    let answer = until("sends are accepted again", || {
        server.send(&number(SENDS_MAX - 1)).ok().filter(|answer| answer.status == 200)
    });
    accepted.push(wamid(&answer.json()));
    accepted
}

#[test]
fn a_disk_below_its_watermark_takes_nothing_new_and_goes_on_with_the_rest() {
    let Some(disk) = SmallDisk::mount(4 * DISK_MIB) else {
        println!("skipped: no file system can be mounted here (it takes root)");
        return;
    };
    // Low, and far from full.
    let server = Server::dev(&disk.path().join("data"), &[], &[("STENTOR_STORE_DISK_FREE_MIB_MIN", "24")]);
    let accepted = server.accepted(&to(1));
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![7; 30 << 20]).expect("room for the filler");
    // Looked at now and then; asked for without a send, each of which takes room itself.
    until("the disk is seen to be low", || {
        (server.status()["disk"]["free_mib"].as_u64()? < 24).then_some(())
    });
    let refused = server.send(&to(2)).expect("an answer");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("60")), "{}", refused.text());
    assert_eq!(refused.json()["error"]["code"], 130_429);
    server.reaches(&accepted, &["sent", "delivered", "read", "failed"]);
    assert_eq!(server.status()["disk"]["free_mib_min"], 24);
    fs::remove_file(filler).expect("the filler");
    until("sends are accepted again", || server.send(&to(0)).ok().filter(|answer| answer.status == 200));
}

fn to(number: u32) -> String {
    format!("4478{number:08}")
}
