//! Outgoing webhooks end to end: the exact signature over the exact bytes, the customer's headers, an order for each
//! message, and what a receiver that refuses or hangs gets.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::process::until;
use crate::support::process_http::Http;
use crate::support::process_receiver::{Delivery, Reply, WebhookReceiver};
use crate::support::process_server::Server;

/// A reader: everything is delivered and read.
const READER: &str = "441234567890";

fn dev(folder: &tempfile::TempDir) -> Server {
    Server::dev(folder.path(), &["--speed", "20"], &[])
}

/// Messages to the reader, each as early as one person may get another; every customer's number has its limit.
fn accepted_in_turn(server: &Server, count: usize) -> Vec<String> {
    let in_turn = |_| {
        let wamid = server.accepted(READER);
        server.admin("POST", "/sim/advance", &json!({"by": "6s"}));
        wamid
    };
    (0..count).map(in_turn).collect()
}

fn register(server: &Server, receiver: &WebhookReceiver, headers: &Value) {
    let wanted = json!({"url": receiver.url, "headers": headers});
    server.admin("PUT", &format!("/admin/v1/channels/{}/webhook", server.channel), &wanted);
}

/// HMAC-SHA-256 by its definition (RFC 2104), apart from the program's own.
fn hmac(key: &[u8], message: &[u8]) -> String {
    assert!(key.len() <= 64, "longer keys are hashed first");
    let padded =
        |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([&padded(0x36), message].concat());
    let outer = Sha256::digest([&padded(0x5c)[..], &inner].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn deliveries(server: &Server) -> Vec<Value> {
    let log = server.admin("GET", &server.in_account("/deliveries?limit=100"), &Value::Null);
    log["deliveries"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_webhook_is_signed_over_its_bytes_and_carries_the_customers_headers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = dev(&folder);
    let receiver = WebhookReceiver::start(|_| Reply::Status(200));
    register(&server, &receiver, &json!({"X-Tenant": "blue", "Authorization": "Bearer theirs"}));
    let wamid = server.accepted(READER);
    let secret = server.ready["webhook_secret"].as_str().expect("a secret").to_owned();
    for delivery in receiver.until(&wamid, "read") {
        let expected = hmac(secret.as_bytes(), &delivery.body);
        assert_eq!(delivery.header("x-360dialog-signature"), expected);
        assert_eq!(delivery.header("x-hub-signature-256"), format!("sha256={expected}"));
        assert_eq!(delivery.header("x-tenant"), "blue");
        assert_eq!(delivery.header("authorization"), "Bearer theirs");
        assert_eq!(delivery.header("content-type"), "application/json");
        assert!(delivery.body.is_ascii(), "escaped");
    }
}

#[test]
fn every_message_is_told_in_its_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = dev(&folder);
    let receiver = WebhookReceiver::start(|_| Reply::Status(200));
    register(&server, &receiver, &json!({}));
    let wamids = accepted_in_turn(&server, 20);
    let mut told: Vec<(String, String)> = Vec::new();
    while told.iter().filter(|(_, status)| status == "read").count() < wamids.len() {
        told.extend(receiver.next().statuses());
    }
    for wamid in &wamids {
        let of_this: Vec<_> = told.iter().filter(|(id, _)| id == wamid).map(|(_, status)| status).collect();
        assert_eq!(of_this, ["sent", "delivered", "read"], "{wamid}");
    }
}

#[test]
fn a_refused_webhook_comes_again_and_a_later_one_waits_for_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = dev(&folder);
    let mut refusals = 2;
    let receiver = WebhookReceiver::start(move |_| {
        let refuses = refusals > 0;
        refusals -= i32::from(refuses);
        Reply::Status(if refuses { 500 } else { 200 })
    });
    register(&server, &receiver, &json!({}));
    let wamid = server.accepted(READER);
    let told: Vec<_> = receiver.until(&wamid, "read").iter().flat_map(Delivery::statuses).collect();
    let statuses: Vec<_> = told.iter().map(|(_, status)| status.as_str()).collect();
    assert_eq!(statuses, ["sent", "sent", "sent", "delivered", "read"], "the first one twice again");
    let log = deliveries(&server);
    let answers = |status: u64| log.iter().filter(|attempt| attempt["status"] == status).count();
    assert_eq!(answers(500), 2, "{log:?}");
    until("nothing is waiting", || (server.status()["webhooks"]["waiting"] == 0).then_some(()));
}

#[test]
fn only_200_within_five_seconds_is_a_success() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Time-outs and leases are real time, whatever the network's speed.
    let server = dev(&folder);
    let mut turn = 0;
    let receiver = WebhookReceiver::start(move |_| {
        turn += 1;
        match turn {
            1 => Reply::Never,
            2 => Reply::Status(204),
            _ => Reply::Status(200),
        }
    });
    register(&server, &receiver, &json!({}));
    let wamid = server.accepted(READER);
    let told: Vec<_> = receiver.until(&wamid, "delivered").iter().flat_map(Delivery::statuses).collect();
    let statuses: Vec<_> = told.iter().map(|(_, status)| status.as_str()).collect();
    assert_eq!(statuses, ["sent", "sent", "sent", "delivered"], "hung, 204, 200");
    let log = deliveries(&server);
    let hung = log.iter().find(|attempt| attempt["status"] == 0 || attempt["status"].is_null());
    let took =
        hung.unwrap_or_else(|| panic!("no attempt hung: {log:?}"))["took_ms"].as_u64().expect("a number");
    assert!((5_000..30_000).contains(&took), "given up after {took} ms");
}

#[test]
fn a_crash_tells_everything_at_least_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = dev(&folder);
    // It takes fifteen before the crash, so that there always is something left to be told.
    let (mut taken, works) = (0, Arc::new(AtomicBool::new(false)));
    let again = Arc::clone(&works);
    let receiver = WebhookReceiver::start(move |_| {
        taken += 1;
        Reply::Status(if taken <= 15 || again.load(Relaxed) { 200 } else { 500 })
    });
    register(&server, &receiver, &json!({}));
    let wamids = accepted_in_turn(&server, 20);
    let mut told: Vec<(String, String)> = (0..15).flat_map(|_| receiver.next().statuses()).collect();
    server.process.kill();
    works.store(true, Relaxed);
    let server = dev(&folder);
    let is_told = |told: &[(String, String)], wamid: &String| {
        told.iter().any(|(id, status)| id == wamid && status == "read")
    };
    while !wamids.iter().all(|wamid| is_told(&told, wamid)) {
        told.extend(receiver.next().statuses());
    }
    for wamid in &wamids {
        let mut of_this: Vec<_> =
            told.iter().filter(|(id, _)| id == wamid).map(|(_, status)| status).collect();
        // What was not booked when the process died comes twice.
        of_this.dedup();
        assert_eq!(of_this, ["sent", "delivered", "read"], "{wamid}");
    }
    until("nothing is waiting", || (server.status()["webhooks"]["waiting"] == 0).then_some(()));
}

/// A request of the number's customer.
#[track_caller]
fn customer(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let key = ("D360-API-KEY", server.api_key.as_str());
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Http::new(server.address).ask(method, path, key, &body).expect("an answer").ok()
}

#[test]
fn copies_wait_for_the_main_webhooks_200_also_over_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = dev(&folder);
    let works = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&works);
    let main = WebhookReceiver::start(move |_| Reply::Status(if asked.load(Relaxed) { 200 } else { 500 }));
    let copies = WebhookReceiver::start(|_| Reply::Status(200));
    customer(&server, "POST", "/v1/configs/webhook", &json!({"url": main.url}));
    let second = json!({"name": "second", "url": copies.url, "headers": {"X-Copy": "yes"}});
    customer(&server, "POST", "/multi_webhook", &json!({"enabled": true, "destinations": [second]}));
    let wamid = server.accepted(READER);
    main.next();
    main.next();
    assert!(copies.is_quiet(), "nothing before the main one took it");
    server.process.kill();
    let server = dev(&folder);
    assert!(copies.is_quiet(), "nor after a restart");
    works.store(true, Relaxed);
    let told: Vec<_> = copies.until(&wamid, "read").iter().flat_map(Delivery::statuses).collect();
    let mut statuses: Vec<_> = told.iter().map(|(_, status)| status.as_str()).collect();
    statuses.dedup();
    assert_eq!(statuses, ["sent", "delivered", "read"]);
    until("nothing is waiting", || (server.status()["webhooks"]["waiting"] == 0).then_some(()));
}

#[test]
fn a_waba_webhook_takes_effect_after_a_restart_and_hears_of_the_account() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Server::dev(folder.path(), &[], &[]);
    let receiver = WebhookReceiver::start(|_| Reply::Status(200));
    customer(&server, "POST", "/waba_webhook", &json!({"url": receiver.url}));
    server.process.kill();
    let server = dev(&folder);
    until("it is there", || {
        (customer(&server, "GET", "/waba_webhook", &Value::Null)["url"] == receiver.url.as_str())
            .then_some(())
    });
    server.admin("PATCH", &server.in_account(""), &json!({"state": "disabled"}));
    let told: Value = serde_json::from_slice(&receiver.next().body).expect("JSON");
    let change = &told["entry"][0]["changes"][0];
    assert_eq!(
        (&change["field"], &change["value"]["event"]),
        (&json!("account_update"), &json!("DISABLED_UPDATE"))
    );
}
