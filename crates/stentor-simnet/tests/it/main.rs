//! The network at its boundary: what goes in, what is answered, what is told, on a clock of the test's own.

mod act;
mod autopilot;
mod faults;
mod free_form;
mod limits;
mod magic;
mod people;
mod restart;
mod templates;

use std::time::Duration;

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_simnet::{
    Button, NetEvent, Network, NetworkConfig, People, Rendered, Reply, StatusKind, Submission, TemplateRef,
};

/// 2027-01-15T08:00:00Z.
const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);

/// A marketing template on the optimised route.
fn marketing(to: &str) -> Submission {
    Submission {
        id: None,
        account: "102290129340398".to_owned(),
        phone_number_id: "106540352242922".to_owned(),
        from: "15550783881".to_owned(),
        to: to.to_owned(),
        route: Route::Optimised,
        category: Some(Category::Marketing),
        template: Some(TemplateRef { name: "spring_sale".to_owned(), language: "en".to_owned() }),
        rendered: Rendered {
            body: "Everything must go".to_owned(),
            buttons: vec![Button {
                text: "Stop".to_owned(),
                value: String::new(),
                reply_payload: Some("stop-me".to_owned()),
            }],
            ..Rendered::default()
        },
        ttl: None,
        answers: None,
        opaque: Some("order-7".to_owned()),
        unfetched: None,
        sharing: true,
        service_window_open: false,
    }
}

fn ideal(seed: u64) -> Network {
    let throughput_per_sec = 1_000_000;
    Network::new(NetworkConfig {
        seed,
        people: People::ideal(),
        throughput_per_sec,
        ..NetworkConfig::default()
    })
}

/// Everything up to `until`, a page at a time.
fn drain(network: &mut Network, until: Timestamp) -> Vec<NetEvent> {
    let mut all = Vec::new();
    loop {
        let page = network.due(until, 7);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// The words of the statuses among `events`, in order.
fn words(events: &[NetEvent]) -> Vec<&'static str> {
    events
        .iter()
        .filter_map(|event| match event {
            NetEvent::Status(status) => Some(status.kind.as_str()),
            _ => None,
        })
        .collect()
}

/// The codes of the failures among `events`.
fn codes(events: &[NetEvent]) -> Vec<u32> {
    events
        .iter()
        .filter_map(|event| match event {
            NetEvent::Status(status) => match status.kind {
                StatusKind::Failed { code, .. } => Some(code),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// The moment of the status with that word, counted from [`START`].
fn moment(events: &[NetEvent], word: &str) -> Option<Duration> {
    events.iter().find_map(|event| match event {
        NetEvent::Status(status) if status.kind.as_str() == word => Some(status.at.since(START)),
        _ => None,
    })
}

/// The code of a refusal.
fn refusal(reply: &Reply) -> Option<u32> {
    match reply {
        Reply::Refused { code, .. } => Some(*code),
        _ => None,
    }
}
