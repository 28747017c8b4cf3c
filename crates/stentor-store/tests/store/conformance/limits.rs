//! Budgets of people and businesses: debited where a send begins, given back when it surely was not taken.

use std::time::Duration;

use stentor_core::admission::PersonLimits;
use stentor_core::cap::Caps;
use stentor_core::id::{AccountId, ChannelId, RecipientKey};
use stentor_core::message::{State, StatusKind, WaitReason};
use stentor_core::outcome::{Next, Outcome};
use stentor_core::time::Timestamp;
use stentor_store::{BeginSend, Begun, Person, PersonNote, Portfolio, SendRecord, Store};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("a pair borrows 45 and then waits", pair),
    ("a single message to a person makes no row", lone),
    ("two messages never share a person's last place", cap),
    ("what was over the rate costs nothing", over_rate),
    ("what surely was not taken is given back, and nothing else", given_back),
    ("all accounts of a business share its messaging limit", portfolio),
    ("a number that cannot be reached is remembered until it can", undeliverable),
];

const PAIR: PersonLimits = PersonLimits { has_pair: true, caps: Caps::NONE };
const ONCE: PersonLimits = PersonLimits { has_pair: false, caps: Caps { per_day: 1, per_week: 8 } };

fn accept(store: &Store, of: (AccountId, ChannelId), numbers: impl IntoIterator<Item = i64>, person: i64) {
    for n in numbers {
        let mut new = message(n, of, person);
        new.message.deadline = T0 + DAY * 30;
        wait(store.accept(T0, new)).expect("accepted");
    }
}

fn begin_under(store: &Store, now: Timestamp, limits: PersonLimits, numbers: &[i64]) -> Begun {
    wait(store.begin_send(now, BeginSend { limits, ..begin_as(A, numbers) })).expect("begun")
}

fn person(store: &Store, n: i64) -> Person {
    wait(store.person(A.0, RecipientKey(n))).expect("read")
}

fn refused(n: i64, code: u32) -> SendRecord {
    let outcome = Outcome::Refused { code, http: 400, details: "no".to_owned(), retry_after: None };
    SendRecord { outcome, next: Next::Fail { code }, ..not_sent(n, 1) }
}

fn record(store: &Store, now: Timestamp, record: SendRecord) {
    wait(store.record_sends(now, vec![record])).expect("recorded");
}

fn pair(store: &Store) {
    accept(store, A, 1..=50, 5);
    accept(store, A, [60], 6);
    let numbers: Vec<_> = (1..=50).chain([60]).collect();
    let begun = begin_under(store, at(0), PAIR, &numbers);
    assert_eq!(begun.messages.len(), 46, "45 to the one, one to the other");
    assert_eq!(begun.skipped, [46, 47, 48, 49, 50].map(id));
    assert_eq!(begin_under(store, at(269_999), PAIR, &[46]).skipped, [id(46)]);
    let claimed = wait(store.claim(at(1), A.0, A.1, 1)).expect("claimed");
    assert_eq!(claimed[0].pair.free_at, at(270_000));
    assert_eq!(begin_under(store, at(270_000), PAIR, &[46, 47]).messages.len(), 2);
    // Not limited, not asked.
    assert_eq!(begin(store, at(270_001), A, &[48]).messages.len(), 1);
}

fn lone(store: &Store) {
    accept(store, A, 1..=48, 5);
    assert_eq!(begin_under(store, at(0), PAIR, &[1]).messages.len(), 1);
    assert_eq!(person(store, 5), Person::default());
    assert_eq!(begin_under(store, at(6_000), PAIR, &[2]).messages.len(), 1);
    assert_eq!(person(store, 5), Person::default(), "paid back in between");
    // Known all the same: of 45 that may be borrowed one is.
    let numbers: Vec<_> = (3..=47).collect();
    assert_eq!(begin_under(store, at(6_001), PAIR, &numbers).messages.len(), 44);
    assert_eq!(person(store, 5).pairs.len(), 1);
    // Whoever starts again takes everybody to have had one just before, and nobody waits for it.
    let later = at(900_000);
    wait(store.rescue(later)).expect("rescued");
    accept(store, A, 50..=95, 9);
    let numbers: Vec<_> = (50..=95).collect();
    assert_eq!(begin_under(store, later + Duration::from_secs(1), PAIR, &numbers).messages.len(), 44);
}

fn cap(store: &Store) {
    accept(store, A, 1..=3, 5);
    accept(store, A, [4], 6);
    let begun = begin_under(store, at(0), ONCE, &[1, 2, 4]);
    assert_eq!(begun.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [id(1), id(4)]);
    assert_eq!(begun.skipped, [id(2)]);
    assert_eq!(state(store, A.0, 2), State::Accepted);
    assert_eq!(person(store, 5).marketing.times(), [at(0)]);
    let claimed = wait(store.claim(at(1), A.0, A.1, 9)).expect("claimed");
    assert_eq!(claimed[0].person.marketing.times(), [at(0)], "the next look knows");
    // In an open window nothing is capped, and nothing counts.
    wait(store.note_person(A.0, RecipientKey(5), PersonNote::Wrote { until: at(9_000) })).expect("noted");
    assert_eq!(begin_under(store, at(8_999), ONCE, &[2]).messages.len(), 1);
    assert_eq!(person(store, 5).marketing.times(), [at(0)]);
    assert_eq!(begin_under(store, at(9_000), ONCE, &[3]).skipped, [id(3)]);
    assert_eq!(begin_under(store, at(86_400_000), ONCE, &[3]).messages.len(), 1);
    assert_eq!(wait(store.person(B.0, RecipientKey(5))), Ok(Person::default()));
}

fn over_rate(store: &Store) {
    accept(store, A, 1..=6, 5);
    let limits = PersonLimits { has_pair: true, caps: Caps { per_day: 8, per_week: 8 } };
    let asked = BeginSend { limits, rate_per_s: 10, ..begin_as(A, &[1, 2, 3, 4, 5, 6]) };
    let begun = wait(store.begin_send(at(0), asked)).expect("begun");
    assert_eq!((begun.messages.len(), begun.over_rate.len(), begun.skipped.len()), (2, 4, 0));
    assert_eq!(person(store, 5).marketing.times(), [at(0); 2]);
    assert_eq!(person(store, 5).pairs[0].1.free_at, at(12_000));
}

fn given_back(store: &Store) {
    let limits = PersonLimits { has_pair: true, ..ONCE };
    for (n, outcome, is_free) in [
        (1, not_sent(1, 1), true),
        (2, refused(2, 132_001), true),
        (3, lost(3, A.0, 1), false),
        (4, taken(4, A.0, 1, "w4"), false),
    ] {
        accept(store, A, [n, n + 10], n);
        let began = at(n * 1_000);
        assert_eq!(begin_under(store, began, limits, &[n]).messages.len(), 1);
        // Booking twice gives back once.
        record(store, at(n * 1_000 + 100), outcome.clone());
        record(store, at(n * 1_000 + 100), outcome);
        let times: &[Timestamp] = if is_free { &[] } else { &[began] };
        assert_eq!(person(store, n).marketing.times(), times, "message {n}");
        let second = begin_under(store, at(n * 1_000 + 200), limits, &[n + 10]);
        assert_eq!(second.messages.len(), usize::from(is_free), "message {n}");
    }
    // A failure that comes after it was taken costs what it cost.
    let failed = StatusKind::Failed { code: 131_053, detail: "media".to_owned() };
    wait(store.record_statuses(at(5_000), A.0, vec![status(A.1, "w4", failed, at(5_000))])).expect("told");
    assert_eq!(person(store, 4).marketing.times(), [at(4_000)]);
    // Of a burst the last goes back, too; not when the upstream says that the pair is over.
    accept(store, A, 30..=32, 8);
    begin_under(store, at(6_000), PAIR, &[30]);
    begin_under(store, at(6_001), PAIR, &[31, 32]);
    let free_at = |store: &Store| person(store, 8).pairs[0].1.free_at;
    assert_eq!(free_at(store), at(24_000));
    record(store, at(6_100), not_sent(31, 1));
    assert_eq!(free_at(store), at(18_000));
    record(store, at(6_100), refused(32, 131_056));
    assert_eq!(free_at(store), at(18_000));
}

fn portfolio(store: &Store) {
    let asked = |of, numbers: &[i64], people: &[i64]| {
        let people = people.iter().map(|n| RecipientKey(*n)).collect();
        let portfolio = Some(Portfolio { business: BUSINESS, people_max: 2, people });
        BeginSend { portfolio, ..begin_as(of, numbers) }
    };
    let begin = |now, asked| wait(store.begin_send(now, asked)).expect("begun");
    accept(store, A, [1, 2], 5);
    accept(store, A, [3], 6);
    accept(store, B, [4, 5], 7);
    let mut free_form = message(6, A, 8);
    free_form.message.category = None;
    wait(store.accept(T0, free_form)).expect("accepted");
    // The same person twice costs one place; a free-form message begins nothing.
    let first = begin(at(0), asked(A, &[1, 2, 6], &[105, 105, 108]));
    assert_eq!((first.messages.len(), first.put_off.len()), (3, 0));
    assert_eq!(wait(store.begun(at(0), BUSINESS)), Ok(1));
    // In the other account that person is known, and there is one place left.
    let second = begin(at(1), asked(B, &[4, 5], &[106, 107]));
    assert_eq!((second.messages.len(), second.put_off.len()), (1, 1));
    let waits = &second.put_off[0].message;
    let until = Some(at(86_400_000));
    assert_eq!((waits.wait, waits.due), (Some(WaitReason::UpstreamLimit), until));
    assert_eq!(waits.state, State::Waiting);
    assert!(begin(at(2), asked(A, &[3], &[106])).put_off.is_empty(), "known already");
    // Nothing is given back where one of several was taken.
    record(store, at(3), not_sent(1, 1));
    assert_eq!(wait(store.begun(at(3), BUSINESS)), Ok(2));
    record(store, at(3), not_sent(2, 1));
    assert_eq!(wait(store.begun(at(3), BUSINESS)), Ok(1));
    assert_eq!(wait(store.begun(at(86_400_002), BUSINESS)), Ok(0));
    let last = begin(at(86_400_000), asked(B, &[5], &[107]));
    assert_eq!(last.messages.len(), 1);
}

fn undeliverable(store: &Store) {
    let known = || person(store, 5).undeliverable.map(|known| (known.at, known.times));
    let failed = || StatusKind::Failed { code: 131_026, detail: "no such".to_owned() };
    let tell = |now, name: &str, kind| {
        wait(store.record_statuses(now, A.0, vec![status(A.1, name, kind, now)])).expect("told");
    };
    accept(store, A, 1..=6, 5);
    begin(store, at(0), A, &[1, 2, 3]);
    for n in 1..=3 {
        record(store, at(5), taken(n, A.0, 1, &format!("w{n}")));
    }
    tell(at(10), "w1", failed());
    tell(at(20), "w2", failed());
    assert_eq!(known(), Some((at(20), 1)), "one occasion");
    begin(store, at(30), A, &[4]);
    record(store, at(40), refused(4, 131_026));
    assert_eq!(known(), Some((at(40), 2)));
    tell(at(50), "w3", StatusKind::Delivered);
    assert_eq!(known(), None, "it can be reached");
    begin(store, at(60), A, &[5]);
    record(store, at(70), refused(5, 131_026));
    wait(store.note_person(A.0, RecipientKey(5), PersonNote::Wrote { until: at(99) })).expect("noted");
    assert_eq!(known(), None);
    // An answer of 131049 speaks of the person, not of the message alone.
    begin(store, at(80), A, &[6]);
    record(store, at(90), refused(6, 131_049));
    assert_eq!(person(store, 5).marketing_after, Some(at(90) + DAY));
}
