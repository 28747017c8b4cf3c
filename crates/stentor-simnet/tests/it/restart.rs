//! The same calls give the same world, however time is cut; a restart loses nothing that was still to come.

use std::time::Duration;

use stentor_core::time::Timestamp;
use stentor_simnet::{NetEvent, Network, NetworkConfig, Profile, Seen, Submission, magic_recipients};

use crate::{DAY, START, drain, marketing, words};

fn world(seed: u64, profile: &str) -> Network {
    let mut network =
        Network::new(NetworkConfig { seed, throughput_per_sec: 1_000_000, ..NetworkConfig::default() });
    network.set_profile(Profile::named(profile).expect("named"));
    network
}

fn crowd() -> Vec<Submission> {
    let people = (0..400_u64).map(|i| (4_915_100_000_000 + i * 7_919).to_string());
    let magic = magic_recipients().iter().map(|magic| magic.number.to_owned());
    people.chain(magic).map(|to| marketing(&to)).collect()
}

fn live(seed: u64, profile: &str, step: Duration) -> (Vec<String>, Vec<NetEvent>) {
    let mut network = world(seed, profile);
    let answers = crowd().into_iter().map(|m| format!("{:?}", network.send(START, m))).collect();
    let mut events = Vec::new();
    let mut now = START;
    while now < START + DAY * 32 {
        now = now + step;
        events.extend(drain(&mut network, now));
    }
    (answers, events)
}

#[test]
fn the_same_calls_give_the_same_world_bit_for_bit() {
    for profile in ["calm", "storm"] {
        let once = live(9, profile, DAY * 40);
        assert_eq!(once, live(9, profile, DAY * 40), "{profile}");
        assert_eq!(once, live(9, profile, Duration::from_secs(3_601)), "{profile}: however time is cut");
        assert_ne!(once, live(10, profile, DAY * 40), "{profile}: another seed is another world");
    }
}

#[test]
fn time_only_goes_on() {
    let mut network = world(0, "calm");
    let _ = network.due(START + DAY, 10);
    let _ = network.send(START, marketing("441234567890"));
    assert!(network.next_due().expect("due") >= START + DAY);
}

#[test]
fn a_resumed_message_goes_on_where_it_was() {
    for (seen, after) in [
        (Seen::Nothing, Duration::ZERO),
        (Seen::Sent, Duration::from_secs(1)),
        (Seen::Delivered, Duration::from_secs(600)),
    ] {
        let mut before = world(5, "calm");
        let mut after_restart = world(5, "calm");
        let mut submissions = Vec::new();
        for (i, mut submission) in crowd().into_iter().enumerate() {
            submission.id = Some(format!("wamid.{i}"));
            let answer = before.send(START, submission.clone());
            if matches!(&answer.reply, stentor_simnet::Reply::Accepted { held: false, .. }) {
                submissions.push(submission);
            }
        }
        let now = START + after;
        let told = drain(&mut before, now);
        let statuses_of = |events: &[NetEvent], id: &str| -> Vec<NetEvent> {
            let is_its = |event: &&NetEvent| matches!(event, NetEvent::Status(status) if status.id == id);
            events.iter().filter(is_its).cloned().collect()
        };
        // The messages about which exactly this much is known.
        submissions.retain(|submission| {
            let told = statuses_of(&told, submission.id.as_deref().expect("given"));
            let last = words(&told).last().copied();
            last == [None, Some("sent"), Some("delivered")][seen as usize] && told.len() == seen as usize
        });
        assert!(submissions.len() > 20, "{seen:?}: {}", submissions.len());
        for submission in &submissions {
            after_restart.resume(now, START, submission.clone(), seen);
        }
        let horizon = START + DAY * 31;
        let (rest, resumed) = (drain(&mut before, horizon), drain(&mut after_restart, horizon));
        for submission in &submissions {
            let id = submission.id.as_deref().expect("given");
            assert_eq!(statuses_of(&resumed, id), statuses_of(&rest, id), "{seen:?} {}", submission.to);
        }
    }
}

#[test]
fn what_passed_during_the_restart_comes_at_once_with_its_own_time() {
    let mut network = world(0, "calm");
    let submission = Submission { id: Some("wamid.1".to_owned()), ..marketing("441234567890") };
    network.resume(START + DAY, START, submission, Seen::Sent);
    let events = network.due(START + DAY, 10);
    assert_eq!(words(&events), ["delivered", "read"]);
    assert!(events.iter().all(|event| event.at() < START + Duration::from_secs(6)));
    assert_eq!(network.inbox("441234567890", 1)[0].taken_at, START);
    let nothing = Submission { id: None, ..marketing("441234567890") };
    network.resume(START + DAY, Timestamp::default(), nothing, Seen::Nothing);
    assert_eq!(network.next_due(), None);
}
