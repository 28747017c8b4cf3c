//! Each magic recipient does what the table says, under every seed and whatever the profile does to statuses.

use std::time::Duration;

use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_simnet::{
    Inbound, InboundKind, Magic, NetEvent, Network, NetworkConfig, Profile, Reply, Submission, Ticks,
    magic_recipient, magic_recipients,
};

use crate::{DAY, START, codes, drain, marketing, moment, refusal, words};

fn named(name: &str) -> &'static Magic {
    magic_recipients().iter().find(|magic| magic.name == name).expect("in the table")
}

fn live(submission: Submission) -> (stentor_simnet::Answer, Vec<NetEvent>, Network) {
    let mut network = Network::new(NetworkConfig::default());
    let answer = network.send(START, submission);
    let events = drain(&mut network, START + DAY * 31);
    (answer, events, network)
}

#[test]
fn every_one_does_what_the_table_says_under_every_seed() {
    let mut noisy = Profile::named("storm").expect("named");
    noisy = Profile { name: "noisy".to_owned(), inject: Vec::new(), ..noisy };
    for fault in [
        &mut noisy.error_5xx,
        &mut noisy.error_5xx_taken,
        &mut noisy.lost_reply_taken,
        &mut noisy.lost_reply_not_taken,
        &mut noisy.reset_taken,
        &mut noisy.reset_not_taken,
    ] {
        *fault = 0.0;
    }
    for seed in [0, 1, 77, u64::MAX] {
        for profile in [Profile::default(), noisy.clone()] {
            for magic in magic_recipients() {
                let mut network = Network::new(NetworkConfig { seed, ..NetworkConfig::default() });
                network.set_profile(profile.clone());
                let answer = network.send(START, marketing(magic.number));
                let events = drain(&mut network, START + DAY * 31);
                let context = format!("{} under seed {seed}, {}", magic.name, profile.name);
                assert_eq!(words(&events), magic.statuses, "{context}");
                let code = codes(&events).first().copied().or(refusal(&answer.reply));
                assert_eq!(code, magic.code, "{context}");
                assert_eq!(answer.taken.is_some(), !magic.statuses.is_empty(), "{context}");
            }
        }
    }
}

#[test]
fn numbers_are_unique_and_found() {
    for magic in magic_recipients() {
        assert_eq!(magic_recipient(magic.number).map(|found| found.name), Some(magic.name));
        assert_eq!(magic_recipients().iter().filter(|other| other.name == magic.name).count(), 1);
    }
}

#[test]
fn readers_and_the_offline_keep_their_hours() {
    let (_, events, _) = live(marketing("+44 (1234) 567-890"));
    assert!(moment(&events, "delivered").expect("delivered") <= Duration::from_secs(3));
    assert!(moment(&events, "read").expect("read") <= Duration::from_secs(6));
    for (name, hours) in [("offline_1h", 1), ("offline_3h", 3), ("offline_24h", 24)] {
        let (_, events, _) = live(marketing(named(name).number));
        let delivered = moment(&events, "delivered").expect("delivered");
        let since_online = delivered.checked_sub(Duration::from_secs(hours * 3_600)).expect("not earlier");
        assert!(since_online < Duration::from_secs(8), "{name}: {delivered:?}");
    }
}

#[test]
fn what_is_about_marketing_leaves_other_categories_alone() {
    for name in ["opted_out", "capped", "experiment", "us"] {
        let submission = Submission {
            category: Some(Category::Utility),
            route: Route::Classic,
            ..marketing(named(name).number)
        };
        let (_, events, _) = live(submission);
        assert_eq!(words(&events), ["sent", "delivered", "read"], "{name}");
    }
}

#[test]
fn replies_travel_as_the_table_says() {
    let reply = |name: &str| live(marketing(named(name).number)).0;
    assert_eq!(reply("lost_taken").reply, Reply::Lost);
    assert_eq!(reply("lost_not_taken").reply, Reply::Lost);
    assert_eq!(reply("reset_taken").reply, Reply::Reset);
    assert_eq!(reply("reset_not_taken").reply, Reply::Reset);
    assert_eq!(reply("error_taken").reply, Reply::ServerError { http: 500 });
    assert_eq!(reply("error_not_taken").reply, Reply::ServerError { http: 500 });
    assert_eq!(reply("slow_reply").after, Duration::from_secs(8));
    assert!(matches!(reply("held").reply, Reply::Accepted { held: true, .. }));
    let Reply::Refused { http, code, retry_after, .. } = reply("throttled").reply else { panic!("refused") };
    assert_eq!((http, code, retry_after), (400, 130_429, Some(Duration::from_secs(2))));
    let (answer, events, _) = live(marketing(named("before_reply").number));
    assert!(moment(&events, "read").expect("read") < answer.after, "statuses come before the reply");
}

#[test]
fn people_who_answer() {
    let inbound = |name: &str| -> Vec<Inbound> {
        let (answer, events, _) = live(marketing(named(name).number));
        let inbound: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event {
                NetEvent::Inbound(inbound) => Some(inbound),
                _ => None,
            })
            .collect();
        for one in inbound.iter().filter(|one| !matches!(one.kind, InboundKind::MarketingStopped(_))) {
            assert_eq!(one.context, answer.taken, "{name} answers our message");
        }
        inbound
    };
    assert!(matches!(&inbound("writes_back")[..], [Inbound { kind: InboundKind::Text(_), .. }]));
    assert_eq!(inbound("writes_stop")[0].kind, InboundKind::Text("STOP".to_owned()));
    let tapped = InboundKind::Button { text: "Stop".to_owned(), payload: "stop-me".to_owned() };
    assert_eq!(inbound("taps")[0].kind, tapped);
    assert_eq!(inbound("opted_out")[0].kind, InboundKind::MarketingStopped(true));
    assert_eq!(inbound("stops_marketing")[0].kind, InboundKind::MarketingStopped(true));
}

#[test]
fn who_stopped_marketing_gets_no_more_of_it_until_resuming() {
    let number = named("stops_marketing").number;
    let (_, _, mut network) = live(marketing(number));
    let mut now = START + DAY * 40;
    let mut again = |network: &mut Network| {
        now = now + DAY;
        let _ = network.send(now, marketing(number));
        codes(&drain(network, now + Duration::from_secs(3)))
    };
    assert_eq!(again(&mut network), [131_050]);
    let event = network.stop_marketing(START, ("102290129340398", "106540352242922"), number, false);
    assert!(matches!(event, NetEvent::Inbound(Inbound { kind: InboundKind::MarketingStopped(false), .. })));
    assert_eq!(again(&mut network), [] as [u32; 0]);
}

#[test]
fn the_phone_shows_how_far_each_message_got() {
    let mut network = Network::new(NetworkConfig::default());
    let ticks_after = |network: &mut Network, name: &str, after: Duration| {
        let _ = network.send(START, marketing(named(name).number));
        let _ = network.due(START + after, 1_000);
        let shown = network.inbox(named(name).number, 1);
        assert_eq!(shown[0].rendered.body, "Everything must go");
        shown[0].ticks
    };
    assert_eq!(ticks_after(&mut network, "reader", Duration::from_secs(6)), Ticks::Blue);
    assert_eq!(ticks_after(&mut network, "delivered_only", Duration::from_secs(9)), Ticks::Two);
    assert_eq!(ticks_after(&mut network, "not_on_whatsapp", Duration::from_secs(15)), Ticks::Failed);
    assert_eq!(ticks_after(&mut network, "held", Duration::from_secs(20)), Ticks::Clock);
    assert_eq!(ticks_after(&mut network, "never_online", Duration::from_secs(60)), Ticks::One);
    let _ = network.due(START + DAY * 40, 1_000);
    assert_eq!(network.inbox(named("never_online").number, 1)[0].ticks, Ticks::Expired);
    assert_eq!(network.inbox(named("held").number, 1)[0].ticks, Ticks::Blue);
}
