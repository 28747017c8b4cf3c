//! The simulated upstream: an outcome for a reply, the message on the phone.

use stentor_core::registry::Echo;
use stentor_core::route::Route;
use stentor_core::time::Timestamp;
use stentor_simnet::{NetEvent, NetworkConfig, Profile};

use super::*;
use crate::clock::Clock;
use crate::lifecycle::Lifecycle;
use crate::upstream::sample::{PAYLOAD, departure};

fn upstream(profile: &str) -> (Simulated, tokio::sync::mpsc::Receiver<Vec<NetEvent>>) {
    let clock = Clock::manual(Timestamp::from_secs(1_800_000_000));
    let (network, events) = Local::new(NetworkConfig::default(), clock);
    network.set_profile(Profile::parse(profile).expect("a profile"));
    let render: Render =
        Arc::new(|departure| Rendered { body: departure.wamid.clone(), ..Rendered::default() });
    (Simulated::new(network, render, Duration::from_millis(50), None), events)
}

#[tokio::test]
async fn every_reply_has_one_outcome() {
    let injected = r#"{"reply_ms":0,"inject":[{"at":"reply","code":131056,"probability":1,"http":400}]}"#;
    let ambiguous = |why| Outcome::Ambiguous { why };
    for (profile, expected) in [
        (r#"{"reply_ms":0}"#, Outcome::Taken { upstream_id: "wamid.ours".into(), held: false }),
        (r#"{"reply_ms":0,"error_5xx":1}"#, ambiguous(Ambiguous::ServerError)),
        (r#"{"reply_ms":0,"lost_reply_taken":1}"#, ambiguous(Ambiguous::Timeout)),
        (r#"{"reply_ms":0,"reset_not_taken":1}"#, ambiguous(Ambiguous::Reset)),
        // Slower than anybody waits.
        (r#"{"reply_ms":60000}"#, ambiguous(Ambiguous::Timeout)),
    ] {
        let (upstream, _events) = upstream(profile);
        let outcome = upstream.send(departure(Route::Optimised, Echo::Unproven, PAYLOAD)).await;
        assert_eq!(outcome, expected, "{profile}");
    }
    let (upstream, _events) = upstream(injected);
    let outcome = upstream.send(departure(Route::Optimised, Echo::Unproven, PAYLOAD)).await;
    assert!(matches!(outcome, Outcome::Refused { code: 131_056, http: 400, .. }), "{outcome:?}");
}

#[tokio::test]
async fn the_message_is_on_the_phone_under_our_id_and_its_statuses_carry_our_mark() {
    let (upstream, mut events) = upstream(r#"{"reply_ms":0}"#);
    upstream.send(departure(Route::Optimised, Echo::Yes, PAYLOAD)).await;
    let life = Lifecycle::new();
    life.start(upstream.network().clone().run(life.clone()));
    upstream.network().advance(Duration::from_secs(10));
    let mut told = Vec::new();
    while told.len() < 3 {
        told.extend(events.recv().await.expect("statuses"));
    }
    for event in told {
        let NetEvent::Status(status) = event else { panic!("{event:?}") };
        assert_eq!(status.id, "wamid.ours");
        assert_eq!(status.opaque.as_deref(), Some("s:7000000000000042.2"));
        assert_eq!(status.phone_number_id, "106540352242922");
    }
    let phone = upstream.network().inbox("441234567890", 5);
    assert_eq!((phone.len(), phone[0].rendered.body.as_str()), (1, "wamid.ours"));
    life.stop();
}
