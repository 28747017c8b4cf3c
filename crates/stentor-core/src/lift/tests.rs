//! Whether intervals hold, alarms are rare, and the adjustment sharpens without shifting.

use super::*;
use crate::schedule::mix;

/// A number from 0 to 1, of that name.
fn unit(numbers: &[u64]) -> f64 {
    (mix(numbers) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Two arms of people of whom `x` was known; the planned engage more by `lift`.
fn arms(seed: u64, people: u64, slice_percent: u64, lift: f64) -> [Arm; 2] {
    let mut arms = [Arm::default(); 2];
    for person in 0..people {
        let x = 0.05 + 0.5 * unit(&[seed, 1, person]);
        let is_slice = mix(&[seed, 2, person]) % 100 < slice_percent;
        let p = x + if is_slice { 0.0 } else { lift };
        let y = f64::from(u8::from(unit(&[seed, 3, person]) < p));
        arms[usize::from(is_slice)].add(Outcome { y, x });
    }
    arms
}

#[test]
fn peeking_at_every_observation_makes_few_false_alarms() {
    // Fewer and shorter runs than `stentor eval lift`, which does 2,000 of 20,000.
    let (runs, observations) = (200, 2_000);
    let alarms = (0..runs).filter(|&run| {
        let mut sequence = Sequence::new(observations as f64, 0.05);
        (0..observations).any(|n| {
            let p = f64::from(u8::from(unit(&[run, 1, n]) < 0.15));
            sequence.add(if mix(&[run, 2, n]).is_multiple_of(2) { 2.0 * p } else { -2.0 * p });
            let (low, high) = sequence.interval();
            low > 0.0 || high < 0.0
        })
    });
    let alarms = alarms.count();
    assert!(alarms <= 14, "{alarms} of {runs}; 10 are expected at most");
}

#[test]
fn a_lift_is_found_and_no_lift_is_not() {
    let [planned, slice] = arms(1, 60_000, 20, 0.05);
    let lift = compare(&planned, &slice);
    assert_eq!(lift.verdict, Verdict::Shown);
    assert!(lift.interval.0 > 0.0 && (lift.difference - 0.05).abs() < 0.015, "{lift:?}");
    assert!(lift.variance_removed > 0.03, "what was known before takes variance away: {lift:?}");
    let covers = (0..100).filter(|&seed| {
        let [planned, slice] = arms(100 + seed, 4_000, 20, 0.0);
        let (low, high) = compare(&planned, &slice).interval;
        low <= 0.0 && high >= 0.0
    });
    assert!(covers.count() >= 97, "an interval for all times is wide at one");
}

#[test]
fn too_few_are_told_how_many_are_needed() {
    let [planned, slice] = arms(2, 300, 20, 0.1);
    let Verdict::NotMeasurableYet { needed } = compare(&planned, &slice).verdict else {
        panic!("60 people show nothing")
    };
    assert!((8_000..16_000).contains(&needed), "{needed}");
    assert_eq!(compare(&Arm::default(), &Arm::default()).difference, 0.0);
}

#[test]
fn an_event_has_one_key() {
    assert_eq!(event_key(Name::Purchase, "order-1"), event_key(Name::Purchase, "order-1"));
    assert_ne!(event_key(Name::Purchase, "order-1"), event_key(Name::AddToCart, "order-1"));
    assert_ne!(event_key(Name::Purchase, "a"), event_key(Name::Purchase, "a\0"));
}
