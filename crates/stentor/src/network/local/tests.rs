//! The network behind its lock: nothing lost, whoever is slow.

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_simnet::{People, Rendered, Reply};

use super::*;

fn network() -> (Local, mpsc::Receiver<Vec<NetEvent>>, Lifecycle) {
    let people = People::ideal();
    let config = NetworkConfig { people, throughput_per_sec: 1_000_000, ..NetworkConfig::default() };
    let (network, events) = Local::new(config, Clock::manual(Timestamp::from_secs(1_800_000_000)));
    let life = Lifecycle::new();
    life.start(network.clone().run(life.clone()));
    (network, events, life)
}

fn submission(to: String) -> Submission {
    Submission {
        id: None,
        account: "1".into(),
        phone_number_id: "2".into(),
        from: "15550783881".into(),
        to,
        route: Route::Optimised,
        category: Some(Category::Marketing),
        template: None,
        rendered: Rendered::default(),
        ttl: None,
        answers: None,
        opaque: None,
        unfetched: None,
        sharing: true,
        service_window_open: false,
    }
}

#[tokio::test]
async fn a_slow_receiver_loses_nothing() {
    let (network, mut events, life) = network();
    let messages = BATCH_EVENTS_MAX * BATCHES_MAX;
    for n in 0..messages {
        let answer = network.send(submission(format!("4915{n:08}")));
        assert!(matches!(answer.reply, Reply::Accepted { .. }));
    }
    network.advance(Duration::from_secs(60));
    // All of it is due; the channel holds a third. Nobody reads until the network itself says that it waits.
    let mut changes = network.changes();
    while network.stats().pending > 0 && events.len() < BATCHES_MAX {
        changes.changed().await.expect("a change");
    }
    assert!(network.stats().pending > 0, "what does not fit stays in the network");
    let mut told = 0;
    while told < 3 * messages {
        told += events.recv().await.expect("events").len();
    }
    assert_eq!((told, network.stats().pending), (3 * messages, 0));
    life.stop();
}

#[tokio::test]
async fn statuses_held_by_a_profile_come_once_it_is_over() {
    let (network, mut events, life) = network();
    network.set_profile(Profile::parse(r#"{"statuses_held":true}"#).expect("a profile"));
    let _ = network.send(submission("441234567890".into()));
    network.advance(Duration::from_secs(60));
    tokio::task::yield_now().await;
    assert!(events.try_recv().is_err());
    network.set_profile(Profile::default());
    assert_eq!(events.recv().await.expect("events").len(), 3);
    life.stop();
}

#[tokio::test]
async fn what_a_person_does_by_hand_is_reported() {
    let (network, mut events, life) = network();
    let business = Business { account: "1".to_owned(), phone_number_id: "2".to_owned() };
    let done = network.act("441234567890", (Some(&business), None), Deed::Stop(true));
    assert_eq!(done.map(|done| done.events.len()), Ok(1));
    let told = events.recv().await.expect("events");
    assert!(
        matches!(told.as_slice(), [NetEvent::Inbound(inbound)] if inbound.from == "441234567890"),
        "{told:?}"
    );
    life.stop();
}

#[tokio::test]
async fn what_was_told_is_recorded_once_its_receiver_is_done_with_it() {
    let (network, mut events, life) = network();
    network.told().recorded().await;
    let business = Business { account: "1".to_owned(), phone_number_id: "2".to_owned() };
    let _ = network.act("441234567890", (Some(&business), None), Deed::Stop(true));
    let (told, again) = (network.told(), network.told());
    events.recv().await.expect("events");
    let is_recorded = |told: &Told| *told.recorded.borrow() >= told.batches;
    assert!(!is_recorded(&told), "it was received, no more");
    network.record();
    assert!(is_recorded(&told));
    again.recorded().await;
    life.stop();
}
