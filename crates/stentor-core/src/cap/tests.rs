//! No rolling window ever holds more than the cap, nobody is refused below it, and what is given back is free again.

use proptest::prelude::*;

use super::*;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn within(sent: &[i64], now: i64, window: Duration) -> usize {
    let window = i64::try_from(window.as_secs()).unwrap();
    sent.iter().filter(|at| now - **at < window).count()
}

proptest! {
    #[test]
    fn no_window_holds_more_than_its_cap(
        per_day in 0_u8..=CAP_MAX,
        per_week in 0_u8..=CAP_MAX,
        asks in prop::collection::vec((0_i64..50_000, prop::bool::weighted(0.2)), 1..200),
    ) {
        let caps = Caps { per_day, per_week };
        let (mut ring, mut now, mut sent) = (Ring::default(), 0, Vec::<i64>::new());
        for (gap, gives_back) in asks {
            now += gap;
            let fits = |cap: u8, window| cap == 0 || within(&sent, now, window) < usize::from(cap);
            let may = fits(per_day, DAY) && fits(per_week, WEEK);
            let free_at = ring.free_at(caps, at(now));
            prop_assert_eq!(free_at.is_none(), may, "{:?} {:?} at {}", caps, sent, now);
            if let Some(free_at) = free_at {
                prop_assert_eq!(ring.free_at(caps, free_at), None, "free as told");
                let before = Timestamp::from_millis(free_at.millis() - 1);
                prop_assert!(ring.free_at(caps, before).is_some(), "and not before");
            } else {
                let before = ring.kept(at(now));
                ring = ring.count(at(now));
                if gives_back {
                    ring = ring.give_back(at(now));
                    prop_assert!(ring == before || before.times().len() == usize::from(CAP_MAX));
                } else {
                    sent.push(now);
                }
            }
        }
    }

    #[test]
    fn what_is_written_reads_the_same(times in prop::collection::vec(0_i64..9_000_000, 0..20)) {
        let ring = Ring::of(times.iter().map(|secs| at(*secs)));
        prop_assert_eq!(Ring::of(ring.times().iter().copied()), ring);
        prop_assert_eq!(ring.times().len(), times.len().min(usize::from(CAP_MAX)));
    }
}

#[test]
fn what_began_at_one_time_is_given_back_one_by_one() {
    let ring = Ring::default().count(at(0)).count(at(0)).count(at(1));
    assert_eq!(ring.give_back(at(0)).times(), [at(0), at(1)]);
    assert_eq!(ring.give_back(at(0)).give_back(at(0)).times(), [at(1)]);
    assert_eq!(ring.give_back(at(7)), ring);
}
