//! Media in the real program: memory, crashes, restarts, links that fail, the command line.

use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::media::{JPEG, form, form_type};
use crate::support::process::until;
use crate::support::process_http::{Answer, connect, read_answer};
use crate::support::process_server::{Server, wamid};

/// The head of a request with a body of this length.
fn head(
    server: &Server,
    (method, path): (&str, &str),
    (name, value): (&str, &str),
    length: usize,
) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nD360-API-KEY: {}\r\n{name}: {value}\r\nContent-Length: {length}\r\n\r\n",
        server.api_key
    )
    .into_bytes()
}

fn ask(server: &Server, line: (&str, &str), header: (&str, &str), body: &[u8]) -> Answer {
    let mut stream = connect(server.address).expect("a connection");
    stream.write_all(&head(server, line, header, body.len())).expect("sent");
    stream.write_all(body).expect("sent");
    read_answer(&mut BufReader::new(stream)).expect("an answer")
}

fn upload(server: &Server, mime: &str, bytes: &[u8]) -> String {
    let body = form(&[("messaging_product", "whatsapp")], Some((mime, bytes)));
    let said = ask(server, ("POST", "/media"), ("Content-Type", &form_type()), &body).ok();
    said["id"].as_str().expect("an id").to_owned()
}

fn video(n: u8) -> Vec<u8> {
    [&b"\0\0\0\x18ftypisom"[..], &[n], &vec![0; (16 << 20) - 13]].concat()
}

#[test]
fn sixteen_megabytes_go_through_without_being_held() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(&folder.path().join("data"), &[], &[]);
    let there_and_back = |n: u8| {
        let id = upload(&server, "video/mp4", &video(n));
        let shown = ask(&server, ("GET", &format!("/{id}")), ("Accept", "*/*"), b"").ok();
        let url = shown["url"].as_str().expect("a URL");
        let path = url.trim_start_matches("https://lookaside.fbsbx.com");
        let got = ask(&server, ("GET", path), ("Accept", "*/*"), b"");
        assert!(got.status == 200 && got.body == video(n), "{} and {} bytes", got.status, got.body.len());
    };
    // The allocator keeps what its threads once used: they have all worked before it is measured.
    (0..4).for_each(there_and_back);
    let before = server.peak_bytes();
    (4..10).for_each(there_and_back);
    // The kernel sums a mark up from counters of its processors, each a little late: it may even read less.
    let grown = server.peak_bytes().saturating_sub(before);
    assert!(grown < 24 << 20, "{} KiB more for 96 MiB up and 96 MiB down", grown >> 10);
    assert_eq!(server.status()["media"], json!({"files": 10, "mib": 160, "quota_mib": 10_240}));
}

#[test]
fn a_crash_in_the_middle_of_an_upload_leaves_nothing_half_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let mut server = Server::dev(&data, &[], &[]);
    let whole = upload(&server, "image/jpeg", JPEG);
    let begin = "/uploads?file_length=1000000&file_type=image/jpeg";
    let begun = ask(&server, ("POST", begin), ("Accept", "*/*"), b"").ok();
    let path = format!("/{}", begun["id"].as_str().expect("an upload"));
    let sample = [JPEG, &vec![1; 1_000_000 - JPEG.len()]].concat();
    let sent = ask(&server, ("POST", &path), ("file_offset", "0"), &sample[..400_000]).ok();
    assert_eq!(sent["file_offset"], 400_000);
    // One upload and one resumable upload are under way, and a whole file without its row lies there, when it dies.
    let body = form(&[("messaging_product", "whatsapp")], Some(("video/mp4", &video(1))));
    let content_type = form_type();
    let mut halves = [
        (head(&server, ("POST", "/media"), ("Content-Type", &content_type), body.len()), &body[..8 << 20]),
        (head(&server, ("POST", &path), ("file_offset", "400000"), 600_000), &sample[400_000..700_000]),
    ]
    .map(|(head, half)| {
        let mut stream = connect(server.address).expect("a connection");
        stream.write_all(&head).expect("sent");
        stream.write_all(half).expect("sent");
        stream
    });
    let size = |at: &str| sizes(&data.join("media").join(at));
    until("both are on their way to the disk", || {
        (size("incoming") >= 4 << 20 && size("resumable") > 400_000).then_some(())
    });
    server.process.kill();
    halves.iter_mut().for_each(|stream| drop(stream.flush()));
    std::fs::write(data.join("media/content").join("ab".repeat(32)), b"orphan").expect("written");

    let server = Server::dev(&data, &[], &[]);
    assert_eq!(size("incoming"), 0);
    until("what no row wants is swept", || (size("content") == JPEG.len() as u64).then_some(()));
    let shown = ask(&server, ("GET", &format!("/{whole}")), ("Accept", "*/*"), b"").ok();
    assert_eq!(shown["id"], whole.as_str());
    let offset = ask(&server, ("GET", &path), ("Accept", "*/*"), b"").ok()["file_offset"].as_u64();
    let offset = usize::try_from(offset.expect("an offset")).expect("small");
    assert!((400_000..=700_000).contains(&offset), "{offset}");
    let done = ask(&server, ("POST", &path), ("file_offset", &offset.to_string()), &sample[offset..]).ok();
    assert!(done["h"].as_str().is_some_and(|handle| handle.starts_with("4::")), "{done}");
    assert_eq!(size("content"), (JPEG.len() + sample.len()) as u64);
}

fn sizes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[test]
fn a_link_that_cannot_be_fetched_fails_the_message_after_its_200() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(&folder.path().join("data"), &["--speed", "60"], &[]);
    let message = |link: &str| {
        json!({
            "messaging_product": "whatsapp", "to": "441234567890", "type": "template",
            "template": {"name": "marketing_image_buttons", "language": {"code": "en"}, "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"link": link}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "lamp"}]},
                {"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "x"}]}]},
        })
    };
    let send =
        |link: &str| wamid(&server.post(message(link).to_string().as_bytes()).expect("an answer").ok());
    let failed = server.reaches(&send("https://cdn.invalid/a.jpg"), &["failed", "read"]);
    let told = failed["events"].to_string();
    assert!(told.contains("131053") && told.contains("failed with no such host (cdn.invalid)"), "{failed}");
    server.reaches(&send("https://example.com/a.jpg"), &["read"]);
}

#[test]
fn the_command_line_handles_media() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let _server = Server::dev(&data, &[], &[]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stentor"));
        let done = command.arg("media").args(arguments).arg("--data").arg(&data).output().expect("runs");
        let said =
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (done.status.code(), said.trim().to_owned())
    };
    let (file, out) = (folder.path().join("a.jpg"), folder.path().join("b.jpg"));
    std::fs::write(&file, JPEG).expect("written");
    let (file, copy) = (file.to_str().expect("UTF-8"), out.to_str().expect("UTF-8"));
    let (code, id) = run(&["upload", file]);
    assert_eq!(code, Some(0), "{id}");
    let (_, shown) = run(&["show", &id, "--json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((&shown["id"], &shown["file_size"]), (&json!(id), &json!(14)));
    assert_eq!(run(&["download", &id, "--out", copy]), (Some(0), format!("{copy} (14 bytes)")));
    assert_eq!(std::fs::read(&out).expect("there"), JPEG);
    assert_eq!(run(&["delete", &id]), (Some(0), format!("{id} is deleted")));
    assert_eq!(run(&["show", &id]).0, Some(5), "not found");
    assert_eq!(run(&["upload", file, "--type", "image/png"]).0, Some(4), "refused");
    assert_eq!(run(&["upload", copy.trim_end_matches("jpg")]).0, Some(2), "no type, no upload");
}
