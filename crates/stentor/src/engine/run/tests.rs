//! What becomes of a departure whose moment has passed before the request.

use std::time::Duration;

use stentor_core::outcome::{NotSent, Outcome};
use stentor_core::registry::Echo;
use stentor_core::route::Route;
use stentor_core::time::Timestamp;
use tokio::sync::mpsc;

use super::movers::depart;
use super::*;
use crate::network::Local;
use crate::upstream::{Departure, sample};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// The engine's parts, on a store in memory and a network that answers at once.
async fn shared() -> (Arc<Shared>, Local) {
    let (store, clock) = (Arc::new(Store::memory()), Clock::manual(NOW));
    let (upstream, network) = sample::network(clock.clone());
    let parts = Parts {
        directory: Arc::new(Directory::load(&store).await.expect("loaded")),
        store,
        clock,
        wake: Arc::default(),
        upstream: Arc::new(upstream),
        outbound: Arc::new(Outbound::new(crate::outbound::Limits::default()).expect("made")),
        wamid_key: WamidKey([1; 16]),
        clicks: None,
        receipts: Arc::default(),
        minds: Arc::default(),
        metrics: Arc::default(),
        sends: dispatcher::Limits::default(),
        deliveries: notifier::Limits::default(),
    };
    (Arc::new(Shared { parts, lifecycle: Lifecycle::new() }), network)
}

/// It was to leave a second from now, by what was decided for a minute; meanwhile the machine may sleep.
#[tokio::test]
async fn what_slept_past_its_moment_is_called_off_and_never_leaves() {
    let called_off = Outcome::NotSent { why: NotSent::NeverWritten };
    let taken = Outcome::Taken { upstream_id: "wamid.ours".to_owned(), held: false };
    for slept_s in [1, 59, 60, 7_200] {
        let expected = if slept_s < 60 { &taken } else { &called_off };
        let (shared, network) = shared().await;
        let (inbox, mut inputs) = mpsc::unbounded_channel();
        let departure = Departure {
            leaves_before: NOW + Duration::from_mins(1),
            ..sample::departure(Route::Optimised, Echo::Yes, sample::PAYLOAD)
        };
        let (id, address) = (departure.id, departure.address.clone());
        depart(NOW + Duration::from_secs(1), departure, &shared, &inbox);
        shared.parts.clock.advance(Duration::from_secs(slept_s));
        let left = *expected == taken;
        let Some(dispatcher::Input::Answered(of, outcome)) = inputs.recv().await else { panic!("an answer") };
        assert_eq!((of, outcome), (id, expected.clone()), "{slept_s} s");
        assert_eq!(network.inbox(&address, 5).len(), usize::from(left), "{slept_s} s");
    }
}
