//! Accepting, claiming, beginning, deciding.

use std::time::Duration;

use stentor_core::consent::{Act, Consent, Source};
use stentor_core::id::{AccountId, ChannelId, RecipientKey, TemplateId};
use stentor_core::message::{EventKind, State, WaitReason};
use stentor_core::route::Route;
use stentor_store::{
    Accepted, Idempotency, LookAgain, MessageFilter, Person, PersonNote, QueueDecision, Store, StoreError,
};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("what a pause or a sync holds is due when it ends", held_and_freed),
    ("an accepted message is there, for its account only", accepted),
    ("an id is used once", twice),
    ("an idempotency key replays for a day", idempotency),
    ("a claim is a lease, oldest due first", claim),
    ("a send begins once, when due, before the deadline", begins),
    ("one debit for a batch", rate),
    ("what has not left can be put off, failed, dropped, expired", decisions),
    ("what is known of a person comes with the claim", persons),
    ("what waits on for the same reason leaves no second event", waits_on),
    ("what waits for one pair comes due a burst at a time", takes_turns),
    ("a planned claim takes the classic way first, then the picks in their order", planned),
];

fn accepted(store: &Store) {
    assert_eq!(wait(store.accept(T0, message(1, A, 5))), Ok(Accepted::New));
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    assert_eq!(view.message, message(1, A, 5).message);
    assert_eq!(view.body, Some(message(1, A, 5).body));
    assert!(view.events.is_empty() && view.attempts.is_empty());
    assert!(wait(store.message(B.0, id(1))).expect("read").is_none());
    let all = MessageFilter { limit: 10, ..MessageFilter::default() };
    assert_eq!(wait(store.messages(A.0, all.clone())).expect("listed").len(), 1);
    assert!(wait(store.messages(B.0, all)).expect("listed").is_empty());
    assert_eq!(wait(store.messages_to(A.0, RecipientKey(5), 10)).expect("listed").len(), 1);
    assert!(wait(store.messages_to(B.0, RecipientKey(5), 10)).expect("listed").is_empty());
    assert_eq!(wait(store.last_id()), Ok(Some(id(1))));
    let counts = wait(store.counts()).expect("counted");
    assert_eq!((counts.by_state, counts.oldest_queued_at), (vec![(State::Accepted, 1)], Some(T0)));
    assert_eq!(wait(store.counts_of(B.0)), Ok(Vec::new()));
}

fn planned(store: &Store) {
    for n in 1..=6 {
        let mut new = message(n, A, n);
        new.message.route = if n == 2 || n == 5 { Route::Classic } else { Route::Optimised };
        new.message.due = Some(at(if n == 6 { 900 } else { n }));
        wait(store.accept(T0, new)).expect("accepted");
    }
    assert_eq!(wait(store.due(A.1, at(10), 10)), Ok([1, 2, 3, 4, 5].map(id).to_vec()));
    assert_eq!(wait(store.due(A.1, at(10), 2)), Ok([1, 2].map(id).to_vec()));
    let known = wait(store.waiting(A.0, [3, 9, 1].map(id).to_vec())).expect("read");
    let known: Vec<_> = known.iter().map(|waits| (waits.message.id, waits.address.as_str())).collect();
    assert_eq!(known, [(id(3), ADDRESS), (id(1), ADDRESS)]);
    assert!(wait(store.waiting(B.0, vec![id(3)])).expect("read").is_empty());
    let claim = |limit, picks: &[i64]| -> Vec<i64> {
        let picks = picks.iter().map(|n| id(*n)).collect();
        let claimed = wait(store.claim_planned(at(10), A, limit, picks)).expect("claimed");
        claimed.iter().map(|claimed| n_of(claimed.message.id)).collect()
    };
    assert!(wait(store.claim_planned(at(10), (B.0, A.1), 9, vec![id(3)])).expect("claimed").is_empty());
    assert_eq!(claim(3, &[4, 6, 3, 99]), [2, 5, 4], "what is not due, or not there, is passed over");
    assert_eq!(claim(9, &[4, 3]), [3], "what is leased is not claimed again");
    wait(store.release(A.0, vec![id(5)])).expect("released");
    assert_eq!(claim(9, &[]), [5]);
    assert_eq!(begin(store, at(10), A, &[2, 5, 4, 3]).messages.len(), 4);
}

fn waits_on(store: &Store) {
    wait(store.accept(T0, message(1, A, 5))).expect("accepted");
    let put_off = |now: i64, until: i64, reason| {
        let decision = QueueDecision::Postpone { until: at(until), wait: reason, why: String::new() };
        wait(store.decide_queued(at(now), A.0, vec![(id(1), decision)])).expect("decided");
        let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
        (view.message.due, view.events.len(), view.message.events)
    };
    assert_eq!(put_off(1, 100, WaitReason::Paused), (Some(at(100)), 1, 1));
    assert_eq!(put_off(101, 200, WaitReason::Paused), (Some(at(200)), 1, 1));
    assert_eq!(put_off(201, 300, WaitReason::Sync), (Some(at(300)), 2, 2));
    let counts = wait(store.counts()).expect("counted");
    assert_eq!(counts.oldest_queued_at, Some(at(300)), "when the first is due");
}

fn takes_turns(store: &Store) {
    let decision =
        || QueueDecision::Postpone { until: at(9_000), wait: WaitReason::Pair, why: String::new() };
    let due = |n: i64, now: i64| {
        wait(store.decide_queued(at(now), A.0, vec![(id(n), decision())])).expect("decided");
        wait(store.message(A.0, id(n))).expect("read").expect("there").message.due
    };
    for n in 1..=100 {
        wait(store.accept(T0, message(n, A, if n == 100 { 6 } else { 5 }))).expect("accepted");
    }
    let dues: Vec<_> = (1..=98).map(|n| due(n, 1)).collect();
    let turns = [(0, at(9_000)), (44, at(9_000)), (45, at(285_000)), (89, at(285_000)), (97, at(561_000))];
    turns.iter().for_each(|(n, turn)| assert_eq!(dues[*n], Some(*turn), "{n}"));
    assert_eq!(due(98, 2), Some(at(9_000)), "who has had a turn is next");
    assert_eq!(due(100, 3), Some(at(9_000)), "another person's turns are others");
    assert_eq!(due(99, 561_000), Some(at(9_000)), "all turns have come");
}

fn twice(store: &Store) {
    wait(store.accept(T0, message(1, A, 5))).expect("accepted");
    assert!(matches!(wait(store.accept(T0, message(1, B, 6))), Err(StoreError::Conflict(_))));
    assert_eq!(wait(store.counts_of(B.0)), Ok(Vec::new()));
    assert_eq!(
        wait(store.message(A.0, id(1))).expect("read").expect("there").message.recipient,
        RecipientKey(5)
    );
}

fn idempotency(store: &Store) {
    let with = |n, body: u8| {
        let response = format!("answer {n}").into_bytes();
        let idempotency = Some(Idempotency { scope: [1; 32], body_hash: [body; 32], response });
        stentor_store::NewMessage { idempotency, ..message(n, A, 5) }
    };
    assert_eq!(wait(store.accept(T0, with(1, 7))), Ok(Accepted::New));
    let replayed = Accepted::Replayed { response: b"answer 1".to_vec() };
    assert_eq!(wait(store.accept(T0, with(2, 7))), Ok(replayed));
    assert_eq!(wait(store.accept(T0, with(3, 8))), Ok(Accepted::OtherBody));
    assert!(wait(store.message(A.0, id(2))).expect("read").is_none());
    assert_eq!(wait(store.accept(T0 + DAY, with(4, 8))), Ok(Accepted::New));
}

fn claim(store: &Store) {
    let due = [30, 10, 20, 60_000];
    for (n, due) in (1..).zip(due) {
        let mut new = message(n, A, n);
        new.message.due = Some(at(due));
        wait(store.accept(T0, new)).expect("accepted");
    }
    assert!(wait(store.claim(at(100), B.0, A.1, 10)).expect("claimed").is_empty());
    assert_eq!(wait(store.next_due(A.0, A.1)), Ok(Some(at(10))));
    assert_eq!(wait(store.next_due(B.0, A.1)), Ok(None));
    let ids = |limit| -> Vec<_> {
        let claimed = wait(store.claim(at(100), A.0, A.1, limit)).expect("claimed");
        claimed.iter().map(|c| c.message.id).collect()
    };
    assert_eq!(ids(2), [id(2), id(3)]);
    assert_eq!(ids(2), [id(1)]);
    assert!(ids(2).is_empty());
    assert_eq!(wait(store.next_due(A.0, A.1)), Ok(Some(at(60_000))));
    wait(store.release(B.0, vec![id(3)])).expect("released");
    assert!(ids(2).is_empty(), "another account gives nothing back");
    wait(store.release(A.0, vec![id(3)])).expect("released");
    assert_eq!(ids(2), [id(3)]);
    // A lease nobody gave back is lost, and the message is not.
    assert_eq!(wait(store.claim(at(120_000), A.0, A.1, 9)).expect("claimed").len(), 4);
    assert_eq!(wait(store.next_due(A.0, A.1)), Ok(Some(at(120_000) + LEASE)));
    assert_eq!(wait(store.next_due(B.0, A.1)), Ok(None));
    wait(store.rescue(at(120_000))).expect("rescued");
    assert_eq!(wait(store.claim(at(120_000), A.0, A.1, 9)).expect("claimed").len(), 4);
}

fn begins(store: &Store) {
    for n in 1..=3 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    assert_eq!(begin(store, at(5), B, &[1]).skipped, [id(1)]);
    let begun = begin(store, at(5), A, &[1, 1, 2, 99]);
    assert_eq!(begun.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!(begun.skipped, [id(1), id(99)]);
    assert_eq!((begun.messages[0].state, begun.messages[0].attempts), (State::Sending, 1));
    assert_eq!(begun.messages[0].due, Some(at(5) + LEASE));
    assert_eq!(begin(store, at(6), A, &[1]).skipped, [id(1)]);
    assert_eq!(begin(store, T0 + DAY, A, &[3]).skipped, [id(3)]);
}

fn rate(store: &Store) {
    for n in 1..=5 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    let slow = |now| {
        let asked = stentor_store::BeginSend { rate_per_s: 10, ..begin_as(A, &[1, 2, 3, 4, 5]) };
        wait(store.begin_send(now, asked)).expect("begun")
    };
    let first = slow(at(0));
    assert_eq!((first.messages.len(), first.over_rate.len()), (2, 3));
    assert_eq!(first.every, Duration::from_millis(100));
    let wake_at = first.wake_at.expect("some were over the rate");
    assert!(slow(at(1)).messages.is_empty(), "the debit is kept");
    assert!(!slow(wake_at).messages.is_empty());
}

fn decisions(store: &Store) {
    for n in 1..=5 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    let decide = || {
        let detail = String::new;
        vec![
            (id(1), QueueDecision::Postpone { until: at(500), wait: WaitReason::Sync, why: String::new() }),
            (id(2), QueueDecision::Fail { code: 132_001, detail: detail() }),
            (id(3), QueueDecision::ExpireSilently),
            (id(4), QueueDecision::Drop { code: 131_050, detail: detail() }),
        ]
    };
    let none = wait(store.decide_queued(at(1), B.0, decide())).expect("decided");
    assert!(none.changes.is_empty());
    assert_eq!(wait(store.claim(at(1), A.0, A.1, 9)).expect("claimed").len(), 5);
    let committed = wait(store.decide_queued(at(1), A.0, decide())).expect("decided");
    assert_eq!(committed.changes.len(), 4);
    assert!(committed.deliveries, "the failure and the drop are reported");
    let states = [State::Waiting, State::Failed, State::Expired, State::Dropped, State::Accepted];
    for (n, expected) in (1..).zip(states) {
        assert_eq!(state(store, A.0, n), expected);
    }
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, 2);
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    assert_eq!(
        view.events.iter().map(|(no, e)| (*no, e.kind)).collect::<Vec<_>>(),
        [(0, EventKind::Waiting)]
    );
    // Released with the decision: due again at its time, the untouched one still leased.
    let again = wait(store.claim(at(500), A.0, A.1, 9)).expect("claimed");
    assert_eq!(again.iter().map(|c| c.message.id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(wait(store.decide_queued(at(9), A.0, decide())).expect("decided").changes.len(), 1);
}

fn held_and_freed(store: &Store) {
    let hold = |n: i64, of: (AccountId, ChannelId), template: i64, wait: WaitReason| {
        let mut new = message(n, of, n);
        new.message.template = Some(TemplateId(template));
        (new.message.state, new.message.wait, new.message.due) =
            (State::Waiting, Some(wait), Some(at(600_000 + n)));
        new
    };
    // More than one transaction looks at, and the ones meant among and behind them.
    for n in 10..530 {
        wait(store.accept(T0, hold(n, A, 7, WaitReason::Cap))).expect("accepted");
    }
    for (n, of, template, reason) in [
        (1, A, 7, WaitReason::Paused),
        (2, A, 8, WaitReason::Paused),
        (3, A, 7, WaitReason::Cap),
        (4, A, 7, WaitReason::Pacing),
        (5, A, 8, WaitReason::Pacing),
        (2_600, A, 7, WaitReason::Sync),
        (2_601, B, 7, WaitReason::Sync),
    ] {
        wait(store.accept(T0, hold(n, of, template, reason))).expect("accepted");
    }
    let free = |of: AccountId, channel, template: Option<i64>| {
        let what = template.map_or(LookAgain::Stopped, |id| LookAgain::Template(TemplateId(id)));
        wait(store.look_again(at(5), of, channel, what)).expect("looked")
    };
    let due = |now, of: (AccountId, ChannelId)| {
        let claimed = wait(store.claim(now, of.0, of.1, 9)).expect("claimed");
        claimed.iter().map(|c| c.message.id).collect::<Vec<_>>()
    };
    assert_eq!(free(B.0, A.1, None), 0, "not theirs");
    assert_eq!(free(A.0, A.1, Some(7)), 3);
    assert_eq!(due(at(4), A), []);
    assert_eq!(wait(store.next_due(A.0, A.1)), Ok(Some(at(5))));
    assert_eq!(due(at(5), A), [id(1), id(4), id(2_600)]);
    assert_eq!(free(A.0, A.1, None), 1, "the other template's too, but not what is paced");
    assert_eq!((due(at(5), A), due(at(5), B)), (vec![id(2)], vec![]));
    let looked = wait(store.look_again(at(6), A.0, A.1, LookAgain::Limits));
    assert_eq!(looked, Ok(521), "a cap was raised");
}

fn persons(store: &Store) {
    use Act::{OptedIn, OptedOut};
    let note = |note| wait(store.note_person(A.0, RecipientKey(5), note)).expect("noted");
    let known = || wait(store.person(A.0, RecipientKey(5))).expect("read");
    let since = || known().consent.opted_out.map(|(since, _)| since);
    note(said(OptedOut, Source::Api, 10));
    // Whoever notes another thing takes nothing back.
    note(PersonNote::Wrote { until: at(900) });
    note(PersonNote::Wrote { until: at(800) });
    let consent = Consent { opted_out: Some((at(10), Source::Api)), ..Consent::default() };
    let person = Person { consent, window_until: Some(at(900)), ..Person::default() };
    assert_eq!(known(), person);
    assert_eq!(wait(store.person(B.0, RecipientKey(5))), Ok(Person::default()));
    wait(store.accept(T0, message(1, A, 5))).expect("accepted");
    wait(store.accept(T0, message(2, B, 5))).expect("accepted");
    assert_eq!(wait(store.claim(T0, A.0, A.1, 1)).expect("claimed")[0].person, person);
    assert_eq!(wait(store.claim(T0, B.0, B.1, 1)).expect("claimed")[0].person, Person::default());
    // The later word stands, in whatever order they come; of two at one time, the last told.
    for (act, ms, stopped_at) in [
        (OptedIn, 9, Some(10)),
        (OptedIn, 20, None),
        (OptedOut, 19, None),
        (OptedOut, 30, Some(30)),
        (OptedOut, 25, Some(30)),
        (OptedIn, 27, Some(30)),
        (OptedIn, 30, None),
        (OptedOut, 30, Some(30)),
    ] {
        note(said(act, Source::UserPreferences, ms));
        assert_eq!(since(), stopped_at.map(at), "after {act:?} at {ms}");
    }
    // A failure of long ago does not stop whoever has resumed since.
    note(said(OptedIn, Source::Api, 50));
    begin(store, at(51), A, &[1]);
    wait(store.record_sends(at(52), vec![taken(1, A.0, 1, "w1")])).expect("recorded");
    let failed = stentor_core::message::StatusKind::Failed { code: 131_050, detail: "stop".to_owned() };
    wait(store.record_statuses(at(60), A.0, vec![status(A.1, "w1", failed, at(49))])).expect("told");
    assert_eq!((state(store, A.0, 1), since()), (State::Failed, None));
    assert_eq!(known().window_until, Some(at(900)));
}
