//! What is told is taken in once, with all that follows from it; and everything that was sent or told can be forgotten.

use stentor_core::consent::{Act, Source};
use stentor_core::id::RecipientKey;
use stentor_core::message::{EventKind, State, StatusKind};
use stentor_store::{MessageFilter, NewInbound, NewNotice, Person, PersonNote, Store};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("what is told twice is taken in once", once),
    ("an answer leaves its mark on the message", answered),
    ("a word to start takes back a stop word and nothing else", words),
    ("names of what was told go with age", aged),
    ("a message is found by its upstream's id", by_upstream),
    ("everything that was sent or told is forgotten, but not what is being sent", wiped),
];

const PERSON: RecipientKey = RecipientKey(5);

fn told(of: stentor_core::id::AccountId, key: Option<u8>) -> NewInbound {
    let (field, value) = ("messages".to_owned(), "{}".to_owned());
    NewInbound {
        aliases: Vec::new(),
        account: of,
        key: key.map(|byte| [byte; 16]),
        notes: vec![(PERSON, PersonNote::Wrote { until: at(900) })],
        learns: None,
        answered: None,
        notices: vec![NewNotice { account: of, channel: None, field, value }],
    }
}

fn waiting(store: &Store) -> u64 {
    wait(store.backlog(HOOK)).expect("counted").rows
}

fn take(store: &Store, now: i64, told: Vec<NewInbound>) -> Vec<bool> {
    wait(store.take_in(at(now), told)).expect("taken in")
}

fn once(store: &Store) {
    assert_eq!(
        take(store, 1, vec![told(A.0, Some(1)), told(A.0, Some(1)), told(A.0, Some(2))]),
        [true, false, true]
    );
    assert_eq!(
        take(store, 2, vec![told(A.0, Some(1)), told(B.0, Some(1)), told(A.0, None)]),
        [false, true, true]
    );
    assert_eq!(take(store, 3, vec![told(A.0, None)]), [true]);
    assert_eq!(waiting(store), 4, "B has no endpoint");
    let open = Person { window_until: Some(at(900)), ..Person::default() };
    assert_eq!(wait(store.person(A.0, PERSON)), Ok(open.clone()));
    assert_eq!(wait(store.person(B.0, PERSON)), Ok(open));
}

fn answered(store: &Store) {
    sending(store, 1, A, 5);
    let answers = |of| NewInbound { answered: Some((id(1), "text".to_owned())), ..told(of, None) };
    assert_eq!(take(store, 5, vec![answers(A.0), answers(B.0)]), [true, true]);
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    let events: Vec<_> = view.events.iter().map(|(_, e)| (e.kind, e.detail.clone(), e.report)).collect();
    assert_eq!(events, [(EventKind::Answered, Some("text".to_owned()), false)]);
    assert_eq!(view.message.events, 1);
    let missing = NewInbound { answered: Some((id(9), "text".to_owned())), ..told(A.0, None) };
    assert_eq!(take(store, 6, vec![missing]), [true]);
}

fn words(store: &Store) {
    let note = |note| wait(store.note_person(A.0, PERSON, note)).expect("noted");
    let stopped = || wait(store.person(A.0, PERSON)).expect("read").consent.opted_out.map(|(since, _)| since);
    note(said(Act::OptedOut, Source::StopWord, 10));
    note(said(Act::OptedIn, Source::StartWord, 9));
    assert_eq!(stopped(), Some(at(10)), "said before");
    note(said(Act::OptedIn, Source::StartWord, 11));
    assert_eq!(stopped(), None);
    note(said(Act::OptedOut, Source::UserPreferences, 20));
    note(said(Act::OptedIn, Source::StartWord, 21));
    assert_eq!(stopped(), Some(at(20)), "only WhatsApp's own switch lifts it");
}

fn aged(store: &Store) {
    take(store, 1, vec![told(A.0, Some(1))]);
    wait(store.prune(at(1) + 7 * DAY, 10)).expect("pruned");
    assert_eq!(take(store, 2, vec![told(A.0, Some(1))]), [false]);
    wait(store.prune(at(2) + 7 * DAY, 10)).expect("pruned");
    assert_eq!(take(store, 3, vec![told(A.0, Some(1))]), [true]);
}

fn by_upstream(store: &Store) {
    sending(store, 1, A, 5);
    wait(store.record_sends(at(10), vec![taken(1, A.0, 1, "w1")])).expect("booked");
    let find = |of: (_, _), named: &str| {
        wait(store.message_of_upstream(of.0, of.1, named.to_owned())).expect("read").map(|(id, _)| id)
    };
    assert_eq!((find(A, "w1"), find(A, "w2"), find(B, "w1")), (Some(id(1)), None, None));
}

fn wiped(store: &Store) {
    sending(store, 1, A, 5);
    sending(store, 2, A, 6);
    wait(store.record_sends(at(10), vec![taken(1, A.0, 1, "w1")])).expect("booked");
    wait(store.record_statuses(at(11), A.0, vec![status(A.1, "w9", StatusKind::Sent, at(11))]))
        .expect("parked");
    wait(store.accept(at(12), message(3, A, 7))).expect("accepted");
    take(store, 13, vec![told(A.0, Some(1))]);
    let ids = || -> Vec<_> {
        let views =
            wait(store.messages(A.0, MessageFilter { limit: 10, ..MessageFilter::default() })).expect("read");
        views.iter().map(|view| view.message.id).collect()
    };
    let last = wait(store.last_id());
    assert_eq!(wait(store.wipe(false)), Ok(1));
    assert_eq!((ids(), waiting(store)), (vec![id(2)], 0));
    assert_eq!(wait(store.counts_of(A.0)), Ok(vec![(State::Sending, 1)]));
    assert_eq!(wait(store.person(A.0, PERSON)), Ok(Person::default()));
    assert_eq!(wait(store.message_of_upstream(A.0, A.1, "w1".to_owned())), Ok(None));
    wait(store.record_sends(at(20), vec![taken(2, A.0, 1, "w2")])).expect("what was being sent is booked");
    assert_eq!(state(store, A.0, 2), State::Sent, "taken");
    assert_eq!(wait(store.wipe(true)), Ok(0));
    assert_eq!((ids(), wait(store.counts_of(A.0))), (vec![], Ok(vec![])));
    assert_eq!(wait(store.next_due(A.0, A.1)), Ok(None));
    assert_eq!(take(store, 21, vec![told(A.0, Some(1))]), [true], "what was told is forgotten");
    assert_eq!(wait(store.registry()).expect("loaded").accounts.len(), 2, "what is administered stays");
    assert_eq!(wait(store.last_id()), last, "no id is given twice");
    wait(store.record_sends(at(22), vec![taken(2, A.0, 1, "w2")])).expect("what is gone is gone");
}
