//! The learner as a whole: replay, the laws of the filter, labels that mature, explanations.

use proptest::prelude::*;

use super::*;
use crate::time::Timestamp;

const HOUR_MILLIS: i64 = 3_600_000;

/// A log of `facts`: (minutes since the one before, recipient, message, what, hour).
fn log(facts: &[(u16, u8, u8, u8, u8)]) -> Vec<Entry> {
    let mut at = 20_000 * 24 * HOUR_MILLIS;
    let entry = |(n, &(minutes, recipient, message, what, hour)): (usize, &(u16, u8, u8, u8, u8))| {
        at += i64::from(minutes) * 60_000;
        let sent = Sent {
            template: u64::from(message % 3),
            goal: Goal::ALL[usize::from(message % 4)],
            local_hour: hour % 24,
            is_weekend: hour > 200,
            has_media: message % 2 == 0,
            has_buttons: message % 5 == 0,
            is_their_language: [None, Some(true), Some(false)][usize::from(recipient % 3)],
        };
        let fact = match what % 12 {
            0..=4 => Fact::Sent(sent),
            5 | 6 => Fact::Delivered,
            7 | 8 => Fact::Read,
            9 => Fact::Clicked,
            10 => [Fact::Replied, Fact::Converted][usize::from(message % 2)],
            _ => [Fact::OptedOut, Fact::Inbound][usize::from(message % 2)],
        };
        Entry {
            position: n as u64 + 1,
            at: Timestamp::from_millis(at),
            recipient: u64::from(recipient % 16),
            message: u64::from(message),
            fact,
        }
    };
    facts.iter().enumerate().map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn a_snapshot_and_the_tail_give_the_same_bits_as_the_log(
        facts in proptest::collection::vec(any::<(u16, u8, u8, u8, u8)>(), 1..160),
        cut in any::<prop::sample::Index>(),
    ) {
        let log = log(&facts);
        let cut = cut.index(log.len());
        let mut whole = Learner::default();
        log.iter().for_each(|entry| whole.apply(entry));
        let mut first = Learner::default();
        log[..cut].iter().for_each(|entry| first.apply(entry));
        let mut second = Learner::restore(&first.snapshot()).expect("own snapshot");
        prop_assert_eq!(&first, &second);
        // Time may be told at any moment, and what was applied already is applied again without effect.
        if let Some(next) = log.get(cut) {
            second.advance(next.at);
        }
        log[cut.saturating_sub(3)..].iter().for_each(|entry| second.apply(entry));
        prop_assert_eq!(whole.snapshot(), second.snapshot());
    }

    #[test]
    fn damaged_bytes_are_refused(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = Learner::default().snapshot();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(Learner::restore(&bytes), Err(Broken::Damaged));
    }

    #[test]
    fn a_score_of_many_hours_is_the_score_of_each(
        rows in proptest::collection::vec(proptest::collection::vec(-2.0..2.0_f64, 6), 1..40),
    ) {
        let mut filter = Filter::new(6, 0.3, 1e-5);
        for (n, row) in rows.iter().enumerate() {
            let row: Vec<Feature> = (0_u16..).zip(row.iter().copied()).collect();
            filter.learn(&row, Belief::default(), n % 3 == 0);
        }
        let row: Vec<Feature> = (0_u16..).zip(rows[0].iter().copied()).collect();
        let (whole, parts) = (filter.belief(&row), filter.with(&filter.base(&row[..4]), &row[4..]));
        prop_assert!((whole.z - parts.z).abs() < 1e-9 && (whole.variance - parts.variance).abs() < 1e-9);
        prop_assert!(whole.variance >= 0.0);
        // Few features of many are scored one by one, many as a whole: to the same.
        let mut wide = Filter::new(30, 0.3, 0.0);
        let all: Vec<Feature> = (0..30).map(|i| (i, row[usize::from(i) % 6].1)).collect();
        rows.iter().enumerate().for_each(|(n, _)| {
            wide.learn(&all[n % 20..n % 20 + 10], Belief::default(), n % 3 == 0);
        });
        let few = wide.belief(&all[..8]);
        let padded: Vec<Feature> = all.iter().map(|&(i, x)| (i, if i < 8 { x } else { 0.0 })).collect();
        let same = wide.belief(&padded);
        prop_assert!((few.z - same.z).abs() < 1e-9 && (few.variance - same.variance).abs() < 1e-9);
    }
}

/// A learner after so many people were each sent something once a day at `hour`; even ones read it at once.
fn taught(people: u64, days: i64) -> (Learner, Timestamp) {
    let mut learner = Learner::default();
    let (mut position, mut message) = (0, 0);
    let mut now = Timestamp::from_millis(20_000 * 24 * HOUR_MILLIS);
    let mut apply = |recipient, message, at, fact| {
        position += 1;
        learner.apply(&Entry { position, at, recipient, message, fact });
    };
    for day in 0..days {
        for recipient in 0..people {
            message += 1;
            now = Timestamp::from_millis((20_000 + day) * 24 * HOUR_MILLIS + message as i64 % 1_000);
            apply(recipient, message, now, Fact::Sent(Sent { local_hour: 10, ..Sent::default() }));
            apply(recipient, message, now, Fact::Delivered);
            if recipient % 2 == 0 {
                apply(recipient, message, now, Fact::Read);
            }
        }
    }
    (learner, now)
}

#[test]
fn a_label_is_learnt_when_its_window_closes_and_not_before() {
    let (mut learner, now) = taught(10, 1);
    assert_eq!(learner.model(Goal::Read).labels(), 0, "a read is no label before its window closed");
    learner.advance(now + Goal::Read.window());
    assert_eq!(learner.model(Goal::Read).labels(), 10);
}

#[test]
fn it_tells_who_reads_and_says_why() {
    let (learner, now) = taught(60, 12);
    let sent = Sent::default();
    let moment = Moment { local_hour: 10, is_weekend: false };
    let p = |who| learner.score(who, &sent, now, &[moment])[0].p;
    assert!(
        p(Who::Person(2)) > 0.9 && p(Who::Person(3)) < 0.1,
        "{} {}",
        p(Who::Person(2)),
        p(Who::Person(3))
    );
    let hours: Vec<_> =
        (0..24).map(|local_hour| Moment { local_hour, is_weekend: local_hour > 11 }).collect();
    for (one, moment) in learner.score(Who::Person(2), &sent, now, &hours).iter().zip(&hours) {
        let alone = learner.score(Who::Person(2), &sent, now, &[*moment])[0].p;
        assert!((one.p - alone).abs() < 1e-9, "{moment:?}: {} beside others, {alone} alone", one.p);
    }
    let nobody = p(Who::Nobody);
    assert!((0.3..0.7).contains(&nobody), "of nobody only the template speaks: {nobody}");
    let why = learner.explain(Who::Person(2), &sent, now, moment);
    assert!(why.len() == TOP && why.windows(2).all(|two| two[0].logits.abs() >= two[1].logits.abs()));
    assert!(why.iter().any(|one| one.words.contains("read") && one.logits > 0.0), "{why:?}");
}

#[test]
fn what_never_arrived_and_hidden_reads_are_no_labels() {
    let mut learner = Learner::default();
    let mut position = 0;
    let mut apply = |learner: &mut Learner, message: u64, hours: i64, fact| {
        position += 1;
        let at = Timestamp::from_millis((480_000 + hours) * HOUR_MILLIS);
        learner.apply(&Entry { position, at, recipient: 1, message, fact });
    };
    apply(&mut learner, 1, 0, Fact::Sent(Sent::default()));
    apply(&mut learner, 2, 48, Fact::Sent(Sent::default()));
    assert_eq!(learner.model(Goal::Read).labels(), 0, "it never arrived");
    for message in 2..10 {
        let hours = message as i64 * 48;
        if message > 2 {
            apply(&mut learner, message, hours, Fact::Sent(Sent::default()));
        }
        apply(&mut learner, message, hours, Fact::Delivered);
    }
    let before = learner.model(Goal::Read).labels();
    apply(&mut learner, 9, 10 * 48 - 47, Fact::Clicked);
    apply(&mut learner, 0, 12 * 48, Fact::Inbound);
    assert!(learner.person(1).is_some_and(Person::hides_reads));
    assert_eq!(learner.model(Goal::Read).labels(), before, "who taps but never reads has receipts off");
}

#[test]
fn the_baseline_speaks_until_there_are_labels_enough() {
    let (learner, now) = taught(20, 3);
    let score = learner.score(Who::Person(2), &Sent::default(), now, &[Moment::default()])[0];
    assert!(score.is_baseline);
    let (learner, now) = taught(60, 8);
    assert!(!learner.score(Who::Person(2), &Sent::default(), now, &[Moment::default()])[0].is_baseline);
    let losses = learner.model(Goal::Read).losses().expect("learnt");
    assert!(losses.plain < losses.baseline, "{losses:?}");
}

#[test]
fn an_erased_person_is_unknown() {
    let (mut learner, now) = taught(4, 3);
    learner.forget(2);
    assert_eq!((learner.person(2), learner.epoch()), (None, 1));
    assert_eq!(
        learner.score(Who::Person(2), &Sent::default(), now, &[Moment::default()]),
        learner.score(Who::Person(99), &Sent::default(), now, &[Moment::default()]),
    );
}
