//! The notifier, step by step: whom it asks for, what it posts, and what an answer does to an endpoint.

use std::time::Duration;

use stentor_core::id::{AccountId, NoticeId};
use stentor_core::registry::{Account, Endpoint, Role};
use stentor_core::webhook::verify;
use stentor_store::{DeliveryItem, Registry};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const WEEK: Duration = Duration::from_hours(7 * 24);

fn facts(endpoints: i64) -> Snapshot {
    let account = Account::new(AccountId(1), "shop", "secret".to_owned(), NOW);
    let endpoint = |id| Endpoint {
        id: EndpointId(id),
        account: AccountId(1),
        channel: None,
        role: Role::Main,
        url: format!("https://receiver{id}.example/"),
        headers: vec![("x-mine".to_owned(), "yes".to_owned())],
        created_at: NOW,
    };
    let endpoints = (1..=endpoints).map(endpoint).collect();
    Snapshot::new(Registry { accounts: vec![account], endpoints, ..Registry::default() })
}

fn notifier(limits: Limits) -> Notifier {
    Notifier::new(limits, WamidKey([1; 16]), Dice::seeded(1))
}

fn rows(endpoint: i64, ids: std::ops::Range<i64>) -> Vec<Delivery> {
    let one = |id| Delivery {
        id: DeliveryId(id),
        endpoint: EndpointId(endpoint),
        tries: 0,
        queued_at: NOW,
        expires_at: NOW + WEEK,
        item: DeliveryItem::Notice { id: NoticeId(id), field: "account_update".into(), value: "{}".into() },
    };
    ids.map(one).collect()
}

fn claims(commands: &[Command]) -> Vec<(i64, usize)> {
    let claim = |command: &Command| match command {
        Command::Store(Work::Claim { endpoint, limit }) => Some((endpoint.0, *limit)),
        _ => None,
    };
    commands.iter().filter_map(claim).collect()
}

fn verdicts(commands: &[Command]) -> Vec<DeliveryVerdict> {
    let records = commands.iter().filter_map(|command| match command {
        Command::Store(Work::Record(_, rows)) => Some(rows),
        _ => None,
    });
    records.flatten().map(|row| row.verdict).collect()
}

/// Claims these deliveries of endpoint 1; how many posts go out.
fn post(notifier: &mut Notifier, facts: &Snapshot, now: Timestamp, ids: std::ops::Range<i64>) -> usize {
    let _ = notifier.step(now, facts, vec![Input::Woken]);
    let step = notifier.step(now, facts, vec![Input::Claimed(EndpointId(1), rows(1, ids), None)]);
    step.commands.iter().filter(|command| matches!(command, Command::Post(_))).count()
}

#[test]
fn each_endpoint_has_its_own_share() {
    let limits = Limits { endpoint_in_flight_max: 32, in_flight_max: 12, batch_max: 1 };
    let step = notifier(limits).step(NOW, &facts(3), vec![Input::Woken]);
    assert_eq!(claims(&step.commands), [(1, 6), (2, 3), (3, 2)]);
}

#[test]
fn what_is_posted_is_what_was_signed() {
    let facts = facts(1);
    let mut notifier = notifier(Limits { batch_max: 2, ..Limits::default() });
    let _ = notifier.step(NOW, &facts, vec![Input::Woken]);
    let step = notifier.step(NOW, &facts, vec![Input::Claimed(EndpointId(1), rows(1, 0..3), None)]);
    let posts: Vec<&Post> = step
        .commands
        .iter()
        .filter_map(|c| if let Command::Post(post) = c { Some(post) } else { None })
        .collect();
    assert_eq!(posts.iter().map(|post| post.first.0).collect::<Vec<_>>(), [0, 2]);
    for post in posts {
        let value = |name: &str| &post.headers.iter().find(|(n, _)| n == name).unwrap().1;
        assert!(verify(b"secret", &post.body, value("x-360dialog-signature")));
        assert!(verify(b"secret", &post.body, value("X-Hub-Signature-256")));
        assert_eq!(value("x-mine"), "yes");
    }
}

#[test]
fn an_endpoint_that_is_down_is_probed_with_one_and_flows_again() {
    let facts = facts(1);
    let mut notifier = notifier(Limits::default());
    assert_eq!(post(&mut notifier, &facts, NOW, 0..3), 3);
    let down = (0..3).map(|id| Input::Posted(DeliveryId(id), Answer::Status(503), 9)).collect();
    let step = notifier.step(NOW, &facts, down);
    assert!(claims(&step.commands).is_empty());
    assert_eq!(notifier.resting(), 1);
    let later = NOW + Duration::from_secs(2);
    let step = notifier.step(later, &facts, vec![Input::Woken]);
    let retried = verdicts(&step.commands);
    assert!(
        retried.iter().all(|verdict| matches!(verdict, DeliveryVerdict::Retry(at) if *at > NOW)),
        "{retried:?}"
    );
    assert_eq!(retried.len(), 3);
    assert_eq!(claims(&step.commands), [(1, 1)], "a probe");
    let step = notifier.step(later, &facts, vec![Input::Claimed(EndpointId(1), rows(1, 3..4), None)]);
    assert!(matches!(step.commands[..], [Command::Post(_)]));
    let step = notifier.step(
        later,
        &facts,
        vec![Input::Posted(DeliveryId(3), Answer::Status(200), 9), Input::Woken],
    );
    assert_eq!(notifier.resting(), 0);
    assert!(claims(&step.commands)[0].1 > 1);
}

#[test]
fn what_is_answered_makes_room_before_it_is_booked_and_not_without_end() {
    let facts = facts(1);
    let mut notifier = notifier(Limits { endpoint_in_flight_max: 8, in_flight_max: 32, batch_max: 1 });
    let (mut posted, mut rounds) = (0, Vec::new());
    while let [(1, limit)] = claims(&notifier.step(NOW, &facts, vec![Input::Woken]).commands)[..] {
        let ids = posted..posted + i64::try_from(limit).unwrap();
        let step =
            notifier.step(NOW, &facts, vec![Input::Claimed(EndpointId(1), rows(1, ids.clone()), None)]);
        assert_eq!(step.commands.len(), limit, "all are posted");
        posted = ids.end;
        let answers = ids.map(|id| Input::Posted(DeliveryId(id), Answer::Status(200), 9));
        let step = notifier.step(NOW, &facts, answers.collect());
        rounds.push((limit, verdicts(&step.commands).len()));
    }
    assert_eq!(
        rounds,
        [(2, 0), (8, 10)],
        "more at a time for who is quick; booked in company, until it must be"
    );
    let step = notifier.step(NOW, &facts, vec![Input::Recorded(EndpointId(1))]);
    assert_eq!(claims(&step.commands), [(1, 8)], "booked, and there is room again");
}

#[test]
fn who_is_slow_or_fails_gets_a_quarter_at_a_time() {
    let facts = facts(1);
    for (answer, took_ms, limit) in [
        (Answer::Status(200), 100, 8),
        (Answer::Status(200), 101, 2),
        (Answer::Status(422), 9, 2),
        (Answer::Status(503), 9, 1),
    ] {
        let mut notifier = notifier(Limits { endpoint_in_flight_max: 8, in_flight_max: 32, batch_max: 1 });
        assert_eq!(post(&mut notifier, &facts, NOW, 0..2), 2);
        let quick = (0..2).map(|id| Input::Posted(DeliveryId(id), Answer::Status(200), 9)).collect();
        let step = notifier.step(NOW, &facts, quick);
        assert_eq!(verdicts(&step.commands).len(), 0);
        assert_eq!(post(&mut notifier, &facts, NOW, 2..3), 1);
        let _ = notifier.step(NOW, &facts, vec![Input::Posted(DeliveryId(2), answer, took_ms)]);
        let later = NOW + Duration::from_secs(2);
        let step = notifier.step(later, &facts, vec![Input::Woken]);
        assert_eq!(claims(&step.commands), [(1, limit)], "{answer:?} in {took_ms} ms");
    }
}

#[test]
fn an_answer_about_one_event_backs_off_that_event_only() {
    let facts = facts(1);
    let mut notifier = notifier(Limits::default());
    post(&mut notifier, &facts, NOW, 0..2);
    let answers =
        [(0, 422), (1, 200)].map(|(id, status)| Input::Posted(DeliveryId(id), Answer::Status(status), 9));
    let _ = notifier.step(NOW, &facts, answers.into());
    let step = notifier.step(NOW + Duration::from_millis(5), &facts, Vec::new());
    assert!(matches!(verdicts(&step.commands)[..], [DeliveryVerdict::Retry(_), DeliveryVerdict::Delivered]));
    assert_eq!(notifier.resting(), 0);
}

#[test]
fn the_horizon_is_the_end_and_it_is_said() {
    let facts = facts(1);
    let mut notifier = notifier(Limits::default());
    let late = NOW + WEEK;
    assert_eq!(post(&mut notifier, &facts, late, 0..1), 0, "too old when it was claimed");
    let step = notifier.step(late + Duration::from_millis(5), &facts, Vec::new());
    assert_eq!(verdicts(&step.commands), [DeliveryVerdict::Lost]);
}

#[test]
fn told_to_stop_it_finishes_what_is_under_way() {
    let facts = facts(1);
    let mut notifier = notifier(Limits::default());
    post(&mut notifier, &facts, NOW, 0..1);
    let _ = notifier.step(NOW, &facts, vec![Input::Stop]);
    assert!(!notifier.is_done());
    let step = notifier.step(NOW, &facts, vec![Input::Posted(DeliveryId(0), Answer::Status(200), 1)]);
    assert_eq!(verdicts(&step.commands), [DeliveryVerdict::Delivered]);
    let _ = notifier.step(NOW, &facts, vec![Input::Recorded(EndpointId(1))]);
    assert!(notifier.is_done());
}
