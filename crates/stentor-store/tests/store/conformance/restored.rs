//! The queue of a restored backup: held, released, doubted, and settled by evidence all the while.

use stentor_core::id::{RecipientKey, TemplateId};
use stentor_core::message::{State, StatusKind, UnknownPolicy, UpstreamStatus, WaitReason};
use stentor_core::registry::{Channel, Echo, UpstreamKind};
use stentor_core::time::Timestamp;
use stentor_store::{LookAgain, QueueDecision, RegistryChange, RestoredQueue, Store};

use super::Case;
use crate::world::*;

pub const CASES: &[Case] = &[
    ("a restored queue is held until its deadlines", held),
    ("what is released is due at once", released),
    ("what is doubted is settled by its mark or its person", doubted),
    ("a status settles what is held", evidence),
    ("an own network's queue is not held", own_network),
    ("silence about what was sent before a restore is no evidence", silence),
];

const HOLD: RestoredQueue = RestoredQueue::Hold { taken_at: at_ms(1_000) };

const fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_millis(T0.millis() + ms)
}

/// Both channels send through somebody else.
fn outside(store: &Store, policy: UnknownPolicy) {
    for of in [A, B] {
        let (upstream, echo, unknown_policy) = (UpstreamKind::CloudApi, Echo::Yes, policy);
        let change = RegistryChange::PutChannel(Channel { upstream, echo, unknown_policy, ..channel(of) });
        wait(store.administer(T0, audit(of.0, 2), vec![change], Vec::new())).expect("put");
    }
}

fn settle(store: &Store, queue: RestoredQueue) -> u64 {
    wait(store.settle_restored(at(2_000), queue)).expect("settled")
}

fn waits(store: &Store, n: i64) -> (State, Option<WaitReason>, Option<Timestamp>) {
    let message = wait(store.message(A.0, id(n))).expect("read").expect("there").message;
    (message.state, message.wait, message.due)
}

fn holding(store: &Store) {
    outside(store, UnknownPolicy::AtMostOnce);
    for n in 1..=3 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    wait(store.accept(T0, message(4, B, 4))).expect("accepted");
    assert_eq!(settle(store, HOLD), 4);
}

fn held(store: &Store) {
    holding(store);
    assert_eq!(settle(store, HOLD), 0, "safe to repeat");
    assert_eq!(waits(store, 1), (State::Waiting, Some(WaitReason::Restored), Some(T0 + DAY)));
    let counts = wait(store.counts()).expect("counted");
    assert_eq!((counts.held, counts.restored_to), (4, Some(at_ms(1_000))));
    assert!(wait(store.claim(at(3_000), A.0, A.1, 10)).expect("claimed").is_empty());
    for what in [LookAgain::Stopped, LookAgain::Template(TemplateId(7)), LookAgain::Limits] {
        assert_eq!(wait(store.look_again(at(3_000), A.0, A.1, what)), Ok(0), "{what:?} frees nothing");
    }
    // New ones are sent as ever.
    wait(store.accept(at(3_000), message(9, A, 9))).expect("accepted");
    assert_eq!(wait(store.claim(at(3_000), A.0, A.1, 10)).expect("claimed").len(), 1);
}

fn released(store: &Store) {
    wait(store.accept(T0, message(5, A, 5))).expect("accepted");
    let paced = QueueDecision::Postpone { until: at(60_000), wait: WaitReason::Pacing, why: String::new() };
    wait(store.decide_queued(T0, A.0, vec![(id(5), paced)])).expect("decided");
    outside(store, UnknownPolicy::AtMostOnce);
    for n in 1..=3 {
        wait(store.accept(T0, message(n, A, n))).expect("accepted");
    }
    assert_eq!(settle(store, HOLD), 4);
    assert_eq!(settle(store, RestoredQueue::Release), 4);
    assert_eq!(waits(store, 5), (State::Waiting, Some(WaitReason::Pacing), Some(at(2_000))), "as before");
    assert_eq!(waits(store, 1), (State::Waiting, Some(WaitReason::Retry), Some(at(2_000))));
    assert_eq!(wait(store.counts()).expect("counted").held, 0);
    assert_eq!(begin(store, at(3_000), A, &[1, 2, 3]).messages.len(), 3);
    assert_eq!(settle(store, RestoredQueue::Doubt), 0, "what was released is not held");
}

fn marked(n: i64, attempt: u32, upstream_id: &str, kind: StatusKind) -> UpstreamStatus {
    UpstreamStatus { mark: Some((id(n), attempt)), ..status(A.1, upstream_id, kind, at(2_500)) }
}

fn doubted(store: &Store) {
    holding(store);
    assert_eq!(settle(store, RestoredQueue::Doubt), 4);
    assert_eq!(waits(store, 1), (State::Unknown, None, Some(T0 + DAY)));
    assert_eq!(wait(store.counts()).expect("counted").held, 0);
    let by_mark = marked(1, 1, "w1", StatusKind::Sent);
    let recipient = Some(RecipientKey(2));
    let by_person = UpstreamStatus { recipient, ..status(A.1, "w2", StatusKind::Delivered, at(2_500)) };
    wait(store.record_statuses(at(3_000), A.0, vec![by_mark, by_person])).expect("told");
    assert_eq!((state(store, A.0, 1), state(store, A.0, 2)), (State::Sent, State::Delivered));
    assert_eq!(begin(store, at(3_000), A, &[3]).messages.len(), 0, "never again");
    wait(store.run_timers(T0 + DAY, 10)).expect("run");
    assert_eq!(state(store, A.0, 3), State::Failed);
}

fn evidence(store: &Store) {
    holding(store);
    // The second attempt of a time that is gone, and one that is not ours to believe.
    let told = vec![
        marked(1, 2, "w1", StatusKind::Delivered),
        UpstreamStatus { mark: Some((id(7), 1)), ..status(A.1, "w7", StatusKind::Sent, at(2_500)) },
    ];
    wait(store.record_statuses(at(3_000), A.0, told)).expect("told");
    let told = wait(store.message(A.0, id(1))).expect("read").expect("there").message;
    assert_eq!((told.state, told.attempts), (State::Delivered, 2));
    assert_eq!(wait(store.counts()).expect("counted").held, 3);
    assert_eq!(settle(store, RestoredQueue::Release), 3);
    // Without a restore an attempt that was never begun is nobody's.
    wait(store.accept(at(3_000), message(9, A, 9))).expect("accepted");
    let early = vec![marked(9, 1, "w9", StatusKind::Sent)];
    wait(store.record_statuses(at(3_000), A.0, early)).expect("told");
    assert_eq!(state(store, A.0, 9), State::Accepted);
}

fn own_network(store: &Store) {
    wait(store.accept(T0, message(1, A, 1))).expect("accepted");
    assert_eq!(settle(store, HOLD), 0);
    assert_eq!(state(store, A.0, 1), State::Accepted);
}

fn silence(store: &Store) {
    outside(store, UnknownPolicy::AtLeastOnce);
    sending(store, 1, A, 1);
    wait(store.record_sends(at(500), vec![lost(1, A.0, 1)])).expect("booked");
    assert_eq!(settle(store, HOLD), 0);
    wait(store.accept(at(3_000), message(2, A, 2))).expect("accepted");
    assert_eq!(begin(store, at(3_000), A, &[2]).messages.len(), 1);
    wait(store.record_sends(at(3_100), vec![lost(2, A.0, 1), taken(2, A.0, 1, "w2")])).expect("booked");
    wait(store.accept(at(4_000), message(3, A, 3))).expect("accepted");
    assert_eq!(begin(store, at(4_000), A, &[3]).messages.len(), 1);
    wait(store.record_sends(at(4_100), vec![taken(3, A.0, 1, "w3")])).expect("booked");
    let heard = vec![status(A.1, "w3", StatusKind::Sent, at(5_000))];
    wait(store.record_statuses(at(5_000), A.0, heard)).expect("told");
    wait(store.run_timers(at(5_000 + 20 * 60_000), 10)).expect("run");
    assert_eq!(state(store, A.0, 1), State::Unknown);
}
