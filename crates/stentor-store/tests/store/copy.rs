//! Copies of a running and of a closed folder: whole, of one moment, and openable.

use std::ops::ControlFlow;

use stentor_core::message::State;
use stentor_core::registry::Channel;
use stentor_store::{DATABASE, DatabaseCopy, Options, RegistryChange, Store, StoreError, Verifier};

use crate::world::*;

fn go_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_copy_is_of_one_moment_whatever_is_written_meanwhile() {
    let (dir, to) = (folder(), folder());
    let store = open(&dir);
    furnish(&store);
    for n in 1..=400 {
        let mut new = message(n, A, n);
        new.body.payload = vec![b'x'; 8_000];
        wait(store.accept(T0, new)).expect("accepted");
    }
    let (mut written, mut steps) = (400, Vec::new());
    let file = to.path().join(DATABASE);
    let copy = DatabaseCopy::take(dir.path(), &file, &mut |done, all| {
        // Between any two steps somebody sends.
        written += 1;
        wait(store.accept(at(1), message(written, A, written))).expect("accepted");
        steps.push((done, all));
        ControlFlow::Continue(())
    });
    let copy = copy.expect("copied").expect("whole");
    assert!(steps.len() > 3 && steps.is_sorted(), "{steps:?}");
    assert!(steps.iter().all(|(_, all)| *all == steps[0].1), "it never begins again");
    assert_eq!(copy.contents().expect("read"), []);
    let summary = copy.finish().expect("finished");
    let connection = rusqlite::Connection::open(dir.path().join(DATABASE)).expect("opened");
    let schema =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).expect("set");
    assert_eq!(summary.schema, schema);
    assert!(summary.rows.contains(&("message".to_owned(), 400)), "{summary:?}");
    assert!(summary.taken_at >= T0);
    let files: Vec<_> =
        std::fs::read_dir(to.path()).expect("listed").map(|e| e.expect("one").file_name()).collect();
    assert_eq!(files, [DATABASE], "nothing beside it");
    let verifier = Verifier::open(&file).expect("opened");
    for name in Verifier::names() {
        assert_eq!(verifier.run(name).expect("run").violations, 0, "{name}");
    }
    drop(verifier);
    let copied = open(&to);
    assert_eq!(wait(copied.counts_of(A.0)), Ok(vec![(State::Accepted, 400)]));
    assert!(wait(copied.accept(at(2), message(9_000, A, 1))).is_ok());
}

#[test]
fn a_copy_of_a_closed_folder_leaves_it_as_it_was_and_can_be_broken_off() {
    let (dir, to) = (folder(), folder());
    let store = open(&dir);
    furnish(&store);
    wait(store.accept(T0, message(1, A, 5))).expect("accepted");
    drop(store);
    let before = std::fs::read(dir.path().join(DATABASE)).expect("read");
    let file = to.path().join(DATABASE);
    assert!(
        DatabaseCopy::take(dir.path(), &file, &mut |_, _| ControlFlow::Break(())).expect("asked").is_none()
    );
    std::fs::remove_file(&file).expect("a file");
    let copy = DatabaseCopy::take(dir.path(), &file, &mut go_on).expect("copied").expect("whole");
    copy.finish().expect("finished");
    assert_eq!(std::fs::read(dir.path().join(DATABASE)).expect("read"), before);
    assert_eq!(state(&open(&to), A.0, 1), State::Accepted);
}

#[test]
fn what_is_no_folder_of_this_version_is_not_copied() {
    let (dir, to) = (folder(), folder());
    let check = |says: &str| {
        let error =
            DatabaseCopy::take(dir.path(), &to.path().join(DATABASE), &mut go_on).expect_err("refused");
        assert!(matches!(&error, StoreError::Unusable(line) if line.contains(says)), "{error}");
    };
    check("is not there");
    let file = dir.path().join(DATABASE);
    std::fs::write(&file, "no database at all, but long enough to be looked at as one").expect("written");
    check("is no database of ours");
    std::fs::remove_file(&file).expect("a file");
    let newer = rusqlite::Connection::open(&file).expect("made");
    newer.execute_batch("PRAGMA user_version = 99").expect("set");
    check("newer version (schema 99");
}

#[test]
fn a_folder_of_schema_1_is_copied_as_it_is() {
    let (dir, to) = (folder(), folder());
    let old = rusqlite::Connection::open(dir.path().join(DATABASE)).expect("made");
    old.execute_batch(include_str!("../../src/sqlite/schema.sql")).expect("schema 1");
    old.execute_batch("PRAGMA user_version = 1").expect("set");
    drop(old);
    let file = to.path().join(DATABASE);
    let copy = DatabaseCopy::take(dir.path(), &file, &mut go_on).expect("copied").expect("whole");
    assert_eq!(copy.finish().expect("finished").schema, 1);
    assert!(
        matches!(Verifier::open(&file), Err(StoreError::Unusable(line)) if line.contains("has schema 1"))
    );
    let store = Store::open(to.path(), Options::default()).expect("brought up");
    let change = RegistryChange::PutChannel(Channel { account: A.0, ..channel(A) });
    let account = RegistryChange::PutAccount(account(A.0));
    wait(store.administer(T0, audit(A.0, 0), vec![account, change], Vec::new())).expect("put");
}
