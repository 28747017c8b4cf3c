//! SIGKILL at random moments under load, ten times: against a witness that is not killed every 200 is accounted for and
//! none was sent twice. `STENTOR_CRASHES=10` runs all ten (without it three, for every check), `STENTOR_CRASH_SEED=N`
//! repeats the moments of a run; both are printed with the figures.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use stentor_simnet::journal::Record;

use crate::crash_load::{Answers, Load};
use crate::support::process::{Process, until};
use crate::support::process_gateway::{Gateway, fixed_port};
use crate::support::process_server::Server;

const CUSTOMERS: u32 = 6;
/// States of the queue: a message that is in one of them is still on its way to the network.
const QUEUED: [&str; 4] = ["accepted", "waiting", "claimed", "sending"];

/// The moments of a run: SplitMix64 over a printed seed.
struct Moments {
    crashes: u32,
    seed: u64,
    state: u64,
}

impl Moments {
    fn of_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seed = number("STENTOR_CRASH_SEED").unwrap_or_else(|| std::process::id().into());
        let crashes = number("STENTOR_CRASHES").and_then(|n| u32::try_from(n).ok()).unwrap_or(3);
        Self { crashes, seed, state: seed }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Kills the server under load and starts it again, until all crashes are over; one in four hits it while it starts.
/// What the customers know, and the server that runs at the end.
fn crash(
    first: Server,
    start: impl Fn() -> Process,
    prepare: impl Fn(&Server),
    moments: &mut Moments,
) -> (Answers, Server) {
    let load = Load::new(first.address, &first.api_key);
    std::thread::scope(|scope| {
        let customers = load.start(scope, CUSTOMERS);
        // Whatever fails below, the customers end.
        let ends = Ends(&load);
        let mut server = first;
        let (api_key, account) = (server.api_key.clone(), server.account.clone());
        for _ in 0..moments.crashes {
            load.is_up();
            let micros = moments.below(40_000);
            assert!(load.runs(50 + moments.below(150), Duration::from_micros(micros)), "nothing is accepted");
            server.process.kill();
            while moments.below(4) == 0 {
                let mut starting = start();
                load.runs(0, Duration::from_millis(moments.below(300)));
                starting.kill();
            }
            server = Server::ready(start());
            (server.api_key, server.account) = (api_key.clone(), account.clone());
            prepare(&server);
        }
        load.is_up();
        assert!(load.runs(50, Duration::ZERO), "nothing is accepted after the last crash");
        drop(ends);
        (Answers::of_all(customers), server)
    })
}

struct Ends<'a>(&'a Load);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.ends();
    }
}

/// Waits until nothing is on its way to the network any more.
fn drained(server: &Server) {
    until("the queue is empty", || {
        let status = server.status();
        let queued = QUEUED.iter().map(|state| status["by_state"][state].as_u64().unwrap_or(0));
        (queued.sum::<u64>() == 0).then_some(())
    });
}

/// Every accepted message as the server shows it, by recipient.
fn shown(server: &Server, answers: &Answers) -> HashMap<String, Value> {
    answers.accepted.iter().map(|(to, wamid)| (to.clone(), server.message(wamid))).collect()
}

fn state(message: &Value) -> &str {
    message["state"].as_str().unwrap_or_default()
}

fn has_reason(failed: &Value) -> bool {
    let events = failed["events"].as_array().expect("events");
    events.iter().any(|event| event["event"] == "failed" && event["reason"].is_string())
}

/// What the witness has taken: message ids by recipient.
pub fn taken(journal: &Path) -> HashMap<String, Vec<String>> {
    let text = std::fs::read_to_string(journal).expect("the journal");
    let mut taken: HashMap<String, Vec<String>> = HashMap::new();
    let mut marks = HashMap::new();
    for record in text.lines().map(|line| Record::parse(line).expect("a whole line")) {
        let Some(id) = record.id else { continue };
        if let Some(mark) = &record.opaque {
            assert_eq!(marks.insert(mark.clone(), id.clone()), None, "taken twice under one mark: {mark}");
        }
        taken.entry(record.to).or_default().push(id);
    }
    taken
}

#[test]
fn no_crash_of_the_gateway_loses_a_message_or_sends_one_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = folder.path().join("journal");
    let mut moments = Moments::of_environment();
    // Replies take a while and some are lost: at every moment there is something in flight to be killed.
    let faults = json!({"name": "crash", "throttle_per_sec": 10_000, "reply_ms": 30, "reset_taken": 0.01, "reset_not_taken": 0.01, "error_5xx_taken": 0.01});
    let (gateway, first) = Gateway::start(folder.path(), &journal, &faults);
    let (answers, server) = crash(first, || gateway.serve(), |_| (), &mut moments);
    drained(&server);
    // A taken message tells of itself: what was in doubt is settled by its statuses.
    let messages = until("whatever the network took is known to be taken", || {
        let (taken, messages) = (taken(&journal), shown(&server, &answers));
        let is_settled = |to: &String| !taken.contains_key(to) || state(&messages[to]) != "unknown";
        messages.keys().all(is_settled).then_some(messages)
    });
    let taken = taken(&journal);
    let doubles = taken.values().filter(|ids| ids.len() > 1).count();
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for (to, message) in &messages {
        let state = state(message);
        *states.entry(state).or_default() += 1;
        match taken.get(to) {
            Some(_) => assert!(["sent", "delivered", "read", "failed"].contains(&state), "taken: {message}"),
            None => assert!(["unknown", "failed"].contains(&state), "not taken: {message}"),
        }
        assert!(state != "failed" || has_reason(message), "failed without a reason: {message}");
    }
    println!(
        "gateway: {} crashes (seed {}), {} accepted, {} without an answer, {} taken by the network, {doubles} twice; {states:?}",
        moments.crashes,
        moments.seed,
        answers.accepted.len(),
        answers.in_doubt.len(),
        taken.len(),
    );
    assert_eq!(doubles, 0, "sent twice");
    assert_eq!(server.status()["doubles"], 0, "sent twice, says the server");
    assert_eq!(answers.refused, [], "refused");
    assert_eq!(messages.len(), answers.accepted.len());
    let unknown = states.get("unknown").copied().unwrap_or(0);
    let counted = server.in_state("unknown");
    let in_doubt = answers.in_doubt.len() as u64;
    assert!((unknown..=unknown + in_doubt).contains(&counted), "{unknown} unknown, {counted} in `status`");
}

#[test]
fn no_crash_of_the_twin_loses_a_message() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let mut moments = Moments::of_environment();
    let listen = format!("127.0.0.1:{}", fixed_port());
    let start = || {
        let data = data.to_str().expect("UTF-8");
        Process::start(&["dev", "--json", "--speed", "60", "--listen", &listen, "--data", data], &[])
    };
    let first = Server::ready(start());
    let rate = json!({"rate_per_s": 1000});
    first.admin("PATCH", &format!("/admin/v1/channels/{}", first.channel), &rate);
    let key = first.api_key.clone();
    let same = |server: &Server| assert_eq!(server.ready["api_key"], key.as_str());
    let (answers, server) = crash(first, start, same, &mut moments);
    drained(&server);
    let messages = until("nothing is in doubt", || {
        let messages = shown(&server, &answers);
        (!messages.values().any(|message| state(message) == "unknown")).then_some(messages)
    });
    let mut states: BTreeMap<&str, u64> = BTreeMap::new();
    for message in messages.values() {
        let state = state(message);
        *states.entry(state).or_default() += 1;
        assert!(["sent", "delivered", "read", "failed"].contains(&state), "{message}");
    }
    println!(
        "dev: {} crashes (seed {}), {} accepted, {} without an answer; {states:?}",
        moments.crashes,
        moments.seed,
        answers.accepted.len(),
        answers.in_doubt.len(),
    );
    assert_eq!(answers.refused, [], "refused");
    assert_eq!(messages.len(), answers.accepted.len());
}
