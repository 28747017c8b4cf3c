//! Templates: review and its triggers, quality, pauses, pacing.

use std::time::Duration;

use stentor_core::template::{Category, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_simnet::{
    KnownTemplate, NetEvent, Network, NetworkConfig, Pacing, People, Profile, Quality, Rejection, Reply,
    Submission, TemplateChange, TemplateKey, TemplateRef, TemplateSubmission, Verdict, review_triggers,
};

use crate::{START, codes, drain, ideal, marketing, refusal, words};

fn key(name: &str) -> TemplateKey {
    TemplateKey {
        account: "102290129340398".to_owned(),
        template: TemplateRef { name: name.to_owned(), language: "en".to_owned() },
    }
}

fn submit(network: &mut Network, now: Timestamp, name: &str, text: &str) {
    let submission = TemplateSubmission {
        key: key(name),
        category: Category::Marketing,
        text: text.to_owned(),
        is_miscast: false,
    };
    network.submit_template(now, submission);
}

fn of(name: &str, i: u64) -> Submission {
    Submission { template: Some(key(name).template), ..marketing(&(919_800_000_000 + i).to_string()) }
}

fn changes(events: &[NetEvent]) -> Vec<TemplateChange> {
    events
        .iter()
        .filter_map(|event| match event {
            NetEvent::TemplateStatus { change, .. } => Some(*change),
            _ => None,
        })
        .collect()
}

fn qualities(events: &[NetEvent]) -> Vec<(Quality, Quality)> {
    events
        .iter()
        .filter_map(|event| match event {
            NetEvent::QualityUpdate { from, to, .. } => Some((*from, *to)),
            _ => None,
        })
        .collect()
}

#[test]
fn reviews_end_after_the_delay_as_the_triggers_say() {
    for (name, text, expected) in [
        ("spring_sale", "Hello {{1}}", Some(Verdict::Approved)),
        ("review_abusive_1", "", Some(Verdict::Rejected(Rejection::AbusiveContent))),
        ("my_review_format", "", Some(Verdict::Rejected(Rejection::InvalidFormat))),
        ("sale", "all about REVIEW_SCAM", Some(Verdict::Rejected(Rejection::Scam))),
        ("review_tag_mismatch", "", Some(Verdict::Rejected(Rejection::TagContentMismatch))),
        ("review_category", "", Some(Verdict::Rejected(Rejection::IncorrectCategory))),
        ("review_never", "", None),
    ] {
        let mut network = ideal(0);
        submit(&mut network, START, name, text);
        assert_eq!(refusal(&network.send(START, of(name, 1)).reply), Some(132_001), "{name}: in review");
        assert!(network.due(START + Duration::from_millis(1_999), 9).is_empty());
        let events = drain(&mut network, START + Duration::from_secs(2));
        let verdict = events.first().map(|event| match event {
            NetEvent::TemplateReviewed { template, verdict, at } => {
                assert_eq!((template, *at), (&key(name), START + Duration::from_secs(2)));
                *verdict
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(verdict, expected, "{name}");
        let is_sendable = refusal(&network.send(START, of(name, 1)).reply).is_none();
        assert_eq!(is_sendable, expected == Some(Verdict::Approved), "{name}");
    }
    assert_eq!(review_triggers().len(), 10);
}

#[test]
fn an_edit_begins_the_review_anew_and_a_deletion_ends_it() {
    let mut network = ideal(0);
    submit(&mut network, START, "sale", "");
    submit(&mut network, START + Duration::from_secs(1), "sale", "review_scam");
    let events = drain(&mut network, START + Duration::from_secs(60));
    assert!(
        matches!(&events[..], [NetEvent::TemplateReviewed { verdict: Verdict::Rejected(_), .. }]),
        "{events:?}"
    );
    submit(&mut network, START + Duration::from_secs(60), "sale", "");
    network.withdraw_template(START + Duration::from_secs(61), &key("sale"));
    assert!(drain(&mut network, START + Duration::from_secs(120)).is_empty());
}

#[test]
fn a_template_that_people_block_turns_red_and_pauses_twice_then_for_ever() {
    let mut network = ideal(0);
    let mut now = START;
    for (round, pause_hours) in [Some(3), Some(6), None].into_iter().enumerate() {
        for i in 0..40 {
            let _ = network.send(now, of("quality_red", round as u64 * 1_000 + i));
        }
        now = now + Duration::from_secs(60);
        let events = drain(&mut network, now);
        let turned_red = events.iter().any(|e| matches!(e, NetEvent::QualityUpdate { to: Quality::Red, .. }));
        assert!(turned_red, "round {round}");
        let [change] = changes(&events)[..] else { panic!("{events:?}") };
        let Some(hours) = pause_hours else {
            assert_eq!(change, TemplateChange::Disabled);
            assert_eq!(refusal(&network.send(now, of("quality_red", 1)).reply), Some(132_016));
            return;
        };
        let TemplateChange::Paused { until: Some(until), .. } = change else { panic!("{change:?}") };
        assert_eq!(refusal(&network.send(now, of("quality_red", 1)).reply), Some(132_015));
        assert!(until.since(now) <= Duration::from_secs(hours * 3_600));
        assert_eq!(changes(&drain(&mut network, until)), [TemplateChange::Unpaused]);
        now = until;
    }
}

#[test]
fn a_template_that_people_like_turns_green() {
    let mut network = ideal(0);
    for i in 0..150 {
        let _ = network.send(START, of("spring_sale", i));
    }
    let events = drain(&mut network, START + Duration::from_secs(60));
    assert_eq!(qualities(&events), [(Quality::Unknown, Quality::Green)]);
}

#[test]
fn pacing_holds_and_then_releases_or_drops() {
    for (name, is_good) in [("pacing_good", true), ("pacing_bad", false)] {
        let mut network = ideal(0);
        for i in 0..7 {
            assert!(
                matches!(network.send(START, of(name, i)).reply, Reply::Accepted { held: true, .. }),
                "{name}"
            );
        }
        assert!(drain(&mut network, START + Duration::from_secs(59)).is_empty());
        let after = drain(&mut network, START + Duration::from_secs(120));
        if is_good {
            assert_eq!(words(&after).iter().filter(|w| **w == "read").count(), 7);
            assert!(refusal(&network.send(START, of(name, 99)).reply).is_none());
        } else {
            assert_eq!(codes(&after), [132_015; 7]);
            assert_eq!(
                changes(&after),
                [TemplateChange::Paused { title: "RATE_LIMITING_PAUSE", until: None }]
            );
            assert_eq!(qualities(&after), [(Quality::Unknown, Quality::Red)]);
            assert_eq!(refusal(&network.send(START, of(name, 99)).reply), Some(132_015));
            let days_later = START + Duration::from_hours(72);
            assert!(drain(&mut network, days_later).is_empty(), "such a pause needs a hand");
            let event = network.unpause_template(days_later, &key(name));
            assert!(matches!(event, Some(NetEvent::TemplateStatus { change: TemplateChange::Unpaused, .. })));
            assert!(network.unpause_template(days_later, &key(name)).is_none());
        }
    }
}

/// Minutes from the first held message to the verdict, and what people were then told.
#[test]
fn the_verdict_comes_with_the_first_peoples_reaction_or_at_the_guardrail() {
    let paced = || {
        let mut network = ideal(0);
        network.set_profile(Profile::parse(r#"{"pacing":{"first":40,"decide_secs":300}}"#).expect("profile"));
        network
    };
    let begin = |network: &mut Network, name: &str, text: &str, messages: u64| {
        submit(network, START, name, text);
        let _ = drain(network, START + Duration::from_secs(2));
        for i in 0..messages {
            let _ = network.send(START + Duration::from_secs(2), of(name, i));
        }
    };
    let at = |minutes| START + Duration::from_secs(2) + Duration::from_mins(minutes);
    let mut liked = paced();
    begin(&mut liked, "liked", "", 60);
    assert_eq!(words(&drain(&mut liked, at(4))).iter().filter(|w| **w == "read").count(), 40);
    assert_eq!(words(&drain(&mut liked, at(6))).iter().filter(|w| **w == "read").count(), 20);
    let mut blocked = paced();
    begin(&mut blocked, "blocked", "quality_red", 60);
    let events = drain(&mut blocked, at(6));
    assert_eq!(codes(&events), [132_015; 20]);
    assert!(matches!(changes(&events)[..], [TemplateChange::Paused { .. }]), "once");
    // Nobody of the first is online: nothing is known, and after an hour the rest goes out.
    let mut network = paced();
    submit(&mut network, START, "unread", "");
    let _ = drain(&mut network, START + Duration::from_secs(2));
    for i in 0..41 {
        let to = if i < 40 { "447700900014".to_owned() } else { "441234567890".to_owned() };
        let submission = Submission { to, ..of("unread", i) };
        let _ = network.send(START + Duration::from_secs(2), submission);
    }
    assert_eq!(words(&drain(&mut network, at(59))).iter().filter(|w| **w == "read").count(), 0);
    assert_eq!(words(&drain(&mut network, at(61))).iter().filter(|w| **w == "read").count(), 1);
}

#[test]
fn a_caller_who_paces_is_told_when_to_let_go() {
    let mut network = Network::new(NetworkConfig {
        is_paced_by_caller: true,
        pacing: Some(Pacing { first: 3, decide_secs: 300 }),
        people: People::ideal(),
        ..NetworkConfig::default()
    });
    assert_eq!((network.paces("sale", "Hello"), network.paces("pacing_good", "")), (Some(3), Some(0)));
    for i in 0..9 {
        assert!(matches!(
            network.send(START, of("pacing_good", i)).reply,
            Reply::Accepted { held: false, .. }
        ));
    }
    let released = |events: &[NetEvent]| {
        events.iter().filter(|event| matches!(event, NetEvent::TemplateReleased { .. })).count()
    };
    let _ = drain(&mut network, START + Duration::from_secs(30));
    for name in ["pacing_good", "pacing_bad", "sale"] {
        network.assess_template(START + Duration::from_secs(30), &key(name));
        network.assess_template(START + Duration::from_secs(31), &key(name));
    }
    let verdicts = drain(&mut network, START + Duration::from_secs(91));
    assert_eq!(
        (released(&verdicts), changes(&verdicts).len()),
        (1, 1),
        "one is good, one is bad: {verdicts:?}"
    );
    assert_eq!(released(&drain(&mut network, START + Duration::from_mins(59))), 0);
    let guardrail = drain(&mut network, START + Duration::from_mins(61));
    assert_eq!(released(&guardrail), 1, "nobody knows the third: it goes after an hour");
    network.assess_template(START + Duration::from_mins(62), &key("sale"));
    assert_eq!(released(&drain(&mut network, START + Duration::from_hours(3))), 1, "and is assessed anew");
}

#[test]
fn what_is_known_from_before_goes_on_from_there() {
    let mut network = ideal(0);
    let known = |status, pauses| KnownTemplate {
        submission: TemplateSubmission {
            key: key("annoying"),
            category: Category::Marketing,
            text: "quality_red".to_owned(),
            is_miscast: false,
        },
        status,
        quality: Quality::Unknown,
        pauses,
    };
    network.know_template(START, known(TemplateStatus::Paused, 1));
    assert_eq!(refusal(&network.send(START, of("annoying", 1)).reply), Some(132_015));
    network.know_template(START, known(TemplateStatus::Approved, 1));
    for i in 0..40 {
        let _ = network.send(START, of("annoying", i));
    }
    let events = drain(&mut network, START + Duration::from_secs(60));
    assert!(
        matches!(changes(&events)[..], [TemplateChange::Paused { title: "SECOND_PAUSE", .. }]),
        "{events:?}"
    );
}

#[test]
fn an_older_pause_does_not_end_a_newer_one() {
    let mut network = ideal(0);
    let send = |network: &mut Network, now, from: u64| {
        (from..from + 40).for_each(|i| drop(network.send(now, of("quality_red", i))));
        drain(network, now + Duration::from_secs(60))
    };
    send(&mut network, START, 0);
    let soon = START + Duration::from_mins(10);
    assert!(network.unpause_template(soon, &key("quality_red")).is_some());
    let [TemplateChange::Paused { until: Some(until), .. }] = changes(&send(&mut network, soon, 100))[..]
    else {
        panic!("it turns red again")
    };
    assert!(changes(&drain(&mut network, until - Duration::from_secs(1))).is_empty());
    assert_eq!(changes(&drain(&mut network, until)), [TemplateChange::Unpaused]);
}

#[test]
fn a_utility_template_becomes_marketing_with_a_days_notice() {
    let mut network = ideal(0);
    let submission = TemplateSubmission {
        key: key("category_change"),
        category: Category::Utility,
        text: String::new(),
        is_miscast: false,
    };
    network.submit_template(START, submission);
    let mut told = Vec::new();
    for hours in [1, 24, 25, 100] {
        for event in drain(&mut network, START + Duration::from_hours(hours)) {
            if let NetEvent::TemplateCategory { from, to, announced_for, at, .. } = event {
                assert_eq!((from, to), (Category::Utility, Category::Marketing));
                told.push((hours, announced_for.map(|day| day.since(at))));
            }
        }
    }
    assert_eq!(told, [(1, Some(Duration::from_hours(24))), (25, None)]);
}

#[test]
fn what_is_of_another_category_is_refused() {
    let mut network = ideal(0);
    let submission = TemplateSubmission {
        key: key("code"),
        category: Category::Utility,
        text: String::new(),
        is_miscast: true,
    };
    network.submit_template(START, submission);
    let events = drain(&mut network, START + Duration::from_secs(2));
    let rejected = Verdict::Rejected(Rejection::IncorrectCategory);
    assert!(matches!(&events[..], [NetEvent::TemplateReviewed { verdict, .. }] if *verdict == rejected));
}

#[test]
fn the_profile_paces_new_templates_only() {
    let mut network = ideal(0);
    network.set_profile(Profile::parse(r#"{"pacing":{"first":3,"decide_secs":60}}"#).expect("profile"));
    submit(&mut network, START, "brand_new", "");
    let _ = drain(&mut network, START + Duration::from_secs(2));
    let mut held = |name: &str| {
        (0..10)
            .filter(|i| matches!(network.send(START, of(name, *i)).reply, Reply::Accepted { held: true, .. }))
            .count()
    };
    assert_eq!((held("brand_new"), held("an_old_one")), (7, 0));
}

#[test]
fn a_deleted_template_lets_go_of_what_it_held() {
    let mut network = ideal(0);
    for i in 0..8 {
        let _ = network.send(START, of("pacing_bad", i));
    }
    network.withdraw_template(START + Duration::from_secs(1), &key("pacing_bad"));
    let events = drain(&mut network, START + Duration::from_secs(120));
    assert_eq!(words(&events).iter().filter(|w| **w == "read").count(), 8);
    assert_eq!(network.stats().pending, 0);
}
