//! No window is ever above its rate, nothing starves, and full use reaches the rate.

use proptest::prelude::*;

use super::*;

const START: i64 = 1_800_000_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

proptest! {
    #[test]
    fn no_window_is_above_the_rate(rate in 1_u32..=1_500, speed in 1_u32..=600, asks in proptest::collection::vec((0_i64..400, 0_u32..300), 1..120)) {
        let (mut bucket, mut now) = (Bucket::default(), 0);
        let mut debits: Vec<(i64, u32)> = Vec::new();
        let mut departures: Vec<i64> = Vec::new();
        let ahead = DEPTH * speed;
        for (gap, want) in asks {
            now += gap;
            let (after, grant) = bucket.debit(at(now), rate, ahead, want);
            prop_assert!(grant.granted <= want);
            prop_assert_eq!(grant.granted < want, grant.wake_at > at(now));
            bucket = after;
            debits.push((now, grant.granted));
            let first = now * 1_000 + grant.first.as_micros() as i64;
            departures.extend((0..i64::from(grant.granted)).map(|n| first + n * grant.every.as_micros() as i64));
        }
        let rate = f64::from(rate);
        let of_ahead = rate * ahead.as_secs_f64();
        for from in 0..debits.len() {
            let mut sum = 0.0;
            for to in from..debits.len() {
                sum += f64::from(debits[to].1);
                let t = (debits[to].0 - debits[from].0) as f64 / 1_000.0;
                prop_assert!(sum <= rate * t + of_ahead.max(1.0) + of_ahead + 1e-6, "{} in {} s at {}", sum, t, rate);
            }
        }
        let closest = departures.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(i64::MAX);
        prop_assert!(closest as f64 >= 1_000_000.0 / rate, "{closest}");
    }

    #[test]
    fn waking_as_told_gives_the_full_rate(rate in 1_u32..=1_000) {
        let (mut bucket, mut now, mut sent) = (Bucket::default(), at(0), 0_u32);
        while now < at(60_000) {
            let (after, grant) = bucket.debit(now, rate, DEPTH, u32::MAX);
            prop_assert!(grant.granted > 0, "woken for nothing");
            bucket = after;
            sent += grant.granted;
            now = grant.wake_at;
        }
        // Rounding the gap up to the microsecond costs less than a thousandth.
        prop_assert!(f64::from(sent) >= f64::from(rate) * 60.0 * 0.998, "{sent} in a minute at {rate}");
    }

    #[test]
    fn a_pair_never_gets_more_than_it_pays_for(gaps in proptest::collection::vec(0_i64..8_000, 1..400)) {
        let (mut pair, mut now) = (Pair::FRESH, 0);
        let mut sent: Vec<i64> = Vec::new();
        for gap in gaps {
            now += gap;
            match pair.debit(at(now)) {
                Ok(after) => {
                    pair = after;
                    sent.push(now);
                }
                Err(again) => {
                    prop_assert!(again > at(now));
                    prop_assert!(pair.debit(again).is_ok());
                }
            }
        }
        for (n, from) in sent.iter().enumerate() {
            let hour = sent[n..].iter().take_while(|to| **to < from + 3_600_000).count();
            prop_assert!(hour <= 600 + 45, "{hour} in an hour");
            prop_assert!(sent[n..].iter().take_while(|to| **to < from + 6_000).count() <= 46);
        }
    }

    /// With some of them given back, what was taken is still within the bucket as whoever counts only those sees it.
    #[test]
    fn what_is_given_back_frees_no_more_than_it_cost(
        asks in proptest::collection::vec((0_i64..4_000, 0_i64..9_000, proptest::bool::weighted(0.3)), 1..300),
    ) {
        let (mut pair, mut now) = (Pair::FRESH, 0);
        let mut owed: Vec<(i64, i64)> = Vec::new();
        let mut taken: Vec<i64> = Vec::new();
        for (gap, later, gives_back) in asks {
            now += gap;
            owed.retain(|(at_ms, due)| {
                if *due <= now {
                    pair = pair.give_back(at(*at_ms));
                }
                *due > now
            });
            if let Ok(after) = pair.debit(at(now)) {
                pair = after;
                if gives_back { owed.push((now, now + later)) } else { taken.push(now) }
            }
        }
        let mut strict = Pair::FRESH;
        for sent in taken {
            let after = strict.debit(at(sent));
            prop_assert!(after.is_ok(), "at {sent}, owed until {:?}", strict.free_at);
            strict = after.unwrap();
        }
    }
}

#[test]
fn a_rate_of_zero_stops() {
    let grant = Bucket::default().debit(at(0), 0, DEPTH, 5).1;
    assert_eq!((grant.granted, grant.wake_at), (0, Timestamp::NEVER));
}

#[test]
fn a_slow_rate_sends_one_at_a_time() {
    let (bucket, grant) = Bucket::default().debit(at(0), 1, DEPTH, 10);
    assert_eq!((grant.granted, grant.wake_at), (1, at(950)));
    assert_eq!(bucket.debit(at(950), 1, DEPTH, 10).1.first, Duration::from_millis(50));
}

#[test]
fn forty_five_may_be_borrowed() {
    let mut pair = Pair::FRESH;
    for _ in 0..45 {
        pair = pair.debit(at(0)).unwrap();
    }
    assert_eq!(pair.debit(at(1)), Err(at(45 * 6_000)));
    // Steady, one every six seconds, never waits.
    let mut steady = Pair::FRESH;
    for n in 0..100 {
        steady = steady.debit(at(n * 6_000)).unwrap();
    }
}
