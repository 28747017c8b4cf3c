//! The simulated world, small: what must hold between policies whatever the seed.

use crate::policy::{Budget, Laws, Policy, compare};

#[test]
fn who_knows_more_does_better() {
    let seen = compare(&[11, 12], 600, Laws::GIVEN, Budget { percent: 50 });
    let reads = |policy| seen.of(policy).expect("compared").reads_per_1000();
    let order = [Policy::Fifo, Policy::BetaGreedy, Policy::ModelBestHours, Policy::Oracle].map(reads);
    assert!(order.windows(2).all(|two| two[0] < two[1]), "{order:?}");
    assert!(reads(Policy::Prices) > reads(Policy::ModelGreedy), "{seen:?}");
    assert!(seen.share_of_the_way(Policy::Prices) > 0.3, "{}", seen.share_of_the_way(Policy::Prices));
    // A budget is spent, by everybody, to the last message.
    assert!(seen.outcomes.iter().all(|(_, outcome)| outcome.sends == outcome.due), "{seen:?}");
}

#[test]
fn where_there_is_nothing_to_learn_nothing_is_lost() {
    let seen = compare(&[11], 300, Laws::FLAT, Budget { percent: 100 });
    let reads = |policy| seen.of(policy).expect("compared").reads_per_1000();
    for policy in Policy::ALL {
        assert!((reads(policy) / reads(Policy::Fifo) - 1.0).abs() < 0.01, "{policy:?} {}", reads(policy));
    }
}
