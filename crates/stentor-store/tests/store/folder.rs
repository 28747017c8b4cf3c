//! What only a data folder can do: outlive its process, belong to one, run out of room, be read in part.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use stentor_core::admission::PersonLimits;
use stentor_core::cap::Caps;
use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::RecipientKey;
use stentor_core::message::{State, StatusKind};
use stentor_core::registry::Role;
use stentor_store::{
    Accepted, BeginSend, Erased, Idempotency, MessageFilter, NewNotice, Options, Portfolio, QueueDecision,
    Retention, Store, StoreError,
};

use crate::world::*;

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let dir = folder();
    let store = open(&dir);
    furnish(&store);
    sending(&store, 1, A, 5);
    sending(&store, 2, A, 6);
    wait(store.record_sends(at(10), vec![taken(1, A.0, 1, "w1")])).expect("booked");
    wait(store.record_statuses(at(20), A.0, vec![status(A.1, "w1", StatusKind::Sent, at(20))]))
        .expect("told");
    wait(store.secret("wamid", [1; 32])).expect("made");
    let before = (wait(store.registry()).expect("loaded"), wait(store.counts()).expect("counted"));
    drop(store);

    let store = open(&dir);
    let after = (wait(store.registry()).expect("loaded"), wait(store.counts()).expect("counted"));
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    assert_eq!(wait(store.secret("wamid", [2; 32])), Ok([1; 32]));
    assert_eq!(wait(store.last_id()), Ok(Some(id(2))));
    assert!(wait(store.last_seen()).expect("kept") >= T0);
    assert_eq!(wait(store.rescue(at(100))), Ok(1));
    assert_eq!(wait(store.claim_deliveries(at(100), HOOK, 10)).expect("claimed").len(), 1);
    // Who is in doubt is known again: a status without a name finds the one.
    let mut told = status(A.1, "w2", StatusKind::Delivered, at(2_000));
    told.recipient = Some(stentor_core::id::RecipientKey(6));
    wait(store.record_statuses(at(2_000), A.0, vec![told])).expect("told");
    assert_eq!(state(&store, A.0, 2), State::Delivered);
}

#[test]
fn what_was_debited_is_there_after_a_restart() {
    let limits = PersonLimits { has_pair: true, caps: Caps { per_day: 3, per_week: 0 } };
    let asked = |people_max, numbers: &[i64]| {
        let people = numbers.iter().map(|n| RecipientKey(100 + n)).collect();
        let portfolio = Some(Portfolio { business: BUSINESS, people_max, people });
        BeginSend { limits, portfolio, ..begin_as(A, numbers) }
    };
    let dir = folder();
    let store = open(&dir);
    furnish(&store);
    for n in 1..=4 {
        wait(store.accept(T0, message(n, A, 5))).expect("accepted");
    }
    assert_eq!(wait(store.begin_send(at(0), asked(9, &[1, 2]))).expect("begun").messages.len(), 2);
    let before = wait(store.person(A.0, RecipientKey(5))).expect("read");
    assert_eq!((before.pairs.len(), before.marketing.times().len()), (1, 2));
    drop(store);

    let store = open(&dir);
    assert_eq!(wait(store.person(A.0, RecipientKey(5))), Ok(before));
    assert_eq!(wait(store.begun(at(1), BUSINESS)), Ok(2));
    assert_eq!(wait(store.begin_send(at(1), asked(2, &[3]))).expect("begun").put_off.len(), 1);
    assert_eq!(wait(store.begin_send(at(1), asked(3, &[4]))).expect("begun").messages.len(), 1);
    assert_eq!(wait(store.person(A.0, RecipientKey(5))).expect("read").marketing.times().len(), 3);
}

#[test]
fn a_copy_of_a_running_folder_holds_everything_that_was_answered() {
    let dir = folder();
    let store = open(&dir);
    furnish(&store);
    for n in 1..=50 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    // As a killed process leaves it: the log not folded in, nothing closed.
    let copy = folder();
    for entry in std::fs::read_dir(dir.path()).expect("listed") {
        let entry = entry.expect("an entry");
        if entry.file_name() != "stentor.db-shm" {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
    }
    let revived = open(&copy);
    let all = MessageFilter { limit: 100, ..MessageFilter::default() };
    assert_eq!(wait(revived.messages(A.0, all)).expect("listed").len(), 50);
    assert_eq!(wait(revived.counts_of(A.0)), Ok(vec![(State::Accepted, 50)]));
}

#[test]
fn a_second_opener_is_told_who_holds_the_folder() {
    let dir = folder();
    let first = open(&dir);
    let refused = Store::open(dir.path(), Options::default()).expect_err("held").to_string();
    assert!(refused.contains(&format!("in use by pid {}", std::process::id())), "{refused}");
    assert_eq!(refused.lines().count(), 1);
    drop(first);
    open(&dir);
}

#[test]
fn a_newer_folder_is_refused_with_one_line() {
    let dir = folder();
    drop(open(&dir));
    let newer = rusqlite::Connection::open(dir.path().join("stentor.db")).expect("opened");
    newer.pragma_update(None, "user_version", 99).expect("marked");
    drop(newer);
    let refused = Store::open(dir.path(), Options::default()).expect_err("newer").to_string();
    assert!(refused.contains("newer version (schema 99"), "{refused}");
    assert_eq!(refused.lines().count(), 1);
}

#[test]
fn an_account_s_queue_has_an_end_and_takes_again_when_something_has_left() {
    let retention = Retention { queue_rows_max: 2, ..Retention::default() };
    let dir = folder();
    let store = Store::open(dir.path(), Options { retention, ..Options::default() }).expect("opened");
    furnish(&store);
    let accept = |n, of| wait(store.accept(T0, message(n, of, n)));
    assert_eq!((accept(1, A), accept(2, A)), (Ok(Accepted::New), Ok(Accepted::New)));
    assert_eq!(accept(3, A), Err(StoreError::QueueFull { messages_max: 2 }));
    assert_eq!(accept(4, B), Ok(Accepted::New), "another account's queue is its own");
    assert_eq!(begin(&store, at(5), A, &[1]).messages.len(), 1);
    assert_eq!(accept(3, A), Ok(Accepted::New));
}

/// What would be read again and again at millions of rows is found by an index of its own: no plan reads a table.
#[test]
fn what_the_movers_ask_scans_nothing() {
    let dir = folder();
    drop(open(&dir));
    let raw = rusqlite::Connection::open(dir.path().join("stentor.db")).expect("opened");
    let held = "state = 'waiting' AND (wait = 'sync' OR wait = 'paused' OR wait = 'pacing' OR wait = 'quiet_hours' OR wait = 'cap' OR wait = 'upstream_limit')";
    let timed = "(state = 'sending' OR state = 'unknown' OR state = 'sent')";
    let queued = "state IN ('accepted','waiting')";
    for (sql, index) in [
        (format!("SELECT due, id FROM message WHERE channel = 1 AND {queued} AND (due, id) > (2, 3) AND due <= 4 ORDER BY due, id LIMIT 5"), "message_queue"),
        (format!("SELECT due, id FROM message INDEXED BY message_classic WHERE channel = 1 AND {queued} AND route = 'classic' AND (due, id) > (2, 3) AND due <= 4 ORDER BY due, id LIMIT 5"), "message_classic"),
        (format!("SELECT due, id FROM message INDEXED BY message_timer WHERE {timed} AND state = 'sent' AND due <= 2 ORDER BY due, id LIMIT 3"), "message_timer"),
        (format!("SELECT id FROM message INDEXED BY message_held WHERE channel = 1 AND template IS 2 AND {held} AND wait = 'paused' AND due > 3 ORDER BY due, id LIMIT 5"), "message_held"),
        (format!("SELECT template FROM message INDEXED BY message_held WHERE channel = 1 AND {held} AND template > 2 ORDER BY template LIMIT 1"), "message_held"),
        (format!("SELECT channel, due FROM message INDEXED BY message_queue WHERE {queued} AND channel > 1 ORDER BY channel, due LIMIT 1"), "message_queue"),
        ("SELECT id FROM message INDEXED BY message_doubted WHERE state = 'unknown' AND channel = 1 AND recipient = 2 ORDER BY id LIMIT 3".to_owned(), "message_doubted"),
        ("SELECT id FROM message INDEXED BY message_silent WHERE state = 'unknown' AND channel = 1 AND sending_at < 2 ORDER BY sending_at, id LIMIT 3".to_owned(), "message_silent"),
    ] {
        let mut plan = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("planned");
        let steps: Vec<String> = plan.query_map([], |row| row.get(3)).expect("run").map(|s| s.expect("text")).collect();
        let is_search = steps.iter().any(|step| step.starts_with("SEARCH message") && step.contains(index));
        assert!(is_search && !steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
    }
}

/// Every message is written five times and more: an index whose condition SQLite answers by a table of its own, made for
/// that row, costs more than the row.
#[test]
fn a_message_is_written_without_tables_made_for_it() {
    let dir = folder();
    drop(open(&dir));
    let raw = rusqlite::Connection::open(dir.path().join("stentor.db")).expect("opened");
    let values = vec!["?"; 22].join(",");
    for sql in [
        format!("INSERT INTO message VALUES ({values})"),
        "UPDATE message SET state = ?, wait = ?, due = ?, sending_at = ? WHERE id = ?".to_owned(),
    ] {
        let mut program = raw.prepare(&format!("EXPLAIN {sql}")).expect("explained");
        let nulls = vec![rusqlite::types::Null; program.parameter_count()];
        let steps = program.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(1));
        let steps: Vec<String> = steps.expect("run").map(|step| step.expect("text")).collect();
        assert!(steps.iter().any(|step| step == "IdxInsert"), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step == "OpenEphemeral"), "{sql}: {steps:?}");
    }
}

#[test]
fn what_is_kept_and_for_how_long_is_a_setting() {
    const HOUR: Duration = Duration::from_hours(1);
    let retention = Retention {
        body: HOUR,
        message: HOUR * 3,
        audit: HOUR,
        learning: HOUR,
        idempotency: HOUR * 2,
        parked_status: HOUR,
        outbox: HOUR,
        outbox_rows_max: 2,
        queue_rows_max: 3,
    };
    let dir = folder();
    let store = Store::open(dir.path(), Options { retention, ..Options::default() }).expect("opened");
    furnish(&store);
    let mut new = message(1, A, 1);
    let idempotency = Idempotency { scope: [1; 32], body_hash: [2; 32], response: b"{}".to_vec() };
    new.idempotency = Some(idempotency);
    wait(store.accept(T0, new)).expect("accepted");
    let value = || "{}".to_owned();
    let notice = || NewNotice { account: A.0, channel: None, field: "x".to_owned(), value: value() };
    wait(store.notify(T0, vec![notice(), notice(), notice()])).expect("told");
    wait(store.record_statuses(T0, A.0, vec![status(A.1, "nobody", StatusKind::Sent, T0)])).expect("told");
    let stop = QueueDecision::ExpireSilently;
    wait(store.decide_queued(T0, A.0, vec![(id(1), stop)])).expect("decided");
    let backlog = || wait(store.backlog(HOOK)).expect("counted");
    let kept = |now| {
        wait(store.prune(now, 100)).expect("pruned");
        (
            wait(store.message(A.0, id(1))).expect("read").map(|view| view.body.is_some()),
            wait(store.answered(now, [1; 32], [2; 32])).expect("read").is_some(),
            wait(store.counts()).expect("counted").parked,
            wait(store.audit(A.0, None, 9)).expect("read").is_empty(),
            backlog().rows,
        )
    };
    assert_eq!(backlog().lost, 1, "one more than may wait");
    let ms = Duration::from_millis(2);
    assert_eq!(kept(T0 + HOUR - ms), (Some(true), true, 1, false, 2));
    assert_eq!(kept(T0 + HOUR + ms), (Some(false), true, 0, true, 0));
    assert_eq!(backlog().lost, 3);
    assert_eq!(kept(T0 + HOUR * 2 + ms), (Some(false), false, 0, true, 0));
    assert_eq!(kept(T0 + HOUR * 3 + ms), (None, false, 0, true, 0));
}

#[test]
fn a_folder_of_schema_1_is_brought_up_with_what_it_knows() {
    let (dir, person) = (folder(), RecipientKey(5));
    let old = rusqlite::Connection::open(dir.path().join("stentor.db")).expect("made");
    old.execute_batch(include_str!("../../src/sqlite/schema.sql")).expect("schema 1");
    let (account, out) = (A.0.0, at(10).millis());
    old.execute_batch(&format!(
        "PRAGMA user_version = 1; \
         INSERT INTO account VALUES ({account}, 'Shop', 'active', 1, 'strict', NULL, 1, 'secret', {out}); \
         INSERT INTO endpoint VALUES (1, {account}, NULL, 'https://example.com/', '[]', {out}); \
         INSERT INTO person VALUES ({account}, 5, {out}, 'api', NULL, NULL);"
    ))
    .expect("as it was");
    drop(old);
    let store = open(&dir);
    assert_eq!(wait(store.person(A.0, person)).expect("read").consent.opted_out, Some((at(10), Source::Api)));
    let history = wait(store.person_view(A.0, person)).expect("read").history;
    assert_eq!(history, [Entry::new(at(10), Act::OptedOut, Source::Api, None, "network")]);
    wait(store.note_person(A.0, person, said(Act::OptedIn, Source::Api, 20))).expect("noted");
    assert_eq!(wait(store.person(A.0, person)).expect("read").consent.opted_in_at, Some(at(20)));
    let registry = wait(store.registry()).expect("loaded");
    assert_eq!(registry.accounts[0].owner_business.0, account, "a business of its own");
    assert_eq!(registry.endpoints[0].role, Role::Main);
}

#[test]
fn the_folder_is_its_owners_alone() {
    let outer = folder();
    let dir = outer.path().join("data");
    let store = Store::open(&dir, Options::default()).expect("made");
    furnish(&store);
    let mode = |path: &std::path::Path| path.metadata().expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for entry in std::fs::read_dir(&dir).expect("listed") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_full_disk_refuses_and_recovers_by_itself() {
    let dir = folder();
    let tight = Options { db_pages_max: Some(70), ..Options::default() };
    let store = Store::open(dir.path(), tight).expect("opened");
    furnish(&store);
    let big = |n| {
        let mut new = message(n, A, n);
        new.body.payload = vec![b'x'; 60_000];
        new
    };
    let mut last = 0;
    let refused = loop {
        match wait(store.accept(T0, big(last + 1))) {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&refused, StoreError::DiskFull { path } if path.ends_with("stentor.db")), "{refused}");
    assert!(last > 0);
    assert!(wait(store.message(A.0, id(last + 1))).expect("read").is_none(), "nothing of it was committed");
    assert_eq!(wait(store.counts_of(A.0)), Ok(vec![(State::Accepted, last.unsigned_abs())]));
    // Room again: old messages went with age.
    let later = T0 + DAY * 91;
    assert!(wait(store.prune(later, 100)).expect("pruned").rows > 0);
    let mut new = big(last + 1);
    new.message.deadline = later + DAY;
    assert!(wait(store.accept(later, new)).is_ok());
}

#[test]
fn a_full_lane_says_at_once_that_nothing_was_tried() {
    let dir = folder();
    let store =
        Store::open(dir.path(), Options { accept_rows_max: 2, ..Options::default() }).expect("opened");
    furnish(&store);
    // While somebody else holds the database's write lock, the writer gets no further than its first commit.
    let other = rusqlite::Connection::open(dir.path().join("stentor.db")).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let (mut refused, mut waiting) = (Vec::new(), Vec::new());
    for n in 1..=9 {
        let mut accept = Box::pin(store.accept(T0, message(n, A, n)));
        match accept.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => refused.push((n, answer)),
            std::task::Poll::Pending => waiting.push(accept),
        }
    }
    // Two in the lane, and at most two more in the commit that waits.
    assert!((2..=4).contains(&waiting.len()), "{}", waiting.len());
    other.execute_batch("ROLLBACK").expect("unlocked");
    waiting.into_iter().for_each(|accept| assert!(wait(accept).is_ok()));
    for (n, answer) in refused {
        assert_eq!(answer, Err(StoreError::Overloaded { lane: "accept", rows_max: 2 }));
        assert!(wait(store.message(A.0, id(n))).expect("read").is_none());
    }
}

#[test]
fn a_closed_store_finishes_what_was_queued_and_takes_no_more() {
    let dir = folder();
    let store = open(&dir);
    furnish(&store);
    let mut queued = Box::pin(store.accept(T0, message(1, A, 5)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let first = queued.as_mut().poll(&mut context);
    wait(store.close());
    match first {
        std::task::Poll::Ready(answer) => assert!(answer.is_ok()),
        std::task::Poll::Pending => assert!(wait(queued.as_mut()).is_ok()),
    }
    drop(queued);
    assert_eq!(wait(store.accept(T0, message(2, A, 5))), Err(StoreError::Closed));
    drop(store);
    assert_eq!(state(&open(&dir), A.0, 1), State::Accepted);
}

/// Whether a text stands anywhere in the folder's files, free pages and log included.
fn is_in_files(dir: &tempfile::TempDir, text: &str) -> bool {
    let files = std::fs::read_dir(dir.path()).expect("listed").map(|entry| entry.expect("an entry").path());
    let read = files.filter(|path| path.is_file()).map(|path| std::fs::read(path).expect("read"));
    read.into_iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
}

#[test]
fn of_an_erased_person_no_byte_is_left_in_the_files() {
    let (number, words) = ("4915155512345", "Hello dear Annabelle");
    for compact in [false, true] {
        let dir = folder();
        let store = open(&dir);
        furnish(&store);
        // Among many others, with some of them gone again, so that pages were split, merged and freed.
        for n in 1..=400 {
            let (person, mut new) = (if n % 10 == 0 { 5 } else { 6 }, message(n, A, 5));
            new.message.recipient = RecipientKey(person);
            if person == 5 {
                number.clone_into(&mut new.body.address);
                new.body.payload =
                    format!("{{\"to\":\"{number}\",\"text\":\"{words}\"}}").repeat(40).into_bytes();
                new.body.opaque = Some(words.to_owned());
            }
            wait(store.accept(T0, new)).expect("accepted");
        }
        begin(&store, at(1), A, &[10, 20]);
        let detail = format!("{number} is not there");
        wait(store.record_sends(at(2), vec![taken(10, A.0, 1, "w10"), taken(20, A.0, 1, number)]))
            .expect("booked");
        let failed = StatusKind::Failed { code: 131_026, detail };
        wait(store.record_statuses(at(3), A.0, vec![status(A.1, "w10", failed, at(3))])).expect("told");
        for value in [format!("{{\"from\":\"{number}\",\"text\":\"{words}\"}}"), "{}".to_owned()] {
            let notice = NewNotice { account: A.0, channel: None, field: "messages".to_owned(), value };
            wait(store.notify(at(4), vec![notice])).expect("queued");
        }
        let entry = Entry::new(at(5), Act::OptedOut, Source::StopWord, Some(words), "network");
        let address = Some(number.to_owned());
        wait(store.note_person(A.0, RecipientKey(5), stentor_store::PersonNote::Said { entry, address }))
            .expect("noted");
        assert!(is_in_files(&dir, number) && is_in_files(&dir, words), "the test looks in the right place");
        let erased = wait(store.erase_person(
            at(10),
            (A.0, RecipientKey(5)),
            number.to_owned(),
            compact,
            |_: &Erased| audit(A.0, 10),
        ));
        assert_eq!(erased, Ok(Erased { messages: 40, ended: 38, webhooks: 1, lines: 0, leaving: 0 }));
        assert!(!is_in_files(&dir, number), "the number, compact: {compact}");
        assert!(!is_in_files(&dir, words), "the words, compact: {compact}");
        assert!(!wait(store.person(A.0, RecipientKey(5))).expect("read").consent.allows_marketing());
        assert!(wait(store.message(A.0, id(401))).expect("read").is_none());
        assert!(
            wait(store.message(A.0, id(1))).expect("read").expect("there").body.is_some(),
            "the others stay"
        );
    }
}
