//! What is said about people has a history; everything kept of one can be read, and erased but for what they may not get.

use stentor_core::consent::{Act, Consent, Entry, Source, standing};
use stentor_core::id::{AccountId, RecipientKey};
use stentor_core::message::{ERASED, Event, State, StatusKind};
use stentor_store::{
    Alias, Erased, Idempotency, NewInbound, NewNotice, PersonFile, PersonNote, PersonWrite, QueueDecision,
    Store,
};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("what is said about a person is kept in order, and comes to their row", history),
    ("the operator's notes change what they change, once", writes),
    ("who may not get everything is listed by key", listed),
    ("what keeps a message in the queue is told with it", told_why),
    ("a person's file has everything of them and of nobody else", file),
    ("an erased person leaves keys, times, codes and what they may not get", erased),
    ("what is said under one name of a person holds under the other", two_names),
    ("what is on its way is erased when it has left", leaving),
];

const PERSON: RecipientKey = RecipientKey(5);

fn note(store: &Store, note: PersonNote) {
    wait(store.note_person(A.0, PERSON, note)).expect("noted");
}

fn write(recipient: RecipientKey, act: Act, source: Source, ms: i64) -> PersonWrite {
    PersonWrite {
        recipient,
        address: Some(ADDRESS.to_owned()),
        entry: Some(Entry::new(at(ms), act, source, Some("as they asked"), "admin")),
        once: source == Source::Import,
        time_zone: None,
    }
}

fn put(store: &Store, ms: i64, writes: Vec<PersonWrite>) -> Vec<bool> {
    wait(store.write_people(at(ms), A.0, writes, audit(A.0, ms))).expect("written")
}

fn two_names(store: &Store) {
    let (user, user_id) = (RecipientKey(6), "DE.1349120865");
    let alias = || Alias { user: (user, user_id.to_owned()), number: (PERSON, ADDRESS.to_owned()) };
    let linked = |of: AccountId| {
        let told = NewInbound {
            account: of,
            key: None,
            aliases: vec![alias()],
            notes: Vec::new(),
            answered: None,
            learns: None,
            notices: Vec::new(),
        };
        wait(store.take_in(at(50), vec![told])).expect("taken in");
    };
    let consent = |of: AccountId, who| wait(store.person(of, who)).expect("read").consent;
    note(store, said(Act::OptedOut, Source::StopWord, 10));
    put(store, 20, vec![write(user, Act::Suppressed, Source::Api, 20)]);
    linked(A.0);
    linked(A.0);
    let both = Consent {
        opted_out: Some((at(10), Source::StopWord)),
        suppressed_at: Some(at(20)),
        ..Consent::default()
    };
    assert_eq!((consent(A.0, PERSON), consent(A.0, user)), (both, both), "what was known before");
    assert_eq!(wait(store.person_view(A.0, user)).expect("read").history.len(), 2, "each once");
    put(store, 60, vec![write(PERSON, Act::Lifted, Source::Api, 60)]);
    note(store, said(Act::OptedIn, Source::UserPreferences, 70));
    assert!(consent(A.0, user).allows_anything() && consent(A.0, user).allows_marketing(), "what came since");
    assert_eq!(wait(store.person(A.0, user)).expect("read").address.as_deref(), Some(user_id));
    let names = |of: AccountId, who| wait(store.other_names(of, who)).expect("read");
    assert_eq!(names(A.0, user), [(PERSON, ADDRESS.to_owned())]);
    assert_eq!(names(A.0, PERSON), [(user, user_id.to_owned())]);
    assert_eq!(names(B.0, PERSON), [], "another account's");
    assert_eq!(consent(B.0, user), Consent::default());
    let audit = |_: &Erased| audit(A.0, 80);
    wait(store.erase_person(at(80), (A.0, user), user_id.to_owned(), false, audit)).expect("erased");
    assert_eq!((names(A.0, PERSON), names(A.0, user)), (vec![], vec![]));
}

fn history(store: &Store) {
    note(store, said(Act::OptedOut, Source::StopWord, 10));
    note(store, said(Act::OptedIn, Source::UserPreferences, 20));
    note(store, said(Act::OptedOut, Source::OptOutPayload, 15));
    note(store, said(Act::Suppressed, Source::Cli, 30));
    let view = wait(store.person_view(A.0, PERSON)).expect("read");
    let acts: Vec<_> = view.history.iter().map(|entry| (entry.at, entry.act)).collect();
    let expected = [(10, Act::OptedOut), (20, Act::OptedIn), (15, Act::OptedOut), (30, Act::Suppressed)];
    assert_eq!(acts, expected.map(|(ms, act)| (at(ms), act)));
    assert_eq!(view.person.consent, standing(&view.history));
    assert!(!view.person.consent.allows_anything());
    let other = wait(store.person_view(B.0, PERSON)).expect("read");
    assert_eq!((other.history.len(), other.person), (0, stentor_store::Person::default()));
    for ms in 100..1_150 {
        note(store, said(Act::OptedOut, Source::StopWord, ms));
    }
    let view = wait(store.person_view(A.0, PERSON)).expect("read");
    assert_eq!((view.history.len(), view.history[0].at), (1_000, at(150)), "the oldest give way");
    assert!(!view.person.consent.allows_anything(), "what they come to stays");
}

fn writes(store: &Store) {
    let (one, two) = (RecipientKey(5), RecipientKey(6));
    let import = || {
        vec![write(one, Act::Suppressed, Source::Import, 10), write(two, Act::OptedOut, Source::Import, 5)]
    };
    assert_eq!(wait(store.preview_people(A.0, import())), Ok(vec![true, true]));
    assert_eq!(wait(store.person_view(A.0, one)).expect("read").history.len(), 0, "nothing was written");
    assert_eq!(put(store, 20, import()), [true, true]);
    assert_eq!(put(store, 30, import()), [false, false], "an import may be repeated");
    let late =
        PersonWrite { entry: write(one, Act::Suppressed, Source::Import, 99).entry, ..import().remove(0) };
    assert_eq!(put(store, 31, vec![late]), [false], "so already");
    assert_eq!(
        put(store, 40, vec![write(one, Act::Suppressed, Source::Cli, 40)]),
        [true],
        "said anew, by hand"
    );
    let view = wait(store.person_view(A.0, one)).expect("read");
    assert_eq!((view.history.len(), view.person.address.as_deref()), (2, Some(ADDRESS)));
    assert_eq!(view.history[0].wording.as_deref(), Some("as they asked"));
    let zone = |zone: Option<&str>| PersonWrite {
        entry: None,
        time_zone: Some(zone.map(str::to_owned)),
        ..write(two, Act::Lifted, Source::Api, 50)
    };
    assert_eq!(put(store, 50, vec![zone(Some("Asia/Tokyo")), zone(Some("Asia/Tokyo"))]), [true, false]);
    assert_eq!(wait(store.person(A.0, two)).expect("read").time_zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(wait(store.person(B.0, two)), Ok(stentor_store::Person::default()));
    assert_eq!(put(store, 60, vec![zone(None)]), [true]);
    assert_eq!(wait(store.audit(A.0, None, 100)).expect("read").len(), 2 + 6, "one row a call");
}

fn listed(store: &Store) {
    let key = RecipientKey;
    let writes = vec![
        write(key(-3), Act::Suppressed, Source::Import, 10),
        write(key(4), Act::OptedOut, Source::Import, 10),
        write(key(9), Act::OptedIn, Source::Import, 10),
    ];
    put(store, 20, writes);
    wait(store.note_person(A.0, key(7), PersonNote::Wrote { until: at(900) })).expect("noted");
    let keys = |of, after, limit| -> Vec<_> {
        let page = wait(store.stopped_people(of, after, limit)).expect("read");
        page.iter().map(|view| view.recipient.0).collect()
    };
    assert_eq!(keys(A.0, None, 10), [-3, 4]);
    assert_eq!(keys(A.0, None, 1), [-3]);
    assert_eq!(keys(A.0, Some(key(-3)), 10), [4]);
    assert!(keys(B.0, None, 10).is_empty());
}

fn told_why(store: &Store) {
    wait(store.accept(T0, message(1, A, 5))).expect("accepted");
    let wait_for = stentor_core::message::WaitReason::QuietHours;
    let night = QueueDecision::Postpone { until: at(500), wait: wait_for, why: "night in Berlin".to_owned() };
    wait(store.decide_queued(at(1), A.0, vec![(id(1), night)])).expect("decided");
    let view = wait(store.message(A.0, id(1))).expect("read").expect("there");
    let expected = format!("quiet_hours until {}: night in Berlin", at(500));
    assert_eq!(view.events[0].1.detail.as_deref(), Some(expected.as_str()));
}

/// Everything a person can leave: a message each queued, unknown, sent with an answer, and failed; a webhook that waits, a
/// parked status, a kept answer.
fn live(store: &Store) {
    let mut queued = message(1, A, 5);
    queued.idempotency = Some(Idempotency {
        scope: [1; 32],
        body_hash: [2; 32],
        response: format!(r#"{{"contacts":[{{"wa_id":"{ADDRESS}"}}]}}"#).into_bytes(),
    });
    wait(store.accept(T0, queued)).expect("accepted");
    for n in 2..=4 {
        sending(store, n, A, 5);
    }
    let failed = StatusKind::Failed { code: 131_026, detail: format!("{ADDRESS} is not there") };
    let records = vec![lost(2, A.0, 1), taken(3, A.0, 1, "w3"), taken(4, A.0, 1, "w4")];
    wait(store.record_sends(at(10), records)).expect("booked");
    wait(store.record_statuses(at(11), A.0, vec![status(A.1, "w4", failed, at(11))])).expect("told");
    let mut parked = status(A.1, "w9", StatusKind::Sent, at(12));
    parked.recipient = Some(PERSON);
    // With a mark of another message, so that it settles nothing.
    parked.mark = Some((id(99), 1));
    wait(store.record_statuses(at(12), A.0, vec![parked])).expect("parked");
    for from in [ADDRESS, "4915119"] {
        let (field, value) = ("messages".to_owned(), format!(r#"{{"messages":[{{"from":"{from}"}}]}}"#));
        let notice = NewNotice { account: A.0, channel: Some(A.1), field, value };
        wait(store.notify(at(13), vec![notice])).expect("queued");
    }
    note(store, said(Act::OptedOut, Source::StopWord, 14));
    put(store, 15, vec![write(PERSON, Act::Suppressed, Source::Cli, 15)]);
    note(store, PersonNote::Wrote { until: at(900) });
    // Somebody else, and the same person at another account.
    let mut neighbour = message(5, A, 6);
    neighbour.body.address = "4915119".to_owned();
    wait(store.accept(T0, neighbour)).expect("accepted");
    wait(store.accept(T0, message(6, B, 5))).expect("accepted");
}

fn read(store: &Store, of: (stentor_core::id::AccountId, RecipientKey), limit: usize) -> PersonFile {
    wait(store.person_file(of.0, of.1, ADDRESS.to_owned(), limit)).expect("read")
}

fn erase(store: &Store, ms: i64) -> Erased {
    let row = move |_: &Erased| audit(A.0, ms);
    wait(store.erase_person(at(ms), (A.0, PERSON), ADDRESS.to_owned(), false, row)).expect("erased")
}

fn file(store: &Store) {
    live(store);
    let all = read(store, (A.0, PERSON), 10);
    let ids: Vec<_> = all.messages.iter().map(|view| view.message.id).collect();
    assert_eq!((ids, all.waiting.len(), all.is_complete), ([4, 3, 2, 1].map(id).to_vec(), 1, true));
    assert_eq!(all.view.history.len(), 2);
    assert!(all.messages.iter().all(|view| view.body.is_some()));
    assert!(!read(store, (A.0, PERSON), 3).is_complete);
    let elsewhere = read(store, (B.0, PERSON), 10);
    assert_eq!((elsewhere.messages.len(), elsewhere.waiting.len()), (1, 0));
}

fn erased(store: &Store) {
    live(store);
    let waiting = wait(store.backlog(HOOK)).expect("counted").rows;
    let lost = wait(store.counts()).expect("counted").deliveries_lost;
    assert_eq!(erase(store, 20), Erased { messages: 4, ended: 2, webhooks: 1, lines: 0, leaving: 0 });
    for (n, state, code) in [
        (1, State::Dropped, Some(130_403)),
        (2, State::Failed, Some(130_403)),
        (3, State::Sent, None),
        (4, State::Failed, Some(131_026)),
    ] {
        let view = wait(store.message(A.0, id(n))).expect("read").expect("the row stays");
        assert_eq!((view.message.state, view.message.code), (state, code), "{n}");
        assert!(view.body.is_none() && view.attempts.is_empty(), "{n}");
        let said = |(_, event): &(u32, Event)| event.detail.clone();
        let details: Vec<_> = view.events.iter().filter_map(said).collect();
        assert_eq!(details, vec![ERASED; details.len()], "{n}");
        assert_eq!(view.message.events as usize, view.events.len(), "{n}");
    }
    let left = wait(store.person_view(A.0, PERSON)).expect("read");
    assert!(!left.person.consent.allows_anything(), "what they may not get stays");
    assert_eq!((left.person.address, left.person.window_until), (None, None));
    assert_eq!(left.history.iter().filter(|entry| entry.wording.is_some()).count(), 0);
    assert_eq!(left.history.len(), 2, "with its times and sources");
    let after = wait(store.counts()).expect("counted");
    assert_eq!((after.parked, after.deliveries_lost), (0, lost));
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, waiting - 1 + 2, "two ends are told");
    assert_eq!(wait(store.answered(at(21), [1; 32], [2; 32])), Ok(None));
    // The neighbour and the other account have everything.
    assert!(wait(store.message(A.0, id(5))).expect("read").expect("there").body.is_some());
    assert!(wait(store.message(B.0, id(6))).expect("read").expect("there").body.is_some());
    // Nothing is left to erase, and the engine meets no row without a body.
    assert_eq!(erase(store, 30), Erased::default());
    assert_eq!(wait(store.claim(at(40), A.0, A.1, 10)).expect("claimed").len(), 1);
    let told = wait(store.claim_deliveries(at(40), HOOK, 10)).expect("claimed");
    assert_eq!(told.len() as u64, waiting + 1);
    // What is known to be there beats the end.
    let mut evidence = status(A.1, "w2", StatusKind::Delivered, at(50));
    evidence.mark = Some((id(2), 1));
    wait(store.record_statuses(at(50), A.0, vec![evidence])).expect("told");
    assert_eq!(state(store, A.0, 2), State::Delivered);
}

fn leaving(store: &Store) {
    sending(store, 1, A, 5);
    assert_eq!(erase(store, 20), Erased { leaving: 1, ..Erased::default() });
    assert!(wait(store.message(A.0, id(1))).expect("read").expect("there").body.is_some());
    wait(store.record_sends(at(30), vec![taken(1, A.0, 1, "w1")])).expect("booked");
    assert_eq!(erase(store, 40), Erased { messages: 1, ..Erased::default() });
    assert_eq!(state(store, A.0, 1), State::Sent);
}
