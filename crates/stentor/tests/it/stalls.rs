//! Others that take a connection and never answer: an upstream, a customer's webhook. Nothing is lost, nothing is
//! doubled beyond what is counted as unknown, and memory stays within bounds. How many say nothing, and how many send
//! beside them: `STENTOR_CONNECTIONS_IDLE=5000 STENTOR_CONNECTIONS_ACTIVE=2000` is the full size.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::crash_load::{Answers, Load};
use crate::support::process::until;
use crate::support::process_gateway::Gateway;
use crate::support::process_receiver::{Reply, WebhookReceiver};
use crate::support::process_server::Server;

/// A process that waits for others has never held more than this.
const PEAK_BYTES_MAX: u64 = 300 << 20;

#[track_caller]
fn is_bounded(server: &Server) -> u64 {
    let mib = server.peak_bytes() >> 20;
    assert!(server.peak_bytes() <= PEAK_BYTES_MAX, "{mib} MiB at its fullest");
    mib
}

/// A size of the environment's, or the small one of every check.
fn size(name: &str, small: u32) -> u32 {
    std::env::var(name)
        .map_or(small, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number")))
}

/// Takes connections and never reads or answers; ends with the test's process.
struct BlackHole {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<TcpStream>>>,
}

impl BlackHole {
    #[expect(clippy::disallowed_methods, reason = "a server of the test's own, ended with its process")]
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, taken) =
            (listener.local_addr().expect("bound"), Arc::<Mutex<Vec<TcpStream>>>::default());
        let holds = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                holds.lock().expect("no panic while it was held").push(stream);
            }
        });
        Self { address, taken }
    }

    fn connections(&self) -> usize {
        self.taken.lock().expect("no panic while it was held").len()
    }
}

#[test]
fn an_upstream_that_never_answers_leaves_unknowns_and_everything_else_queued() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = folder.path().join("journal");
    let (gateway, server) = Gateway::start(folder.path(), &journal, &json!({"name": "calm"}));
    let keys = [server.api_key.clone(), server.account.clone(), server.channel.clone()];
    assert_eq!(server.stop().code, Some(0));
    let hole = BlackHole::open();
    let away = format!("http://{}", hole.address);
    let environment = [
        ("STENTOR_UPSTREAM_BASE_URL", away.as_str()),
        ("STENTOR_ENGINE_SEND_TIMEOUT_SECS", "1"),
        ("STENTOR_ENGINE_LEASE_SECS", "5"),
        ("STENTOR_ENGINE_IN_FLIGHT_MAX", "8"),
    ];
    let mut server = Server::ready(gateway.serve_with(&[], &environment));
    [server.api_key, server.account, server.channel] = keys;
    let wamids: Vec<_> = (0..200).map(|n| server.accepted(&format!("447830{n:06}"))).collect();
    let unknown = until("some are unknown", || {
        let unknown = server.in_state("unknown");
        (unknown >= 8).then_some(unknown)
    });
    assert!(hole.connections() > 0 && unknown > 0);
    // Nothing is lost, nothing is begun twice, and whoever sends is still answered.
    for wamid in &wamids {
        let message = server.message(wamid);
        assert!(
            ["accepted", "waiting", "sending", "unknown"].iter().any(|state| message["state"] == *state),
            "{message}"
        );
        assert!(message["attempts"].as_u64().is_none_or(|attempts| attempts <= 1), "{message}");
    }
    server.accepted("447831000000");
    is_bounded(&server);
    assert_eq!(server.stop().code, Some(0), "it ends although nobody answers");
    assert!(!journal.exists() || std::fs::read_to_string(&journal).expect("read").is_empty());
}

#[test]
fn a_webhook_that_hangs_holds_up_neither_sends_nor_memory_and_hears_everything_later() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(&folder.path().join("data"), &["--speed", "60"], &[]);
    server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &json!({"rate_per_s": 1000}));
    let is_back = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_back);
    let receiver = WebhookReceiver::start(move |_| match answers.load(Ordering::Relaxed) {
        true => Reply::Status(200),
        false => Reply::Never,
    });
    let wanted = json!({"url": receiver.url, "headers": {}});
    server.admin("PUT", &format!("/admin/v1/channels/{}/webhook", server.channel), &wanted);
    let wamids: Vec<_> = (0..200).map(|n| server.accepted(&format!("447840{n:06}"))).collect();
    for wamid in &wamids {
        server.reaches(wamid, &["sent", "delivered", "read", "failed"]);
    }
    let webhooks = server.status()["webhooks"].clone();
    assert!(webhooks["waiting"].as_u64().is_some_and(|n| n >= 200), "{webhooks}");
    is_bounded(&server);
    is_back.store(true, Ordering::Relaxed);
    let mut unheard: BTreeSet<_> = wamids.iter().collect();
    while !unheard.is_empty() {
        for (wamid, _) in receiver.next().statuses() {
            unheard.remove(&wamid);
        }
    }
    until("everything is told", || (server.status()["webhooks"]["waiting"] == 0).then_some(()));
    assert_eq!(server.status()["webhooks"]["lost"], 0);
}

#[test]
fn many_who_say_nothing_or_half_a_word_hold_up_nobody_who_sends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Server::dev(&folder.path().join("data"), &["--speed", "60"], &[]);
    server.admin("PATCH", &format!("/admin/v1/channels/{}", server.channel), &json!({"rate_per_s": 1000}));
    let (idle, active) = (size("STENTOR_CONNECTIONS_IDLE", 400), size("STENTOR_CONNECTIONS_ACTIVE", 16));
    let said = [&b""[..], b"POST /marketing_messages HTTP/1.1\r\nHost: x\r\nX-Slow: "];
    let silent = (0..idle as usize).map(|n| {
        let mut stream = TcpStream::connect(server.address).expect("a connection");
        stream.write_all(said[n % 2]).expect("room for a line");
        stream
    });
    let silent: Vec<_> = silent.collect();
    let load = Load::new(server.address, &server.api_key);
    let answers = std::thread::scope(|scope| {
        let customers = load.start(scope, active);
        load.is_up();
        assert!(load.runs(400.max(4 * u64::from(active)), Duration::ZERO), "nothing is accepted");
        load.ends();
        Answers::of_all(customers)
    });
    assert_eq!((answers.refused.len(), answers.in_doubt.len()), (0, 0), "{:?}", answers.refused.first());
    let accepted = answers.accepted.len();
    for (_, wamid) in answers.accepted.iter().step_by((accepted / 20).max(1)) {
        server.reaches(wamid, &["sent", "delivered", "read", "failed"]);
    }
    let by_state = server.status()["by_state"].clone();
    let stored: u64 =
        by_state.as_object().expect("states").values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(stored, accepted as u64, "each once: {by_state}");
    let mib = is_bounded(&server);
    println!("{} silent, {active} active: {accepted} accepted, {mib} MiB at the fullest", silent.len());
}
