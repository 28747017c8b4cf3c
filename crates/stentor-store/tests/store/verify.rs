//! What `verify` finds: nothing in a folder that lived, and each kind of damage by the check that is meant to.

use std::path::Path;

use stentor_core::message::StatusKind;
use stentor_store::{DATABASE, NewNotice, Verifier};

use crate::world::*;

/// A folder in which a bit of everything happened.
fn lived() -> tempfile::TempDir {
    let dir = folder();
    let store = open(&dir);
    furnish(&store);
    for n in 1..=3 {
        sending(&store, n, A, n);
    }
    wait(store.record_sends(at(10), vec![taken(1, A.0, 1, "w1"), lost(2, A.0, 1)])).expect("booked");
    wait(store.record_statuses(at(20), A.0, vec![status(A.1, "w1", StatusKind::Sent, at(20))]))
        .expect("told");
    wait(store.record_statuses(at(20), A.0, vec![status(A.1, "w9", StatusKind::Sent, at(20))]))
        .expect("parked");
    wait(store.accept(at(30), message(4, A, 4))).expect("accepted");
    wait(store.accept(at(30), message(6, A, 5))).expect("accepted");
    wait(store.begin_send(at(31), begin_learning(A, &[6]))).expect("begun");
    wait(store.record_sends(at(32), vec![taken(6, A.0, 1, "w6")])).expect("booked");
    let notice =
        NewNotice { account: A.0, channel: None, field: "account_update".to_owned(), value: "{}".to_owned() };
    wait(store.notify(at(40), vec![notice])).expect("queued");
    dir
}

/// Every check that finds something, and the first thing it finds.
fn found(dir: &tempfile::TempDir) -> Vec<(&'static str, String)> {
    let verifier = Verifier::open(&dir.path().join(DATABASE)).expect("opened");
    let checked = Verifier::names().map(|name| (name, verifier.run(name).expect("run")));
    checked.filter(|(_, c)| c.violations > 0).map(|(name, c)| (name, c.examples[0].clone())).collect()
}

#[test]
fn a_folder_that_lived_is_sound_also_while_it_is_open() {
    let dir = lived();
    assert_eq!(found(&dir), []);
    let store = open(&dir);
    wait(store.accept(at(50), message(5, A, 5))).expect("accepted");
    assert_eq!(found(&dir), []);
    let verifier = Verifier::open(&dir.path().join(DATABASE)).expect("opened");
    assert_eq!(verifier.run("messages and their states").expect("run").looked_at, 6);
}

/// What is done to the rows, the check that finds it, and what it says.
const DAMAGES: &[(&str, &str, &str)] = &[
    ("UPDATE outbox SET due = queued_at + 1", "what was put off stands apart", "among the fresh"),
    (
        "UPDATE message SET due = NULL WHERE state = 'accepted'",
        "messages and their states",
        "queued and never due",
    ),
    (
        "UPDATE message SET due = deadline + 1 WHERE state = 'accepted'",
        "messages and their states",
        "after its deadline",
    ),
    (
        "UPDATE message SET sending_at = NULL WHERE state = 'sending'",
        "messages and their states",
        "began at no time",
    ),
    (
        "UPDATE message SET state = 'lost' WHERE state = 'unknown'",
        "messages and their states",
        "no word of its column",
    ),
    (
        "UPDATE message SET channel = 200 WHERE state = 'accepted'",
        "messages are of a known account and channel",
        "channel 200",
    ),
    (
        "DELETE FROM body WHERE message IN (SELECT id FROM message WHERE state = 'accepted')",
        "what is queued has a body",
        "no body",
    ),
    ("INSERT INTO body VALUES (5, '', '', NULL, x'')", "no body without its message", "message 5"),
    (
        "INSERT INTO event VALUES (5, 0, 0, 'sent', NULL, NULL, 0)",
        "no event without its message",
        "message 5",
    ),
    (
        "INSERT INTO consent (account, recipient, at, act, source, actor) VALUES (10, 1, 0, 'sang', 'api', 'x')",
        "what was said of people",
        "cannot be read",
    ),
    (
        "INSERT INTO begun VALUES (7, 1, 5, 6, NULL)",
        "businesses began with people one after another",
        "before it had",
    ),
    ("UPDATE bucket SET cut_to_per_s = -1", "channels' budgets", "cannot be read"),
    (
        "INSERT INTO audit VALUES (99, 10, 0, CAST(x'ff' AS TEXT), 'x', 'y')",
        "the audit, the newest",
        "an audit row of account 10",
    ),
    (
        "INSERT INTO seen VALUES (99, 10, x'00', 0)",
        "what was heard before is known by its hash",
        "no whole hash",
    ),
    ("INSERT INTO secret VALUES ('key', x'00')", "secrets", "cannot be read"),
    (
        "INSERT INTO delivery_log VALUES (1, 1, 10, 1, NULL, NULL, NULL, 0, -1, 0, NULL)",
        "what was delivered, the newest",
        "cannot be read",
    ),
    (
        "INSERT INTO template_reception VALUES (1, 10, 0, 1, -1, 0, 0, 0, 0, 0, 0, 0, 1)",
        "what came of templates can have come of them",
        "less than nothing",
    ),
    ("UPDATE event SET kind = 'vanished'", "events", "cannot be read"),
    (
        "UPDATE message SET events = events + 1 WHERE state = 'unknown'",
        "events are numbered without a gap",
        "counts 2 events, there are 1",
    ),
    (
        "UPDATE attempt SET no = 7 WHERE upstream_id = 'w1'",
        "attempts are of a message that made them",
        "attempt 7",
    ),
    (
        "UPDATE message SET sharing = 0 WHERE decided IS NOT NULL",
        "what is learnt from is shared",
        "which is not shared",
    ),
    ("UPDATE learning SET data = x'00'", "the learning log", "cannot be read"),
    (
        "UPDATE message SET decided = x'00' WHERE decided IS NOT NULL",
        "messages and their states",
        "no decision",
    ),
    ("UPDATE counter SET n = 0 WHERE name = 'last_line'", "ids lie within the last ids given", "last_line"),
    ("DELETE FROM notice", "waiting webhooks tell something that is there", "tells what is not there"),
    (
        "UPDATE notice SET refs = 3",
        "notices are wanted as often as they say",
        "counts 3 deliveries, there are 1",
    ),
    (
        "UPDATE counter SET n = 9 WHERE name = 'state.accepted'",
        "counted states are the rows",
        "counts 9 messages in accepted, there are 1",
    ),
    (
        "UPDATE counter SET n = 9 WHERE name = 'outbox'",
        "counted webhooks are the rows",
        "counts 9 outbox, there are 2",
    ),
    (
        "DELETE FROM parked",
        "counted statuses, names and held messages are the rows",
        "parked: 1 counted, 0 there",
    ),
    (
        "UPDATE counter SET n = 1 WHERE name = 'last_message'",
        "ids lie within the last ids given",
        "last_message",
    ),
    (
        "UPDATE endpoint SET headers = 'no JSON'",
        "accounts, channels, keys, templates, endpoints",
        "cannot be read",
    ),
    ("UPDATE counter SET name = 'sheep' WHERE name = 'parked'", "counters", "cannot be read"),
];

#[test]
fn each_kind_of_damage_is_found_by_its_check() {
    for (damage, by, says) in DAMAGES {
        let dir = lived();
        let other = rusqlite::Connection::open(dir.path().join(DATABASE)).expect("opened");
        assert!(other.execute(damage, []).expect("done") > 0, "{damage}");
        drop(other);
        let found = found(&dir);
        let hit = found.iter().find(|(name, _)| name == by);
        assert!(hit.is_some_and(|(_, first)| first.contains(says)), "{damage}: {found:?}");
    }
}

/// The root pages of all tables and indexes (a b-tree's root is in use also while it is empty), and the bytes of a page,
/// once the write-ahead log is folded in: a page that is in it as well is read from there.
fn roots(file: &Path) -> (Vec<u32>, u32) {
    let connection = rusqlite::Connection::open(file).expect("opened");
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("folded in");
    let page = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).expect("a size");
    let mut pages =
        connection.prepare("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0").expect("read");
    let pages = pages.query_map([], |row| row.get(0)).expect("read");
    (pages.collect::<Result<_, _>>().expect("numbers"), page)
}

#[test]
fn a_torn_page_is_found() {
    let dir = lived();
    let file = dir.path().join(DATABASE);
    let (roots, page) = roots(&file);
    let whole = std::fs::read(&file).expect("read");
    let first = Verifier::names().next().expect("a check");
    for root in roots {
        let mut torn = whole.clone();
        let (from, half) = (((root - 1) * page) as usize, (page / 2) as usize);
        torn[from..from + half].fill(0xa5);
        std::fs::write(&file, torn).expect("written");
        // SQLite names the page, or refuses to read the file at all.
        let found = Verifier::open(&file).and_then(|verifier| verifier.run(first));
        assert!(found.is_err() || found.is_ok_and(|checked| checked.violations > 0), "page {root}");
    }
}
