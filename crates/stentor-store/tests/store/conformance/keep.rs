//! What is kept and for how long: registry, audit, secrets, clock, retention.

use std::time::Duration;

use stentor_core::consent::{Act, Entry, Source};
use stentor_core::id::{AccountId, EndpointId, RecipientKey, TemplateId};
use stentor_core::message::StatusKind;
use stentor_core::registry::{Account, Block, Document, DocumentKind, Endpoint, OnboardingHold, Role};
use stentor_core::time::Timestamp;
use stentor_store::{MessageFilter, PartnerLogin, PartnerLoginKind, PersonNote, RegistryChange, Store};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("the registry comes back as it was put", registry),
    ("the partner's logins and every kind of endpoint come back as they were put", partner),
    ("documents and blocks are kept, each once", documents),
    ("one account cannot change another's registry", foreign),
    ("a name is used once", names),
    ("every administrative write has its audit row", audits),
    ("a secret is made once", secrets),
    ("the clock that was seen is kept", clock),
    ("what is over its age goes, and no more", retention),
    ("what was written while the clock was behind goes in its time", audits_of_a_wrong_clock),
    ("people of whom only old times are known are forgotten", old_times),
    ("a store that can commit is ready", |store| assert_eq!(wait(store.ready()), Ok(()))),
];

fn administer(store: &Store, now: i64, changes: Vec<RegistryChange>) -> bool {
    wait(store.administer(at(now), audit(A.0, now), changes, Vec::new())).is_ok()
}

fn registry(store: &Store) {
    let (mut deleted, kept) = (template(7, A.0, "hello"), template(8, A.0, "hello"));
    deleted.deleted_at = Some(at(3));
    let puts = vec![
        RegistryChange::PutTemplate(deleted.clone()),
        RegistryChange::PutTemplate(kept.clone()),
        RegistryChange::PutKey(key(1, A)),
        RegistryChange::PutKey(key(2, A)),
        RegistryChange::PutKey(key(3, A)),
        RegistryChange::EndKeys { channel: A.1, keep: vec![[3; 32]], at: at(1_000) },
    ];
    assert!(administer(store, 10, puts));
    let registry = wait(store.registry()).expect("loaded");
    assert_eq!(registry.accounts, [account(A.0), account(B.0)]);
    assert_eq!(registry.channels, [channel(A), channel(B)]);
    assert_eq!(registry.templates, [deleted, kept]);
    assert_eq!(registry.endpoints, [endpoint(HOOK, A.0, None)]);
    let ends: Vec<_> = registry.keys.iter().map(|k| (k.hash[0], k.expires_at)).collect();
    assert_eq!(ends, [(1, Some(at(1_000))), (2, Some(at(1_000))), (3, None)]);
    assert!(administer(store, 2_000, vec![RegistryChange::ForgetTemplate(TemplateId(7))]));
    let registry = wait(store.registry()).expect("loaded");
    assert_eq!((registry.templates.len(), registry.keys.len()), (1, 1), "ended keys are not loaded");
}

fn partner(store: &Store) {
    let login = |name: &str, kind| {
        let (name, hash) = (name.to_owned(), "hash".to_owned());
        PartnerLogin { name, kind, hash, created_at: T0 }
    };
    let (user, key) = (login("ops", PartnerLoginKind::Password), login("robot", PartnerLoginKind::Key));
    let hook = Endpoint {
        role: Role::Partner { secret: "s".to_owned() },
        ..endpoint(EndpointId(9), AccountId::INSTALLATION, None)
    };
    let puts = || {
        let logins = [&user, &key].map(|login| RegistryChange::PutLogin(login.clone()));
        logins.into_iter().chain([RegistryChange::PutEndpoint(hook.clone())]).collect::<Vec<_>>()
    };
    assert!(!administer(store, 1, puts()), "an account is not the installation");
    let audit = audit(AccountId::INSTALLATION, 2);
    assert_eq!(wait(store.administer(at(2), audit.clone(), puts(), Vec::new())), Ok(()));
    let coming = Endpoint {
        role: Role::Coming { at: at(15_000), override_all: true },
        ..endpoint(EndpointId(7), A.0, None)
    };
    let copy = Endpoint {
        role: Role::Copy { name: "second".to_owned() },
        ..endpoint(EndpointId(8), A.0, Some(A.1))
    };
    let held = Account {
        onboarding_hold: Some(OnboardingHold::BusinessApp),
        business_verified: false,
        ..account(A.0)
    };
    let put = [coming.clone(), copy.clone()].map(RegistryChange::PutEndpoint).into_iter();
    assert!(administer(store, 3, put.chain([RegistryChange::PutAccount(held.clone())]).collect()));
    let registry = wait(store.registry()).expect("loaded");
    assert_eq!(registry.accounts[0], held);
    assert_eq!(registry.logins, [user.clone(), key]);
    assert_eq!(registry.endpoints, [endpoint(HOOK, A.0, None), coming, copy, hook]);
    let gone = vec![RegistryChange::RemoveLogin("robot".to_owned())];
    assert_eq!(wait(store.administer(at(4), audit, gone, Vec::new())), Ok(()));
    assert_eq!(wait(store.registry()).expect("loaded").logins, [user]);
}

fn documents(store: &Store) {
    let document = |channel, value: &str| Document {
        account: A.0,
        channel,
        kind: DocumentKind::Profile,
        value: value.to_owned(),
    };
    let block = |person, address: &str| Block {
        account: A.0,
        channel: A.1,
        person: RecipientKey(person),
        address: address.to_owned(),
        at: at(5),
    };
    let puts = vec![
        RegistryChange::PutDocument(document(None, "1")),
        RegistryChange::PutDocument(document(Some(A.1), "2")),
        RegistryChange::PutDocument(document(Some(A.1), "3")),
        RegistryChange::PutBlock(block(-7, "441234567890")),
        RegistryChange::PutBlock(block(9, "441234567891")),
        RegistryChange::PutBlock(block(9, "441234567892")),
    ];
    assert!(administer(store, 10, puts));
    let registry = wait(store.registry()).expect("loaded");
    assert_eq!(registry.documents, [document(None, "1"), document(Some(A.1), "3")]);
    assert_eq!(registry.blocks, [block(-7, "441234567890"), block(9, "441234567892")]);
    let remove = RegistryChange::RemoveBlock { channel: A.1, person: RecipientKey(-7) };
    assert!(administer(store, 11, vec![remove.clone()]));
    assert_eq!(wait(store.registry()).expect("loaded").blocks.len(), 1);
    let strangers = [
        RegistryChange::PutDocument(document(Some(B.1), "4")),
        RegistryChange::PutBlock(Block { channel: B.1, ..block(1, "x") }),
        RegistryChange::RemoveBlock { channel: B.1, person: RecipientKey(1) },
    ];
    for stranger in strangers {
        assert!(!administer(store, 12, vec![stranger.clone()]), "{stranger:?}");
    }
}

fn foreign(store: &Store) {
    let puts = vec![RegistryChange::PutKey(key(1, B)), RegistryChange::PutTemplate(template(7, B.0, "x"))];
    assert!(wait(store.administer(T0, audit(B.0, 2), puts, Vec::new())).is_ok());
    let before = wait(store.registry()).expect("loaded");
    let mut stolen = channel(A);
    stolen.id = B.1;
    let attempts = [
        RegistryChange::PutAccount(account(B.0)),
        RegistryChange::PutChannel(channel(B)),
        RegistryChange::PutChannel(stolen),
        RegistryChange::PutKey(key(1, A)),
        RegistryChange::PutKey(key(9, (A.0, B.1))),
        RegistryChange::EndKeys { channel: B.1, keep: Vec::new(), at: T0 },
        RegistryChange::PutTemplate(template(7, A.0, "x")),
        RegistryChange::ForgetTemplate(TemplateId(7)),
        RegistryChange::PutEndpoint(endpoint(HOOK, B.0, None)),
    ];
    for attempt in attempts {
        assert!(
            !administer(store, 5, vec![RegistryChange::PutAccount(account(A.0)), attempt.clone()]),
            "{attempt:?}"
        );
    }
    let after = wait(store.registry()).expect("loaded");
    assert_eq!(format!("{before:?}"), format!("{after:?}"), "all or nothing");
    assert_eq!(wait(store.audit(A.0, None, 10)).expect("listed").len(), 2, "nothing done, nothing audited");
}

fn names(store: &Store) {
    assert!(administer(store, 1, vec![RegistryChange::PutTemplate(template(7, A.0, "hello"))]));
    assert!(!administer(store, 2, vec![RegistryChange::PutTemplate(template(8, A.0, "hello"))]));
    assert!(administer(store, 3, vec![RegistryChange::PutTemplate(template(7, A.0, "renamed"))]));
    assert!(administer(store, 4, vec![RegistryChange::PutTemplate(template(8, A.0, "hello"))]));
}

fn audits(store: &Store) {
    assert!(administer(store, 50, Vec::new()));
    let all = wait(store.audit(A.0, None, 10)).expect("listed");
    assert_eq!(all, [audit(A.0, 50), audit(A.0, 1), audit(A.0, 0)]);
    assert_eq!(wait(store.audit(A.0, Some(at(50)), 1)).expect("listed"), [audit(A.0, 1)]);
    assert_eq!(wait(store.audit(B.0, None, 10)).expect("listed"), [audit(B.0, 0)]);
}

fn audits_of_a_wrong_clock(store: &Store) {
    assert!(administer(store, 9_000, Vec::new()));
    assert!(administer(store, 8_000, Vec::new()));
    let age = stentor_store::Retention::default().audit;
    wait(store.prune(at(8_500) + age, 100)).expect("pruned");
    assert_eq!(wait(store.audit(A.0, None, 10)).expect("listed"), [audit(A.0, 9_000)]);
}

fn secrets(store: &Store) {
    assert_eq!(wait(store.secret("wamid", [1; 32])), Ok([1; 32]));
    assert_eq!(wait(store.secret("wamid", [2; 32])), Ok([1; 32]));
    assert_eq!(wait(store.secret("admin", [3; 32])), Ok([3; 32]));
}

fn clock(store: &Store) {
    wait(store.accept(at(700), message(1, A, 5))).expect("accepted");
    wait(store.accept(at(300), message(2, A, 5))).expect("accepted");
    assert_eq!(wait(store.last_seen()), Ok(at(700)));
}

fn old_times(store: &Store) {
    let wrote = |of: AccountId, n: i64, until| {
        let note = PersonNote::Wrote { until };
        wait(store.note_person(of, RecipientKey(n), note)).expect("noted");
    };
    for (of, n) in [(A.0, 1), (A.0, 2), (A.0, 3), (B.0, 1)] {
        wrote(of, n, at(900));
    }
    let suppressed = Entry::new(at(1), Act::Suppressed, Source::Api, None, "admin");
    let note = PersonNote::Said { entry: suppressed, address: None };
    wait(store.note_person(A.0, RecipientKey(2), note)).expect("noted");
    // Looked at once a day, a page at a time.
    let round = |now: Timestamp| {
        let mut gone = 0;
        loop {
            let pruned = wait(store.prune(now, 2)).expect("pruned");
            gone += pruned.rows;
            if !pruned.is_more {
                return gone;
            }
        }
    };
    assert_eq!(round(at(899)), 0, "their windows are open");
    assert_eq!(round(at(900)), 0, "looked at today");
    wrote(A.0, 3, at(900) + 2 * DAY);
    assert_eq!(round(at(900) + DAY), 2, "but for who is suppressed, and whose window is open");
    assert_eq!(round(at(900) + 2 * DAY), 1);
    assert!(wait(store.person(A.0, RecipientKey(2))).expect("read").consent.suppressed_at.is_some());
}

fn retention(store: &Store) {
    let days = |n: u64| T0 + DAY * u32::try_from(n).expect("small");
    sending(store, 1, A, 1);
    wait(store.record_sends(at(10), vec![taken(1, A.0, 1, "w1")])).expect("booked");
    let statuses = vec![
        status(A.1, "w1", StatusKind::Delivered, at(20)),
        status(A.1, "nobody's", StatusKind::Sent, at(20)),
    ];
    wait(store.record_statuses(at(20), A.0, statuses)).expect("told");
    let prune = |now: Timestamp| wait(store.prune(now, 100)).expect("pruned").rows;
    assert_eq!(prune(days(7)), 0);
    assert_eq!(prune(days(8)), 2, "the parked status and the delivery nobody took");
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").lost, 1);
    assert_eq!(prune(days(30)), 0);
    assert_eq!(prune(days(31)), 1, "the body");
    let view = wait(store.message(A.0, id(1))).expect("read").expect("the row is still there");
    assert_eq!((view.body, view.events.len()), (None, 1));
    assert_eq!(prune(days(90) + Duration::from_millis(0)), 0);
    assert_eq!(prune(days(91)), 1, "the message with all its rows");
    assert!(wait(store.message(A.0, id(1))).expect("read").is_none());
    let all = MessageFilter { limit: 10, ..MessageFilter::default() };
    assert!(wait(store.messages(A.0, all)).expect("listed").is_empty());
    assert_eq!(wait(store.counts()).expect("counted").by_state, []);
    assert_eq!(wait(store.last_id()), Ok(Some(id(1))), "its id is never used again");
}
