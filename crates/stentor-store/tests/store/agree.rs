//! The memory model is the oracle: any sequence of operations has the same results and leaves the same truth on both.

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::Config;
use stentor_core::admission::PersonLimits;
use stentor_core::cap::Caps;
use stentor_core::consent::{Act as Said, Entry, Source};
use stentor_core::id::RecipientKey;
use stentor_core::message::{StatusKind, UpstreamStatus, WaitReason};
use stentor_core::outcome::{Next, Outcome, WaitKind};
use stentor_store::{
    DeliveryRecord, DeliveryVerdict, Erased, Idempotency, LookAgain, MessageFilter, NewNotice, PersonWrite,
    Portfolio, QueueDecision, RegistryChange, SendRecord, Store,
};

use crate::world::*;

/// One operation, after `wait` milliseconds.
#[derive(Clone, Debug)]
struct Step {
    wait: i64,
    mine: bool,
    n: i64,
    attempt: u32,
    choice: u8,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Accept,
    Claim,
    Release,
    Begin,
    Record,
    Decide,
    LookAgain,
    Status,
    Timers,
    Rescue,
    Deliver,
    Replay,
    Notify,
    Administer,
    Prune,
    People,
    Erase,
}

fn step() -> impl Strategy<Value = Step> {
    let act = prop_oneof![
        4 => Just(Act::Accept),
        3 => Just(Act::Claim),
        1 => Just(Act::Release),
        5 => Just(Act::Begin),
        5 => Just(Act::Record),
        2 => Just(Act::Decide),
        1 => Just(Act::LookAgain),
        8 => Just(Act::Status),
        2 => Just(Act::Timers),
        1 => Just(Act::Rescue),
        5 => Just(Act::Deliver),
        1 => Just(Act::Replay),
        1 => Just(Act::Notify),
        1 => Just(Act::Administer),
        1 => Just(Act::Prune),
        2 => Just(Act::People),
        1 => Just(Act::Erase),
    ];
    let wait =
        prop_oneof![8 => 0..2_000_i64, 3 => 0..200_000_i64, 1 => Just(86_400_000), 1 => Just(700_000_000)];
    (wait, prop::bool::weighted(0.85), 1..8_i64, 1..3_u32, any::<u8>(), act)
        .prop_map(|(wait, mine, n, attempt, choice, act)| Step { wait, mine, n, attempt, choice, act })
}

fn status_of(step: &Step, now: i64) -> UpstreamStatus {
    let kind = match step.choice % 5 {
        0 => StatusKind::Sent,
        1 => StatusKind::Delivered,
        2 => StatusKind::Read,
        3 => StatusKind::Failed { code: 131_049, detail: "later".to_owned() },
        _ => StatusKind::Failed { code: 131_050, detail: "stop".to_owned() },
    };
    let upstream_id = format!("w{}.{}", step.n, step.attempt);
    let mut status = status(if step.mine { A.1 } else { B.1 }, &upstream_id, kind, at(now));
    match step.choice / 64 {
        0 => status.message = Some(id(step.n)),
        1 => status.mark = Some((id(step.n), step.attempt)),
        2 => status.recipient = Some(RecipientKey(step.n % 3)),
        _ => {}
    }
    status
}

fn record_of(step: &Step) -> SendRecord {
    let of = if step.mine { A.0 } else { B.0 };
    let refused = |code| Outcome::Refused { code, http: 400, details: "no".to_owned(), retry_after: None };
    let base = taken(step.n, of, step.attempt, &format!("w{}.{}", step.n, step.attempt));
    match step.choice % 5 {
        0 => base,
        1 => SendRecord { own_id: true, ..base },
        2 => lost(step.n, of, step.attempt),
        3 => SendRecord { outcome: refused(131_026), next: Next::Fail { code: 131_026 }, ..base },
        _ => {
            let next = Next::Retry { after: Duration::from_secs(1), reason: WaitKind::UpstreamLimit };
            SendRecord { outcome: refused(130_429), next, ..base }
        }
    }
}

fn decision_of(step: &Step, now: i64) -> QueueDecision {
    match step.choice % 4 {
        0 => QueueDecision::Postpone { until: at(now + 500), wait: WaitReason::Paused, why: String::new() },
        1 => QueueDecision::Fail { code: 132_001, detail: "gone".to_owned() },
        2 => QueueDecision::ExpireSilently,
        _ => QueueDecision::Drop { code: 131_050, detail: "stop".to_owned() },
    }
}

fn change_of(step: &Step) -> RegistryChange {
    match step.choice % 4 {
        0 => RegistryChange::PutEndpoint(endpoint(HOOK, A.0, Some(A.1))),
        1 => RegistryChange::PutEndpoint(endpoint(HOOK, A.0, None)),
        2 => RegistryChange::RemoveEndpoint(HOOK),
        _ => RegistryChange::PutTemplate(template(step.n, A.0, "hello")),
    }
}

/// Does one step; everything it answered, as text.
fn act(store: &Store, step: &Step, now: i64) -> String {
    let of = if step.mine { A } else { B };
    let now_at = at(now);
    match step.act {
        Act::Accept => {
            let mut new = message(step.n, of, step.n % 3);
            new.message.due = Some(now_at);
            new.message.deadline = now_at + DAY;
            if step.choice.is_multiple_of(4) {
                let (body_hash, response) = ([step.choice % 3; 32], vec![step.choice]);
                new.idempotency = Some(Idempotency { scope: [step.choice % 5; 32], body_hash, response });
            }
            format!("{:?}", wait(store.accept(now_at, new)))
        }
        Act::Claim => format!(
            "{:?} {:?}",
            wait(store.claim(now_at, of.0, A.1, usize::from(step.choice % 4))),
            wait(store.next_due(of.0, A.1))
        ),
        Act::Release => format!("{:?}", wait(store.release(of.0, vec![id(step.n)]))),
        Act::Begin => {
            let asked = begin_learning(of, &[step.n, step.n % 7 + 1]);
            let rate_per_s = u32::from(step.choice % 3) * 20;
            let caps = Caps { per_day: step.choice % 4, per_week: step.choice % 5 };
            let limits = PersonLimits { has_pair: step.choice.is_multiple_of(2), caps };
            let people = [step.n, step.n % 7 + 1].map(|n| RecipientKey(100 + n % 3)).to_vec();
            let portfolio = Portfolio { business: BUSINESS, people_max: 2, people };
            let portfolio = (step.choice % 4 > 1).then_some(portfolio);
            let asked = stentor_store::BeginSend { rate_per_s, limits, portfolio, ..asked };
            format!("{:?}", wait(store.begin_send(now_at, asked)))
        }
        Act::Record => format!("{:?}", wait(store.record_sends(now_at, vec![record_of(step)]))),
        Act::Decide => {
            let decisions = vec![(id(step.n), decision_of(step, now))];
            format!("{:?}", wait(store.decide_queued(now_at, of.0, decisions)))
        }
        Act::LookAgain => format!("{:?}", wait(store.look_again(now_at, of.0, A.1, LookAgain::Limits))),
        Act::Status => {
            let statuses = vec![status_of(step, now)];
            format!("{:?}", wait(store.record_statuses(now_at, of.0, statuses)))
        }
        Act::Timers => format!("{:?}", wait(store.run_timers(now_at, usize::from(step.choice)))),
        Act::Rescue => format!("{:?}", wait(store.rescue(now_at))),
        Act::Deliver => deliver(store, step, now),
        Act::Replay => format!("{:?}", wait(store.replay(now_at, of.0, id(step.n), None))),
        Act::Notify => {
            let (field, value) = ("x".to_owned(), "{}".to_owned());
            let notice = NewNotice { account: of.0, channel: Some(of.1), field, value };
            format!("{:?}", wait(store.notify(now_at, vec![notice])))
        }
        Act::Administer => {
            format!(
                "{:?}",
                wait(store.administer(now_at, audit(of.0, now), vec![change_of(step)], Vec::new()))
            )
        }
        Act::Prune => format!("{:?}", wait(store.prune(now_at, usize::from(step.choice % 8)))),
        Act::People => {
            let writes = vec![write_of(step, now)];
            format!("{:?}", wait(store.write_people(now_at, of.0, writes, audit(of.0, now))))
        }
        Act::Erase => {
            let who = (of.0, RecipientKey(step.n % 3));
            let audited = |_: &Erased| audit(of.0, now);
            format!("{:?}", wait(store.erase_person(now_at, who, ADDRESS.to_owned(), false, audited)))
        }
    }
}

fn write_of(step: &Step, now: i64) -> PersonWrite {
    let (act, source) = (Said::ALL[usize::from(step.choice % 4)], Source::ALL[usize::from(step.choice % 8)]);
    let told_at = at(now - i64::from(step.choice) * 10);
    PersonWrite {
        recipient: RecipientKey(step.n % 3),
        address: step.choice.is_multiple_of(2).then(|| ADDRESS.to_owned()),
        entry: (step.choice < 200).then(|| Entry::new(told_at, act, source, Some("so it is"), "admin")),
        once: step.choice.is_multiple_of(3),
        time_zone: step.choice.is_multiple_of(5).then(|| step.mine.then(|| "Asia/Tokyo".to_owned())),
    }
}

fn deliver(store: &Store, step: &Step, now: i64) -> String {
    let claimed = wait(store.claim_deliveries(at(now), HOOK, usize::from(step.choice % 5)));
    let mut said = format!("{claimed:?}");
    for (i, delivery) in (0_u8..).zip(claimed.expect("claimed")) {
        let verdict = match step.choice.wrapping_add(i) % 6 {
            0 => DeliveryVerdict::Retry(at(now + 5_000)),
            1 => DeliveryVerdict::Back,
            2 => DeliveryVerdict::Lost,
            3 => continue,
            _ => DeliveryVerdict::Delivered,
        };
        let record = DeliveryRecord { id: delivery.id, status: 200, took_ms: 1, error: None, verdict };
        said += &format!("{:?}", wait(store.record_deliveries(at(now), HOOK, vec![record])));
    }
    said + &format!("{:?}", wait(store.next_delivery(HOOK)))
}

/// Everything that can be read.
fn truth(store: &Store) -> String {
    let all = MessageFilter { limit: 100, ..MessageFilter::default() };
    let mut said = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        wait(store.paces()),
        wait(store.registry()),
        wait(store.counts()),
        wait(store.backlog(HOOK)),
        (wait(store.last_id()), wait(store.last_seen()), wait(store.in_flight_upstream(None, 100))),
    );
    said += &format!("{:?}", wait(store.learnt_after(0, 1_000)));
    let last = wait(store.last_seen()).expect("a time");
    said += &format!("{:?}", wait(store.begun(last, BUSINESS)));
    for of in [A, B] {
        said += &format!(
            "{:?} {:?} {:?} {:?}",
            wait(store.messages(of.0, all.clone())),
            wait(store.delivery_log(of.0, None, 100)),
            wait(store.audit(of.0, None, 100)),
            wait(store.counts_of(of.0)),
        );
        said += &format!("{:?}", wait(store.stopped_people(of.0, None, 10)));
        for person in 0..3 {
            said += &format!(
                "{:?} {:?}",
                wait(store.person_view(of.0, RecipientKey(person))),
                wait(store.messages_to(of.0, RecipientKey(person), 10)),
            );
        }
    }
    said
}

proptest! {
    #![proptest_config(Config { cases: 32, ..Config::default() })]

    #[test]
    fn both_backends_answer_alike(steps in prop::collection::vec(step(), 1..60)) {
        let dir = folder();
        let (model, sqlite) = (Store::memory(), open(&dir));
        furnish(&model);
        furnish(&sqlite);
        let mut now = 0;
        for step in &steps {
            now += step.wait;
            prop_assert_eq!(act(&model, step, now), act(&sqlite, step, now), "{:?}", step);
        }
        prop_assert_eq!(truth(&model), truth(&sqlite));
        drop(sqlite);
        prop_assert_eq!(truth_kept(&model), truth_kept(&open(&dir)), "after a restart");
    }
}

/// What a restart keeps: all but the last second of the clock, which bounds what ended keys are shown.
fn truth_kept(store: &Store) -> String {
    let all = MessageFilter { limit: 100, ..MessageFilter::default() };
    format!("{:?} {:?} {:?}", wait(store.counts()), wait(store.messages(A.0, all)), wait(store.backlog(HOOK)))
}
