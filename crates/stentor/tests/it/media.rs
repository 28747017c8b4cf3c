//! Media over HTTP: what is taken and what is not, downloads as the clients do them, limits, expiry, sends by id.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use serde_json::{Value, json};
use stentor::api::media::{self, Desk, Rules, specimen};
use stentor::media::{Folder, sweep};
use stentor_core::media::{MediaKind, ThrottleRule, UrlKey};
use stentor_store::MediaOrigin;

use crate::support::app::{ACCOUNT, Answer, CHANNEL, TestApp, of_template};

pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";
const BOUNDARY: &str = "b0undary";

/// A form with the fields and one file.
pub fn form(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((mime, bytes)) = file {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\
             Content-Type: {mime}\r\n\r\n"
        );
        body.extend_from_slice(&[head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub fn form_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

const PRODUCT: (&str, &str) = ("messaging_product", "whatsapp");

async fn post_form(app: &TestApp, body: impl Into<Body>) -> Answer {
    app.call("POST", "/media", &[("content-type", &form_type())], body).await
}

async fn upload(app: &TestApp, mime: &str, bytes: &[u8]) -> String {
    let answer = post_form(app, form(&[PRODUCT], Some((mime, bytes)))).await;
    let body = answer.json();
    let id = body["id"].as_str().unwrap_or_else(|| panic!("no id: {body}"));
    assert!(id.len() >= 15 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    id.to_owned()
}

/// The path and query of the URL that an id has now.
async fn path_of(app: &TestApp, id: &str) -> String {
    let shown = app.get(&format!("/{id}")).await.json();
    let url = shown["url"].as_str().unwrap_or_else(|| panic!("no url: {shown}"));
    url.strip_prefix("https://lookaside.fbsbx.com").expect("the host that clients replace").to_owned()
}

#[tokio::test]
async fn what_was_uploaded_is_fetched_as_the_clients_do() {
    let app = TestApp::new().await;
    let id = upload(&app, "image/jpeg", JPEG).await;
    let shown = app.get(&format!("/{id}")).await.json();
    assert_eq!(shown["messaging_product"], "whatsapp");
    assert_eq!(shown["mime_type"], "image/jpeg");
    assert_eq!(shown["file_size"], JPEG.len());
    assert_eq!(shown["id"], id);
    assert_eq!(shown["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(app.get(&format!("/media/{id}")).await.json()["id"], id);
    let path = path_of(&app, &id).await;
    assert!(path.starts_with(&format!("/whatsapp_business/attachments/?mid={id}&ext=18000003")), "{path}");
    let got = app.get(&path).await;
    assert_eq!((got.status.as_u16(), &got.bytes[..]), (200, JPEG));
    assert_eq!((got.header("content-type"), got.header("content-length")), ("image/jpeg", "14"));
    // Without the slash that some clients lose, a piece of it, and the way of the retired API.
    assert_eq!(app.get(&path.replace("attachments/?", "attachments?")).await.bytes, JPEG);
    let piece = app.call("GET", &path, &[("range", "bytes=2-4")], Body::empty()).await;
    assert_eq!((piece.status.as_u16(), &piece.bytes[..]), (206, &JPEG[2..5]));
    assert_eq!(piece.header("content-range"), "bytes 2-4/14");
    assert_eq!(app.call("GET", &path, &[("range", "bytes=14-")], Body::empty()).await.status, 416);
    assert_eq!(app.get(&format!("/v1/media/{id}")).await.bytes, JPEG);
    // The key is asked for beside the URL's own proof.
    let keyless = app.call("GET", &path, &[("d360-api-key", "")], Body::empty()).await;
    assert_eq!(
        (keyless.status.as_u16(), keyless.json()["error"].clone()),
        (401, json!("Invalid api token."))
    );
    assert_eq!(app.delete(&format!("/{id}")).await.json(), json!({"success": true}));
    for gone in [app.get(&format!("/{id}")).await, app.get(&path).await, app.delete(&format!("/{id}")).await]
    {
        assert_eq!((gone.status.as_u16(), gone.json()["error"]["code"].clone()), (404, json!(100)));
    }
    assert_eq!(app.state.media.folder.files(), 0, "its content went with it");
    assert_eq!(app.state.media.folder.used_bytes(), 0);
}

#[tokio::test]
async fn a_url_that_was_touched_or_is_old_opens_nothing() {
    let app = TestApp::new().await;
    let (id, other) =
        (upload(&app, "image/jpeg", JPEG).await, upload(&app, "image/jpeg", b"\xff\xd8\xff2").await);
    let path = path_of(&app, &id).await;
    let forged = app.get(&path.replace(&id, &other)).await;
    assert_eq!((forged.status.as_u16(), forged.json()["error"]["code"].clone()), (401, json!(100)));
    assert_eq!(app.get(&path.replace("&ext=18", "&ext=19")).await.status, 401);
    assert_eq!(app.get(path.split("&hash").next().expect("a path")).await.status, 400);
    app.clock.advance(Duration::from_mins(5));
    assert_eq!(app.get(&path).await.status, 200, "to the last second");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(app.get(&path).await.status, 404);
    let again = path_of(&app, &id).await;
    assert_eq!(app.get(&again).await.status, 200);
}

#[tokio::test]
async fn what_is_not_taken_says_why() {
    let app = TestApp::configured(|state| state.media.rules.uploads_per_sec = 1_000).await;
    let png = b"\x89PNG\r\n\x1a\n";
    let cut = form(&[PRODUCT], Some(("image/jpeg", JPEG)));
    let cut = cut[..cut.len() - 30].to_vec();
    let twice = form(&[PRODUCT], Some(("image/jpeg", JPEG)));
    let twice = [&twice[..twice.len() - BOUNDARY.len() - 6], &form(&[], Some(("image/jpeg", JPEG)))].concat();
    let large = [JPEG, &vec![0; 5 << 20]].concat();
    for (body, code, says) in [
        (form(&[PRODUCT], None), 100, "file: is missing"),
        (form(&[], Some(("image/jpeg", JPEG))), 100, "messaging_product: is missing"),
        (form(&[("messaging_product", "x")], Some(("image/jpeg", JPEG))), 100, "messaging_product: must be"),
        (cut, 100, "ends before its last boundary"),
        (twice, 100, "file: stands there twice"),
        (b"no form".to_vec(), 100, "ends before its last boundary"),
        (form(&[PRODUCT], Some(("application/zip", b"PK"))), 100, "Received file of type 'application/zip'"),
        (form(&[PRODUCT], Some(("image/jpeg", b""))), 100, "file: it is empty"),
        (
            form(&[PRODUCT], Some(("image/jpeg", png))),
            131_053,
            "declared as image/jpeg, but its content is a PNG",
        ),
        (
            form(&[PRODUCT, ("type", "image/png")], Some(("image/jpeg", JPEG))),
            131_053,
            "declared as image/png",
        ),
        (form(&[PRODUCT], Some(("image/jpeg", &large))), 131_053, "file: over 5242880 bytes"),
        (form(&[PRODUCT, ("type", "image/webp")], Some(("text/plain", &webp(600 << 10)))), 131_053, "102400"),
    ] {
        let answer = post_form(&app, body).await;
        let (http, said, details) = answer.error();
        assert_eq!((http, said), (400, code), "{details}");
        assert!(details.contains(says), "{details} does not say: {says}");
    }
    for wrong in ["application/json", "multipart/form-data", "multipart/form-data; boundary=other"] {
        let body = form(&[PRODUCT], Some(("image/jpeg", JPEG)));
        let answer = app.call("POST", "/media", &[("content-type", wrong)], body).await;
        assert_eq!(answer.error().1, 100, "{wrong}");
    }
    assert_eq!(app.state.media.folder.used_bytes(), 0, "nothing of it is left");
}

/// A static sticker.
fn webp(size: usize) -> Vec<u8> {
    [b"RIFF\0\0\0\0WEBPVP8 ", vec![0; size].as_slice()].concat()
}

#[tokio::test]
async fn a_form_is_read_as_clients_write_it() {
    let app = TestApp::new().await;
    // The type beside the file, a word for it, the old names, the file's own bytes as the body.
    for (fields, mime) in [
        (vec![PRODUCT, ("type", "image/jpeg")], "application/octet-stream"),
        (vec![PRODUCT, ("type", "image")], "image/jpeg"),
        (vec![PRODUCT], "image/jpg"),
        (vec![PRODUCT, ("type", "image/jpeg; charset=binary")], "text/plain"),
    ] {
        let answer = post_form(&app, form(&fields, Some((mime, JPEG)))).await;
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(app.get(&format!("/{id}")).await.json()["mime_type"], "image/jpeg");
    }
    assert_eq!(app.state.media.folder.files(), 1, "one content, however often");
    let bare = app.call("POST", "/v1/media", &[("content-type", "image/jpeg")], JPEG).await.json();
    assert_eq!(bare["media"][0]["id"], bare["id"]);
    let formed = form(&[], Some(("image/jpeg", JPEG)));
    let formed = app.call("POST", "/v1/media", &[("content-type", &form_type())], formed).await;
    assert_eq!(formed.status, 200);
}

#[tokio::test]
async fn a_number_uploads_25_times_a_second() {
    let app = TestApp::new().await;
    for _ in 0..25 {
        upload(&app, "image/jpeg", JPEG).await;
    }
    let over = post_form(&app, form(&[PRODUCT], Some(("image/jpeg", JPEG)))).await;
    assert_eq!((over.status.as_u16(), over.header("retry-after")), (400, "1"));
    assert_eq!(over.json()["error"]["message"], "You have exceeded the endpoint rate limit.");
    assert_eq!(over.error().1, 130_429);
    app.clock.advance(Duration::from_millis(40));
    upload(&app, "image/jpeg", JPEG).await;
}

#[tokio::test]
async fn twenty_errors_close_the_look_up_for_half_an_hour_and_nothing_else() {
    let app = TestApp::new().await;
    let id = upload(&app, "image/jpeg", JPEG).await;
    let path = path_of(&app, &id).await;
    for n in 0..20 {
        assert_eq!(app.get(&format!("/99{n}")).await.status, 404);
    }
    let closed = app.get(&format!("/{id}")).await;
    assert_eq!((closed.status.as_u16(), closed.header("retry-after")), (400, "1800"));
    assert!(closed.error().2.contains("closed to this number"), "{:?}", closed.error());
    assert_eq!(app.get(&path).await.status, 200);
    upload(&app, "image/jpeg", JPEG).await;
    app.clock.advance(Duration::from_mins(30));
    assert_eq!(app.get(&format!("/{id}")).await.status, 200);
    let never = ThrottleRule { errors_max: 0, ..ThrottleRule::default() };
    let app = TestApp::configured(|state| state.media.rules.throttle = never).await;
    for n in 0..50 {
        assert_eq!(app.get(&format!("/99{n}")).await.status, 404);
    }
}

#[tokio::test]
async fn media_end_after_a_month_and_what_came_in_after_a_week() {
    let app = TestApp::new().await;
    let (one, two) = (upload(&app, "image/jpeg", JPEG).await, upload(&app, "image/jpeg", JPEG).await);
    let came =
        media::receive(&app.state, ACCOUNT, CHANNEL, specimen(MediaKind::Document)).await.expect("taken in");
    assert_eq!((came.origin, came.file_name.as_deref()), (MediaOrigin::Inbound, Some("document.pdf")));
    let in_path = path_of(&app, &came.id.to_string()).await;
    assert!(app.get(&in_path).await.bytes.starts_with(b"%PDF-"));
    let days = |n: u64| Duration::from_hours(24 * n);
    app.clock.advance(days(7));
    assert_eq!(app.get(&format!("/{}", came.id)).await.status, 404);
    assert_eq!(app.get(&format!("/{one}")).await.status, 200);
    let (store, folder) = (&app.state.store, &app.state.media.folder);
    assert_eq!(store.prune(app.clock.now(), 10).await.map(|pruned| pruned.rows), Ok(1));
    sweep(store, folder).await.expect("swept");
    assert_eq!(folder.files(), 1);
    app.delete(&format!("/{two}")).await;
    assert_eq!(folder.files(), 1, "the other one has the same content");
    app.clock.advance(days(23));
    assert_eq!(app.get(&format!("/{one}")).await.status, 404);
    store.prune(app.clock.now(), 10).await.expect("pruned");
    sweep(store, folder).await.expect("swept");
    assert_eq!((folder.files(), folder.used_bytes()), (0, 0));
    let too_large = vec![0; (100 << 20) + 1];
    let sent = media::Sent { bytes: &too_large, ..specimen(MediaKind::Video) };
    let refused = media::receive(&app.state, ACCOUNT, CHANNEL, sent).await.expect_err("over 100 MB");
    assert_eq!(refused.kind(), 131_052);
}

#[tokio::test]
async fn a_full_folder_takes_no_more_until_something_goes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let opened = Arc::new(Folder::open(&folder.path().join("media"), 1).expect("opened"));
    let desk = Desk::new(opened, UrlKey([1; 32]), Rules::default());
    let app = TestApp::configured(|state| state.media = desk).await;
    let picture = |n: u8| [JPEG, &[n], &vec![0; 700 << 10]].concat();
    let id = upload(&app, "image/jpeg", &picture(1)).await;
    upload(&app, "image/jpeg", b"\xff\xd8\xffsmall").await;
    let full = post_form(&app, form(&[PRODUCT], Some(("image/jpeg", &picture(2))))).await;
    let (http, code, details) = full.error();
    assert_eq!((http, code), (400, 131_053));
    assert!(
        details.contains("quota of 1 MiB is used up") && details.contains("media.quota_mib"),
        "{details}"
    );
    app.delete(&format!("/{id}")).await;
    upload(&app, "image/jpeg", &picture(2)).await;
    assert_eq!(mode(&folder.path().join("media/content")), 0o700);
    for entry in std::fs::read_dir(folder.path().join("media/content")).expect("a folder") {
        assert_eq!(mode(&entry.expect("an entry").path()), 0o600);
    }
    let status = app.get("/admin/v1/status").await.json();
    assert_eq!(status["media"], json!({"files": 2, "mib": 0, "quota_mib": 1}));
    assert!(String::from_utf8_lossy(&app.get("/metrics").await.bytes).contains("stentor_media_files 2"));
}

fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).expect("there").permissions().mode() & 0o777
}

/// A send of the template with a picture on top.
fn shop(image: Value) -> Value {
    of_template(
        "shop",
        &json!([
            {"type": "header", "parameters": [{"type": "image", "image": image}]},
            {"type": "body", "parameters": [{"type": "text", "text": "hats"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "x"}]},
        ]),
    )
}

#[tokio::test]
async fn a_send_may_name_its_own_media_of_the_right_kind() {
    let app = TestApp::new().await;
    let id = upload(&app, "image/jpeg", JPEG).await;
    let sent = app.post("/marketing_messages", &shop(json!({"id": id}))).await;
    assert_eq!(sent.status, 200, "{:?}", sent.json());
    let video = upload(&app, "video/mp4", b"\0\0\0\x18ftypisom").await;
    for (id, says) in [
        (video.as_str(), "is video/mp4, no image"),
        ("1234567890123456", "is unknown, was deleted or has expired"),
        ("media_123", "is unknown"),
    ] {
        let refused = app.post("/marketing_messages", &shop(json!({"id": id}))).await;
        let (http, code, details) = refused.error();
        assert_eq!((http, code), (400, 100), "{details}");
        let field = "Param template['components'][0]['parameters'][0]['image']['id']";
        assert!(details.starts_with(field) && details.contains(says), "{details}");
    }
    app.clock.advance(Duration::from_hours(30 * 24));
    assert_eq!(app.post("/messages", &shop(json!({"id": id}))).await.error().1, 100);
    let app = TestApp::configured(|state| state.media.rules.takes_unknown_ids = true).await;
    assert_eq!(app.post("/marketing_messages", &shop(json!({"id": "media_123"}))).await.status, 200);
    let sent = app.post("/messages", &shop(json!({"link": "https://example.com/a.jpg"}))).await;
    assert_eq!(sent.status, 200);
}

#[tokio::test]
async fn the_root_is_no_catch_all() {
    let app = TestApp::new().await;
    for (method, path, http) in [
        ("GET", "/no_such_path", 404),
        ("POST", "/no_such_path", 404),
        ("DELETE", "/favicon.ico", 404),
        ("PUT", "/no_such_path", 404),
        ("PUT", "/1234567890123456", 405),
        ("POST", "/1234567890123456", 404),
        ("GET", "/media", 405),
        ("GET", "/uploads", 405),
        ("GET", "/messages", 405),
        ("GET", "/upload:abc", 404),
        ("GET", "/upload%3Aabc", 404),
        ("POST", "/000000000000000000000000000000000000000000000000", 400),
        ("GET", "/", 404),
    ] {
        let answer = app.call(method, path, &[], Body::empty()).await;
        assert_eq!(answer.status, http, "{method} {path}");
        assert_eq!(answer.json()["error"]["code"], 100, "{method} {path}");
    }
    let missing = app.call("POST", &format!("/{}", "0".repeat(48)), &[], Body::empty()).await;
    assert!(missing.error().2.contains("/upload:0"));
}

// --- resumable uploads --------------------------------------------------------------------------------------------

async fn begin(app: &TestApp, length: usize) -> String {
    let query = format!("/uploads?file_name=a.jpg&file_length={length}&file_type=image/jpeg");
    let begun = app.call("POST", &query, &[], Body::empty()).await.json();
    let id = begun["id"].as_str().unwrap_or_else(|| panic!("no id: {begun}"));
    assert!(id.starts_with("upload:"), "{id}");
    id.to_owned()
}

async fn append(app: &TestApp, id: &str, offset: usize, bytes: &[u8]) -> Answer {
    let offset = offset.to_string();
    app.call("POST", &format!("/{id}"), &[("file_offset", &offset)], bytes.to_vec()).await
}

#[tokio::test]
async fn a_resumable_upload_goes_on_over_a_restart_and_ends_in_a_handle() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let large: Vec<u8> = [JPEG, &vec![7; 4_900_000]].concat();
    let desk = || {
        let opened = Folder::open(&folder.path().join("media"), 100).expect("opened");
        Desk::new(Arc::new(opened), UrlKey([1; 32]), Rules::default())
    };
    let app = TestApp::configured(|state| state.media = desk()).await;
    let id = begin(&app, large.len()).await;
    let offset = async |app: &TestApp| app.get(&format!("/{id}")).await.json()["file_offset"].clone();
    assert_eq!(offset(&app).await, 0);
    assert_eq!(append(&app, &id, 0, &large[..1_000]).await.json(), json!({"id": id, "file_offset": 1_000}));
    let ahead = append(&app, &id, 2_000, &large[2_000..]).await;
    assert!(ahead.error().2.contains("only 1000 bytes are here"), "{:?}", ahead.error());
    // The connection breaks: what has come is kept.
    let broken = Body::new(Broken(Some(Bytes::copy_from_slice(&large[1_000..3_000]))));
    let answer = app.call("POST", &format!("/{id}"), &[("file_offset", "1000")], broken).await;
    assert_eq!(answer.error().1, 100);
    assert_eq!(offset(&app).await, 3_000);
    // Another process on the same store and folder.
    let store = Arc::clone(&app.state.store);
    drop(app);
    let app = TestApp::on(store, |state| state.media = desk()).await;
    assert_eq!(offset(&app).await, 3_000);
    let beyond = append(&app, &id, 3_000, &[&large[3_000..], b"more"].concat()).await;
    assert!(beyond.error().2.contains("goes beyond file_length"), "{:?}", beyond.error());
    let done = append(&app, &id, 3_000, &large[3_000..]).await.json();
    let handle = done["h"].as_str().unwrap_or_else(|| panic!("no handle: {done}"));
    assert!(handle.starts_with("4::aW1hZ2UvanBlZw==:"), "{handle}");
    assert_eq!(app.get(&format!("/{id}")).await.status, 404, "it is complete");
    let (state, now) = (&app.state, app.clock.now());
    let sample = media::resolve(state, ACCOUNT, handle, now).await.expect("asked").expect("ours");
    assert_eq!((sample.size, sample.file_name.as_deref()), (large.len() as u64, Some("a.jpg")));
    let others = stentor_core::id::AccountId(1);
    assert!(media::resolve(state, others, handle, now).await.expect("asked").is_none());
    assert!(
        media::resolve(state, ACCOUNT, &handle.replace(":e:", ":f:"), now).await.expect("asked").is_none()
    );
    let later = now + Duration::from_hours(31 * 24);
    assert!(media::resolve(state, ACCOUNT, handle, later).await.expect("asked").is_none());
    media::keep(state, &sample, now).await.expect("kept");
    assert!(media::resolve(state, ACCOUNT, handle, later).await.expect("asked").is_some());
    sweep(&state.store, &state.media.folder).await.expect("swept");
    assert_eq!(state.media.folder.files(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("media/resumable")).expect("a folder").count(), 0);
}

/// Bytes, and then nothing but an error.
struct Broken(Option<Bytes>);

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let broke = || Err(std::io::ErrorKind::ConnectionReset.into());
        Poll::Ready(Some(self.0.take().map_or_else(broke, |bytes| Ok(Frame::data(bytes)))))
    }
}

#[tokio::test]
async fn a_resumable_upload_asks_for_what_it_needs() {
    let app = TestApp::new().await;
    for (query, says) in [
        ("file_length=1&file_name=a", "file_type: is missing"),
        ("file_type=image/jpeg", "file_length: is missing"),
        ("file_type=image/jpeg&file_length=x", "file_length: must be 1 to 5242880"),
        ("file_type=image/jpeg&file_length=5242881", "file_length: must be 1 to 5242880"),
        ("file_type=text/html&file_length=1", "Received file of type 'text/html'"),
    ] {
        let refused = app.call("POST", &format!("/uploads?{query}"), &[], Body::empty()).await;
        assert!(refused.error().2.contains(says), "{:?} does not say {says}", refused.error());
    }
    // In one go, without the header; and a content that is none of its type.
    let id = begin(&app, JPEG.len()).await;
    let path = format!("/{}", id.replace(':', "%3A"));
    assert!(app.call("POST", &path, &[], JPEG).await.json()["h"].is_string());
    let id = begin(&app, 4).await;
    assert_eq!(append(&app, &id, 0, b"text").await.error().1, 131_053);
    assert_eq!(append(&app, &id, 0, b"\xff\xd8\xff.").await.status, 200, "it may begin again");
    let id = begin(&app, 4).await;
    app.clock.advance(Duration::from_hours(24));
    assert_eq!(append(&app, &id, 0, b"\xff\xd8\xff.").await.status, 404, "a day is long enough");
}
