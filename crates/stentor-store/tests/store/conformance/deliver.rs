//! Outgoing webhooks: who hears, in which order, what a retry holds back, what is lost and counted.

use std::time::Duration;

use stentor_core::id::EndpointId;
use stentor_core::message::{EventKind, StatusKind};
use stentor_core::registry::{Channel, Character, Endpoint, Role};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_store::{
    Delivery, DeliveryItem, DeliveryRecord, DeliveryVerdict, NewNotice, RegistryChange, Store,
};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("what waits does not age by time that is skipped", skipped),
    ("events of one message go one after the other", ordered),
    ("a retry holds back what comes after it, and nothing else", held_back),
    ("a channel's endpoint goes before the account's", listeners),
    ("who hears of an account depends on its webhook, then on its numbers", of_the_account),
    ("what is set to come is not heard yet", coming),
    ("a copy goes once the number's own webhook has taken it", copies),
    ("messages are tallied by category and route", tally),
    ("notices are delivered, and go with their last delivery", notices),
    ("a removed endpoint loses what waited, visibly", removed),
    ("every attempt is in the log of its account", log),
    ("a message's reports are queued again on request", replay),
    ("what nobody answered for is claimed again", leases),
];

fn skipped(store: &Store) {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let (field, value) = ("x".to_owned(), "{}".to_owned());
    let notice = NewNotice { account: A.0, channel: None, field, value };
    wait(store.notify(T0, vec![notice])).expect("queued");
    wait(store.skip(WEEK)).expect("skipped");
    wait(store.prune(T0 + WEEK + DAY, 10)).expect("pruned");
    let [delivery] = &claim(store, T0 + WEEK + DAY, HOOK)[..] else { panic!("it is gone") };
    assert_eq!(delivery.expires_at, T0 + WEEK * 2);
    wait(store.prune(T0 + WEEK * 2 + DAY, 10)).expect("pruned");
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").lost, 1);
}

/// A message of A with `sent` and `delivered` to tell.
fn told(store: &Store, n: i64) {
    sending(store, n, A, n);
    let upstream_id = format!("w{n}");
    wait(store.record_sends(at(10), vec![taken(n, A.0, 1, &upstream_id)])).expect("booked");
    let statuses = vec![
        status(A.1, &upstream_id, StatusKind::Sent, at(20)),
        status(A.1, &upstream_id, StatusKind::Delivered, at(21)),
    ];
    assert!(wait(store.record_statuses(at(30), A.0, statuses)).expect("told").1.deliveries);
}

fn claim(store: &Store, now: Timestamp, endpoint: EndpointId) -> Vec<Delivery> {
    wait(store.claim_deliveries(now, endpoint, 10)).expect("claimed")
}

fn what(deliveries: &[Delivery]) -> Vec<(i64, EventKind)> {
    let each = deliveries.iter().map(|d| match &d.item {
        DeliveryItem::Status { message, event, .. } => (message.id.0 - id(0).0, event.kind),
        DeliveryItem::Notice { .. } => (0, EventKind::Note),
    });
    each.collect()
}

fn book(store: &Store, now: Timestamp, delivery: &Delivery, verdict: DeliveryVerdict) {
    let status = if verdict == DeliveryVerdict::Delivered { 200 } else { 500 };
    let record = DeliveryRecord { id: delivery.id, status, took_ms: 3, error: None, verdict };
    wait(store.record_deliveries(now, delivery.endpoint, vec![record])).expect("booked");
}

fn ordered(store: &Store) {
    told(store, 1);
    told(store, 2);
    let backlog = wait(store.backlog(HOOK)).expect("counted");
    assert_eq!((backlog.rows, backlog.oldest_at, backlog.lost), (4, Some(at(30)), 0));
    let first = claim(store, at(40), HOOK);
    assert_eq!(what(&first), [(1, EventKind::Sent), (2, EventKind::Sent)]);
    let DeliveryItem::Status { address, opaque, seq, .. } = &first[0].item else { panic!("a status") };
    assert_eq!((address.as_str(), opaque.as_deref(), *seq), (ADDRESS, Some("mine"), 0));
    assert!(claim(store, at(40), HOOK).is_empty());
    // Everything waits for what is on its way, at most until that is lost.
    assert_eq!(wait(store.next_delivery(HOOK)), Ok(Some(at(40) + LEASE)));
    book(store, at(41), &first[0], DeliveryVerdict::Delivered);
    assert_eq!(wait(store.next_delivery(HOOK)), Ok(Some(at(30))));
    assert_eq!(what(&claim(store, at(42), HOOK)), [(1, EventKind::Delivered)]);
    book(store, at(43), &first[1], DeliveryVerdict::Back);
    assert_eq!(what(&claim(store, at(44), HOOK)), [(2, EventKind::Sent)]);
    assert_eq!(wait(store.counts()).expect("counted").deliveries_waiting, 3);
}

fn held_back(store: &Store) {
    told(store, 1);
    told(store, 2);
    let first = claim(store, at(40), HOOK);
    book(store, at(41), &first[0], DeliveryVerdict::Retry(at(5_000)));
    book(store, at(41), &first[1], DeliveryVerdict::Delivered);
    let second = claim(store, at(42), HOOK);
    assert_eq!(what(&second), [(2, EventKind::Delivered)]);
    book(store, at(43), &second[0], DeliveryVerdict::Delivered);
    assert!(claim(store, at(44), HOOK).is_empty());
    assert_eq!(wait(store.next_delivery(HOOK)), Ok(Some(at(5_000))));
    let again = claim(store, at(5_000), HOOK);
    assert_eq!((what(&again), again[0].tries), (vec![(1, EventKind::Sent)], 1));
    book(store, at(5_001), &again[0], DeliveryVerdict::Delivered);
    assert_eq!(what(&claim(store, at(5_002), HOOK)), [(1, EventKind::Delivered)]);
}

fn listeners(store: &Store) {
    let own = EndpointId(2);
    let change = vec![RegistryChange::PutEndpoint(endpoint(own, A.0, Some(A.1)))];
    wait(store.administer(T0, audit(A.0, 2), change, Vec::new())).expect("hooked");
    told(store, 1);
    assert!(claim(store, at(40), HOOK).is_empty());
    assert_eq!(what(&claim(store, at(40), own)), [(1, EventKind::Sent)]);
}

fn put(store: &Store, changes: Vec<RegistryChange>) {
    wait(store.administer(T0, audit(A.0, 3), changes, Vec::new())).expect("put");
}

fn of_the_account(store: &Store) {
    let of_account = || NewNotice { channel: None, ..notice(A) };
    let tell = || wait(store.notify(at(5), vec![of_account()])).expect("queued");
    let waits = |id: EndpointId| wait(store.backlog(id)).expect("counted").rows;
    let own = EndpointId(2);
    put(store, vec![RegistryChange::PutEndpoint(endpoint(own, A.0, Some(A.1)))]);
    tell();
    assert_eq!((waits(HOOK), waits(own)), (1, 0), "the account's goes first");
    put(store, vec![RegistryChange::RemoveEndpoint(HOOK)]);
    tell();
    assert_eq!(waits(own), 1, "a gateway's number hears of its account");
    put(store, vec![RegistryChange::PutChannel(Channel { character: Character::Twin, ..channel(A) })]);
    tell();
    assert_eq!((waits(own), wait(store.counts()).expect("counted").events_unheard), (1, 1));
    let asked = Channel { character: Character::Twin, account_events: Some(true), ..channel(A) };
    put(store, vec![RegistryChange::PutChannel(asked)]);
    tell();
    assert_eq!((waits(own), wait(store.counts()).expect("counted").events_unheard), (2, 1));
    put(store, vec![RegistryChange::RemoveEndpoint(own)]);
    tell();
    assert_eq!(wait(store.counts()).expect("counted").events_unheard, 1, "nobody listens at all");
}

fn coming(store: &Store) {
    let later = Role::Coming { at: at(15_000), override_all: false };
    let next = Endpoint { role: later, ..endpoint(EndpointId(2), A.0, None) };
    put(store, vec![RegistryChange::PutEndpoint(next)]);
    told(store, 1);
    wait(store.notify(at(31), vec![NewNotice { channel: None, ..notice(A) }])).expect("queued");
    assert!(claim(store, at(40), EndpointId(2)).is_empty());
    assert_eq!(what(&claim(store, at(40), HOOK)), [(1, EventKind::Sent), (0, EventKind::Note)]);
}

fn copies(store: &Store) {
    let (main, second) = (EndpointId(2), EndpointId(3));
    let role = Role::Copy { name: "second".to_owned() };
    put(
        store,
        vec![
            RegistryChange::PutEndpoint(endpoint(main, A.0, Some(A.1))),
            RegistryChange::PutEndpoint(Endpoint { role, ..endpoint(second, A.0, Some(A.1)) }),
            RegistryChange::PutChannel(Channel { multi_webhook: true, ..channel(A) }),
        ],
    );
    told(store, 1);
    wait(store.notify(at(31), vec![notice(A)])).expect("queued");
    assert!(claim(store, at(40), second).is_empty(), "nothing before the main one's 200");
    let first = claim(store, at(40), main);
    let record = |verdict| DeliveryRecord { id: first[0].id, status: 500, took_ms: 1, error: None, verdict };
    let booked = |now, verdict| wait(store.record_deliveries(at(now), main, vec![record(verdict)]));
    assert_eq!(booked(41, DeliveryVerdict::Retry(at(100))), Ok(()));
    assert!(claim(store, at(60), second).is_empty(), "refused is not taken");
    assert_eq!(booked(101, DeliveryVerdict::Delivered), Ok(()));
    assert_eq!(booked(102, DeliveryVerdict::Delivered), Ok(()), "booked twice");
    let copied = claim(store, at(103), second);
    assert_eq!(what(&copied), [(1, EventKind::Sent)]);
    // The notice outlives its first delivery for as long as a copy tells it.
    let notice = first.iter().find(|d| is_notice(d)).expect("claimed with the first");
    wait(store.record_deliveries(at(105), main, vec![done_of(notice)])).expect("booked");
    let copied = claim(store, at(106), second);
    assert!(matches!(&copied[..], [Delivery { item: DeliveryItem::Notice { .. }, .. }]), "{copied:?}");
    put(store, vec![RegistryChange::PutChannel(channel(A))]);
    let rest = claim(store, at(120), main);
    assert_eq!(what(&rest), [(1, EventKind::Delivered)]);
    wait(store.record_deliveries(at(121), main, vec![done_of(&rest[0])])).expect("booked");
    assert!(claim(store, at(122), second).is_empty(), "switched off");
}

fn done_of(delivery: &Delivery) -> DeliveryRecord {
    let verdict = DeliveryVerdict::Delivered;
    DeliveryRecord { id: delivery.id, status: 200, took_ms: 1, error: None, verdict }
}

fn is_notice(delivery: &Delivery) -> bool {
    matches!(delivery.item, DeliveryItem::Notice { .. })
}

fn tally(store: &Store) {
    told(store, 1);
    told(store, 2);
    sending(store, 3, A, 3);
    let all = wait(store.tally(A.0, A.1, T0, T0 + DAY)).expect("counted");
    let [one] = &all[..] else { panic!("one category and route: {all:?}") };
    assert_eq!((one.category, one.route), (Some(Category::Marketing), Route::Optimised));
    assert_eq!((one.sent, one.delivered, one.read, one.failed), (2, 2, 0, 0));
    assert_eq!(wait(store.tally(B.0, A.1, T0, T0 + DAY)), Ok(Vec::new()));
    let days = wait(store.days(A.0, T0, T0 + DAY)).expect("counted");
    assert_eq!(
        days.iter()
            .map(|day| (day.sent, day.delivered, day.read, day.clicked))
            .fold((0, 0, 0, 0), |a, b| { (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3) }),
        (2, 2, 0, 0)
    );
    assert_eq!(wait(store.days(B.0, T0, T0 + DAY)), Ok(Vec::new()));
    assert_eq!(wait(store.days(A.0, T0 + DAY, T0 + DAY * 2)), Ok(Vec::new()));
    assert_eq!(wait(store.tally(A.0, A.1, T0 + DAY, T0 + DAY * 2)), Ok(Vec::new()));
}

fn notice(of: (stentor_core::id::AccountId, stentor_core::id::ChannelId)) -> NewNotice {
    let (field, value) = ("account_update".to_owned(), r#"{"a":1}"#.to_owned());
    NewNotice { account: of.0, channel: Some(of.1), field, value }
}

fn notices(store: &Store) {
    wait(store.notify(at(5), vec![notice(A), notice(B)])).expect("queued");
    let claimed = claim(store, at(6), HOOK);
    let [Delivery { item: DeliveryItem::Notice { field, value, .. }, .. }] = claimed.as_slice() else {
        panic!("one notice, for who listens: {claimed:?}")
    };
    assert_eq!((field.as_str(), value.as_str()), ("account_update", r#"{"a":1}"#));
    book(store, at(7), &claimed[0], DeliveryVerdict::Delivered);
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, 0);
    // With a registry change: both or neither.
    let foreign = vec![RegistryChange::PutChannel(channel(B))];
    let refused = wait(store.administer(at(8), audit(A.0, 8), foreign, vec![notice(A)]));
    assert!(refused.is_err());
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, 0);
}

fn removed(store: &Store) {
    told(store, 1);
    wait(store.notify(at(5), vec![notice(A)])).expect("queued");
    let change = || vec![RegistryChange::RemoveEndpoint(HOOK)];
    assert!(wait(store.administer(at(50), audit(B.0, 50), change(), Vec::new())).is_err());
    wait(store.administer(at(50), audit(A.0, 50), change(), Vec::new())).expect("removed");
    assert!(claim(store, at(60), HOOK).is_empty());
    let backlog = wait(store.backlog(HOOK)).expect("counted");
    assert_eq!((backlog.rows, backlog.lost), (0, 3));
    assert_eq!(wait(store.counts()).expect("counted").deliveries_lost, 3);
}

fn log(store: &Store) {
    told(store, 1);
    let first = claim(store, at(40), HOOK);
    let elsewhere = DeliveryRecord {
        id: first[0].id,
        status: 200,
        took_ms: 1,
        error: None,
        verdict: DeliveryVerdict::Delivered,
    };
    wait(store.record_deliveries(at(41), EndpointId(9), vec![elsewhere])).expect("booked");
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, 2, "another endpoint's");
    book(store, at(41), &first[0], DeliveryVerdict::Retry(at(100)));
    // Put back without a post: no row of the log.
    book(store, at(100), &claim(store, at(100), HOOK)[0], DeliveryVerdict::Back);
    book(store, at(101), &claim(store, at(100), HOOK)[0], DeliveryVerdict::Delivered);
    book(store, at(102), &claim(store, at(102), HOOK)[0], DeliveryVerdict::Lost);
    let all = wait(store.delivery_log(A.0, None, 10)).expect("listed");
    let rows: Vec<_> = all.iter().map(|r| (r.message, r.seq, r.status, r.at)).collect();
    let expected = [(1, 500, at(102)), (0, 200, at(101)), (0, 500, at(41))];
    assert_eq!(rows, expected.map(|(seq, status, at)| (Some(id(1)), Some(seq), status, at)));
    assert_eq!(wait(store.delivery_log(A.0, Some(all[0].id), 10)).expect("listed").len(), 2);
    assert!(wait(store.delivery_log(B.0, None, 10)).expect("listed").is_empty());
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").lost, 1);
}

fn replay(store: &Store) {
    told(store, 1);
    for now in [40, 41] {
        book(store, at(now), &claim(store, at(now), HOOK)[0], DeliveryVerdict::Delivered);
    }
    assert_eq!(wait(store.replay(at(50), B.0, id(1), None)), Ok(0));
    assert_eq!(wait(store.replay(at(50), A.0, id(1), None)), Ok(2));
    assert_eq!(wait(store.replay(at(51), A.0, id(1), Some(1))), Ok(1));
    assert_eq!(wait(store.replay(at(51), A.0, id(1), Some(9))), Ok(0));
    assert_eq!(wait(store.backlog(HOOK)).expect("counted").rows, 3);
    assert_eq!(what(&claim(store, at(60), HOOK)), [(1, EventKind::Sent)]);
}

fn leases(store: &Store) {
    told(store, 1);
    assert_eq!(claim(store, at(40), HOOK).len(), 1);
    assert!(claim(store, at(50), HOOK).is_empty());
    assert_eq!(what(&claim(store, at(40) + LEASE, HOOK)), [(1, EventKind::Sent)]);
    wait(store.rescue(at(70_000))).expect("rescued");
    assert_eq!(claim(store, at(70_000), HOOK).len(), 1);
}
