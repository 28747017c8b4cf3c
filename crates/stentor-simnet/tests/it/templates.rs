//! Templates: review and its triggers, quality, pauses, pacing.

use std::time::Duration;

use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_simnet::{
    NetEvent, Network, Profile, Quality, Rejection, Reply, Submission, TemplateChange, TemplateKey,
    TemplateRef, TemplateSubmission, Verdict, review_triggers,
};

use crate::{START, codes, drain, ideal, marketing, refusal, words};

fn key(name: &str) -> TemplateKey {
    TemplateKey {
        account: "102290129340398".to_owned(),
        template: TemplateRef { name: name.to_owned(), language: "en".to_owned() },
    }
}

fn submit(network: &mut Network, now: Timestamp, name: &str, text: &str) {
    let submission =
        TemplateSubmission { key: key(name), category: Category::Marketing, text: text.to_owned() };
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
    assert_eq!(review_triggers().len(), 9);
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
    let updates: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            NetEvent::QualityUpdate { from, to, .. } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(updates, [(Quality::Unknown, Quality::Green)]);
}

#[test]
fn pacing_holds_and_then_releases_or_drops() {
    for (name, is_good) in [("pacing_good", true), ("pacing_bad", false)] {
        let mut network = ideal(0);
        let held: Vec<_> = (0..12)
            .map(|i| matches!(network.send(START, of(name, i)).reply, Reply::Accepted { held: true, .. }))
            .collect();
        assert_eq!(held.iter().filter(|held| **held).count(), 7, "{name}");
        let before = drain(&mut network, START + Duration::from_secs(59));
        assert_eq!(words(&before).iter().filter(|w| **w == "read").count(), 5);
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
            assert_eq!(refusal(&network.send(START, of(name, 99)).reply), Some(132_015));
            let event = network.unpause_template(START, &key(name));
            assert!(matches!(event, Some(NetEvent::TemplateStatus { change: TemplateChange::Unpaused, .. })));
            assert!(network.unpause_template(START, &key(name)).is_none());
        }
    }
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
