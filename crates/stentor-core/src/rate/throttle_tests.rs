//! A limit cuts once, the rate grows back in bounded time, and the bucket's bound holds against what is in force.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::outcome::Pressure;

const START: i64 = 1_800_000_000_000;
const LIMIT: Pressure = Pressure { is_limit: true, rest: None };

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

/// A refusal: so long after the one before, of a send that began so long ago, with this `Retry-After`.
fn refusal() -> impl Strategy<Value = (i64, i64, bool, Option<u64>)> {
    (0_i64..20_000, 0_i64..5_000, any::<bool>(), proptest::option::of(0_u64..10_000))
}

proptest! {
    #[test]
    fn it_stays_between_one_and_the_configured_rate_and_recovers(
        rate in 1_u32..=1_000,
        refusals in proptest::collection::vec(refusal(), 1..60),
    ) {
        let (mut throttle, mut now) = (Throttle::default(), 0);
        for (gap, ago, is_limit, rest_secs) in refusals {
            now += gap;
            let before = throttle.rate(rate, at(now));
            let by = Pressure { is_limit, rest: rest_secs.map(Duration::from_secs) };
            throttle = throttle.pressed(rate, by, at(now - ago), at(now));
            let after = throttle.rate(rate, at(now));
            prop_assert!((1..=rate).contains(&after));
            prop_assert!(after <= before && after >= (before / 2).max(1), "{before} -> {after}");
            prop_assert!(throttle.rest_until <= at(now).max(throttle.rest_until.min(at(now) + REST_MAX)));
        }
        let full = at(now).max(throttle.rest_until) + RECOVERY;
        prop_assert!(!throttle.is_slowed(rate, full), "stuck: {throttle:?}");
        let mut last = 0;
        for step in 0..100 {
            let grown = throttle.rate(rate, at(now) + Duration::from_secs(2) * step);
            prop_assert!(grown >= last, "it shrank by itself");
            last = grown;
        }
    }

    /// Whatever one batch brings back, in whatever order and however often, is one cut.
    #[test]
    fn a_burst_counts_once(rate in 2_u32..=1_000, burst in proptest::collection::vec(0_i64..30_000, 1..200)) {
        let cut = Throttle::default().pressed(rate, LIMIT, at(0), at(100));
        let again = burst.iter().fold(cut, |throttle, later| throttle.pressed(rate, LIMIT, at(50), at(100 + later)));
        prop_assert_eq!(again, cut);
    }

    /// The bound of the bucket, against the highest rate in force in the window.
    #[test]
    fn no_window_is_above_the_rate_in_force(
        rate in 1_u32..=1_000,
        asks in proptest::collection::vec((0_i64..400, 0_u32..200, proptest::option::weighted(0.1, 0_u64..3)), 1..120),
    ) {
        let (mut pace, mut now) = (Pace::default(), 0);
        let mut debits: Vec<(i64, u32, u32)> = Vec::new();
        for (gap, want, refused) in asks {
            now += gap;
            let in_force = pace.throttle.rate(rate, at(now));
            let (after, grant) = pace.debit(at(now), rate, DEPTH, want);
            pace = after;
            prop_assert_eq!(grant.granted < want, grant.wake_at > at(now));
            if pace.throttle.rests_until(at(now)).is_some() {
                prop_assert_eq!(grant.granted, 0);
            }
            debits.push((now, grant.granted, in_force));
            if let Some(rest_secs) = refused {
                let by = Pressure { is_limit: true, rest: Some(Duration::from_secs(rest_secs)) };
                pace.throttle = pace.throttle.pressed(rate, by, at(now), at(now));
            }
        }
        for from in 0..debits.len() {
            let (mut sum, mut highest) = (0.0, 0);
            for to in from..debits.len() {
                sum += f64::from(debits[to].1);
                highest = highest.max(debits[to].2);
                let (t, rate) = ((debits[to].0 - debits[from].0) as f64 / 1_000.0, f64::from(highest));
                let most = rate * t + (rate * 0.1).max(1.0) + rate * 0.1;
                prop_assert!(sum <= most + 1e-6, "{sum} in {t} s at {rate}");
            }
        }
    }
}

#[test]
fn a_retry_after_rests_the_whole_channel_and_then_it_grows() {
    let by = Pressure { is_limit: true, rest: Some(Duration::from_secs(30)) };
    let pace = Pace { throttle: Throttle::default().pressed(80, by, at(0), at(0)), ..Pace::default() };
    let (same, grant) = pace.debit(at(29_999), 80, DEPTH, 5);
    assert_eq!((same, grant.granted, grant.wake_at), (pace, 0, at(30_000)));
    let (_, grant) = pace.debit(at(30_000), 80, DEPTH, 5);
    assert_eq!((grant.granted, grant.every.as_millis()), (5, 25));
    assert_eq!(pace.throttle.rate(80, at(60_000)), 60);
}

#[test]
fn a_rest_alone_cuts_nothing() {
    let by = Pressure { is_limit: false, rest: Some(Duration::from_secs(5)) };
    let throttle = Throttle::default().pressed(80, by, at(0), at(0));
    assert_eq!((throttle.rate(80, at(0)), throttle.rests_until(at(0))), (80, Some(at(5_000))));
    assert!(!throttle.is_slowed(80, at(5_000)));
}

#[test]
fn what_is_slow_says_so() {
    let by = |rest| Pressure { is_limit: true, rest };
    let describe = |throttle: Throttle| throttle.describe(80, at(0));
    assert_eq!(describe(Throttle::default()), None);
    let slowed = Throttle::default().pressed(80, by(None), at(0), at(0));
    assert_eq!(describe(slowed).unwrap(), "the channel is slowed to 40 of 80 messages a second");
    let resting = Throttle::default().pressed(80, by(Some(Duration::from_secs(2))), at(0), at(0));
    let until = at(2_000);
    let expected =
        format!("the channel rests until {until}; then the channel is slowed to 40 of 80 messages a second");
    assert_eq!(describe(resting).unwrap(), expected);
}
