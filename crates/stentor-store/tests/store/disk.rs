//! What was answered is on the disk: whole lives on a disk that fails, with the power cut at any point.
//! `STENTOR_DISK_SEEDS=N` runs more of them than the few of every check, `STENTOR_DISK_FROM=N` others.

use std::collections::{BTreeMap, BTreeSet};

use stentor_core::id::RecipientKey;
use stentor_core::message::{Message, State, StatusKind};
use stentor_disk::{Disk, Fault, Outage};
use stentor_store::{BeginSend, DATABASE, Options, Portfolio, Store, StoreError, Verifier};

use crate::world::*;

/// Operations of a life, if nothing ends it sooner.
const STEPS: u64 = 120;
const LIVES: u64 = 4;

/// `checkpoint_pages`: few, and the log is folded in again and again.
fn open_on(dir: &tempfile::TempDir, checkpoint_pages: u32) -> Result<Store, StoreError> {
    Store::open(dir.path(), Options { checkpoint_pages, readers: 1, ..Options::default() })
}

const FEW: u32 = 30;
const MANY: u32 = 8_000;

/// A folder on a disk, furnished.
fn on_disk(seed: u64, checkpoint_pages: u32) -> (tempfile::TempDir, Disk, Store) {
    let dir = folder();
    let disk = Disk::of(dir.path(), seed);
    let store = open_on(&dir, checkpoint_pages).expect("opened");
    furnish(&store);
    (dir, disk, store)
}

fn down(store: Store, disk: &Disk, outage: Outage) {
    disk.cut();
    drop(store);
    disk.restart(outage);
}

/// One seed's customer: what it was answered, and what it was not.
struct Customer {
    dice: u64,
    n: i64,
    /// The last row of each message that an answer spoke of.
    answered: BTreeMap<i64, Message>,
    /// Messages of which a later operation ended without an answer.
    unsure: BTreeSet<i64>,
}

impl Customer {
    fn roll(&mut self, below: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn one_in(&mut self, state: State) -> Option<i64> {
        let all: Vec<_> =
            self.answered.iter().filter(|(n, m)| m.state == state && !self.unsure.contains(n)).collect();
        let all: Vec<i64> = all.into_iter().map(|(n, _)| *n).collect();
        let pick = usize::try_from(self.roll(all.len().max(1) as u64)).expect("small");
        all.get(pick).copied()
    }

    /// One operation; its error, if it had one.
    fn step(&mut self, store: &Store) -> Result<(), StoreError> {
        let choice = self.roll(10);
        if choice < 5 {
            self.n += 1;
            let n = self.n;
            let mut new = message(n, A, n);
            new.body.payload = vec![b'x'; usize::try_from(100 + self.roll(9_000)).expect("small")];
            let row = new.message.clone();
            return self.note(n, wait(store.accept(at(n), new)).map(|_| vec![row]));
        }
        let now = at(100_000 + self.n);
        let rows =
            |committed: stentor_store::Committed| committed.changes.into_iter().map(|c| c.message).collect();
        if let (5..7, Some(n)) = (choice, self.one_in(State::Accepted)) {
            return self.note(n, wait(store.begin_send(now, begin_as(A, &[n]))).map(|begun| begun.messages));
        }
        if let (7, Some(n)) = (choice, self.one_in(State::Sending)) {
            let booked = wait(store.record_sends(now, vec![taken(n, A.0, 1, &format!("w{n}"))]));
            return self.note(n, booked.map(rows));
        }
        if let (8.., Some(n)) = (choice, self.one_in(State::Sent)) {
            let told = vec![status(A.1, &format!("w{n}"), StatusKind::Delivered, now)];
            return self
                .note(n, wait(store.record_statuses(now, A.0, told)).map(|(_, committed)| rows(committed)));
        }
        Ok(())
    }

    fn note(&mut self, n: i64, rows: Result<Vec<Message>, StoreError>) -> Result<(), StoreError> {
        match rows {
            Ok(rows) => {
                self.unsure.remove(&n);
                self.answered.extend(rows.into_iter().map(|row| (n, row)));
                Ok(())
            }
            // A full disk says that nothing was done.
            Err(full @ StoreError::DiskFull { .. }) => Err(full),
            Err(error) => {
                self.unsure.insert(n);
                Err(error)
            }
        }
    }

    /// Everything that was answered is there, nothing is half there; what was not known is known from now on.
    fn finds(&mut self, store: &Store, about: &str) {
        for n in 1..=self.n {
            let view = wait(store.message(A.0, id(n))).expect("read");
            let there = view.as_ref().map(|view| &view.message);
            let body = view.as_ref().and_then(|view| view.body.as_ref());
            assert_eq!(there.is_some(), body.is_some(), "{about}: message {n} is half there");
            match self.answered.get(&n) {
                Some(row) if self.unsure.contains(&n) => {
                    let there = there.unwrap_or_else(|| panic!("{about}: message {n} is gone"));
                    assert!(
                        there.attempts >= row.attempts && there.events >= row.events,
                        "{about}: {n} went back"
                    );
                }
                Some(row) => assert_eq!(there, Some(row), "{about}: message {n} is not as it was answered"),
                None => assert!(
                    there.is_none() || self.unsure.contains(&n),
                    "{about}: {n} was refused and is there"
                ),
            }
            if let Some(there) = there {
                self.answered.insert(n, there.clone());
            }
        }
        self.unsure.clear();
    }
}

fn live(seed: u64) {
    let (dir, disk, store) = on_disk(seed, FEW);
    let mut store = Some(store);
    let mut customer = Customer { dice: seed, n: 0, answered: BTreeMap::new(), unsure: BTreeSet::new() };
    for life in 0..LIVES {
        let about = format!("seed {seed}, life {life}");
        let running = store.take().expect("running");
        // The power goes anywhere in what this life writes.
        disk.cut_after(1 + customer.roll(400));
        for _ in 0..STEPS {
            match customer.roll(12) {
                0 => disk.arm(Fault::Sync, u32::try_from(customer.roll(3)).expect("small")),
                1 => disk.arm(Fault::ShortWrite, u32::try_from(customer.roll(6)).expect("small")),
                2 => disk.arm(Fault::Read, 0),
                3 => disk.fill(true),
                4..8 => {
                    disk.fill(false);
                    disk.disarm();
                }
                _ => {}
            }
            let stepped = customer.step(&running);
            if disk.is_cut() {
                break;
            }
            if let Err(error) = stepped {
                let fits = matches!(error, StoreError::OutcomeUnknown(_) | StoreError::DiskFull { .. });
                assert!(fits || matches!(error, StoreError::Unusable(_)), "{about}: {error}");
            }
        }
        let outage = if customer.roll(3) == 0 { Outage::Process } else { Outage::Power };
        down(running, &disk, outage);
        let again = open_on(&dir, FEW).unwrap_or_else(|error| panic!("{about}: {error}"));
        customer.finds(&again, &about);
        let verifier = Verifier::open(&dir.path().join(DATABASE)).expect("opened");
        for name in Verifier::names() {
            let checked = verifier.run(name).expect("run");
            assert_eq!(checked.violations, 0, "{about}: {name}: {:?}", checked.examples);
        }
        store = Some(again);
    }
}

#[test]
fn what_was_answered_is_there_after_every_outage() {
    let number = |name: &str, default| match std::env::var(name) {
        Ok(text) => text.parse::<u64>().expect("a whole number"),
        Err(_) => default,
    };
    let from = number("STENTOR_DISK_FROM", 1);
    for seed in from..from + number("STENTOR_DISK_SEEDS", 12) {
        live(seed);
    }
}

/// A sync that failed is never believed later: neither by this process nor by the next one.
#[test]
fn a_failed_sync_takes_nothing_later_with_it() {
    for (seed, outage) in (1..=4).flat_map(|seed| [(seed, Outage::Process), (seed, Outage::Power)]) {
        let (dir, disk, store) = on_disk(seed, MANY);
        disk.arm(Fault::Sync, 0);
        let first = wait(store.accept(T0, message(1, A, 1)));
        assert!(matches!(first, Err(StoreError::OutcomeUnknown(_))), "{first:?}");
        wait(store.accept(T0, message(2, A, 2))).expect("goes on");
        disk.arm(Fault::Sync, 0);
        assert!(wait(store.accept(T0, message(3, A, 3))).is_err());
        down(store, &disk, outage);
        let store = open_on(&dir, MANY).expect("opened");
        assert_eq!(state(&store, A.0, 2), State::Accepted, "seed {seed}");
        wait(store.accept(T0, message(4, A, 4))).expect("accepted");
        down(store, &disk, Outage::Power);
        let store = open_on(&dir, MANY).expect("opened");
        for n in [2, 4] {
            let found = wait(store.message(A.0, id(n))).expect("read");
            assert!(found.is_some(), "seed {seed}, {outage:?}: {n} was answered and is gone");
        }
    }
}

#[test]
fn a_full_disk_refuses_with_nothing_done_and_goes_on() {
    let (_dir, disk, store) = on_disk(3, FEW);
    disk.fill(true);
    let refused = wait(store.accept(T0, message(1, A, 1)));
    assert!(matches!(refused, Err(StoreError::DiskFull { .. })), "{refused:?}");
    assert!(wait(store.message(A.0, id(1))).expect("read").is_none());
    disk.fill(false);
    wait(store.accept(T0, message(1, A, 1))).expect("accepted");
}

/// What surely was not taken gives its place back, whatever commits failed since it began.
#[test]
fn a_failed_commit_keeps_no_place_of_a_business() {
    let (_dir, disk, store) = on_disk(5, FEW);
    let begun = || wait(store.begun(at(0), BUSINESS)).expect("counted");
    for n in 1..=2 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    let people = vec![RecipientKey(101), RecipientKey(102)];
    let portfolio = Some(Portfolio { business: BUSINESS, people_max: 9, people });
    wait(store.begin_send(at(0), BeginSend { portfolio, ..begin_as(A, &[1, 2]) })).expect("begun");
    assert_eq!(begun(), 2);
    // Of another message; and of the very one that gives its place back.
    disk.arm(Fault::Sync, 0);
    assert!(wait(store.accept(T0, message(3, A, 3))).is_err());
    wait(store.record_sends(at(1), vec![not_sent(1, 1)])).expect("recorded");
    assert_eq!(begun(), 1);
    disk.arm(Fault::Sync, 0);
    assert!(wait(store.record_sends(at(1), vec![not_sent(2, 1)])).is_err());
    wait(store.record_sends(at(2), vec![not_sent(2, 1)])).expect("recorded");
    assert_eq!(begun(), 0);
}
