//! The laws of the plan, on campaigns that are run through to their end.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::time::Timestamp;

const LENGTH: Duration = Duration::from_hours(1);

/// A message of a test's campaign: its slots from the first on, its values, and whether chance decides.
#[derive(Clone, Debug)]
struct Given {
    slots: u64,
    values: Vec<f32>,
    drawn: Option<u8>,
}

/// `slots` hours in which messages may leave from some slot to some later one.
fn given(slots: usize) -> impl Strategy<Value = Given> {
    let span = (0..slots, 1..=slots).prop_map(move |(first, length)| {
        let last = (first + length).min(slots);
        (first..last).fold(0_u64, |set, h| set | 1 << h)
    });
    let values = proptest::collection::vec(0.0..1.0_f32, slots);
    (span, values, proptest::option::weighted(0.1, any::<u64>())).prop_map(|(slots, values, draw)| Given {
        slots,
        values,
        drawn: draw.and_then(|draw| uniform_slot(draw, slots)),
    })
}

/// What left in which slot.
fn run(given: &[Given], capacities: &[u32], budget: Option<u32>, mode: Mode) -> Vec<(usize, usize)> {
    let mut sent = Vec::new();
    let mut gone = BTreeSet::new();
    for now in 0..capacities.len() {
        let alive: Vec<usize> =
            (0..given.len()).filter(|i| !gone.contains(i) && given[*i].slots >> now != 0).collect();
        let start = Timestamp::from_millis(0);
        let mut slots = Slot::line(start, LENGTH, capacities.len() - now, 0);
        slots.iter_mut().zip(&capacities[now..]).for_each(|(slot, capacity)| slot.capacity = *capacity);
        let waiting: Vec<Waiting> = alive
            .iter()
            .map(|&i| Waiting {
                message: i as u64,
                age: i as u64,
                slots: given[i].slots >> now,
                drawn: given[i].drawn.map(|slot| slot.saturating_sub(now as u8)),
            })
            .collect();
        let values: Vec<f32> = alive.iter().flat_map(|&i| given[i].values[now..].to_vec()).collect();
        let budget = budget.map(|budget| budget - sent.len() as u32);
        let queue = Queue {
            slots: &slots,
            waiting: &waiting,
            values: &values,
            budget,
            mode,
            shares: Shares::default(),
        };
        let prices = prices(&queue);
        let choice = choose(&queue, &prices);
        assert_eq!(choice, choose(&queue, &prices), "the same twice");
        assert!(choice.sends.len() <= capacities[now] as usize, "over the capacity");
        for pick in &choice.sends {
            let i = alive[pick.at];
            assert!(given[i].slots >> now & 1 == 1, "outside its window");
            assert!(gone.insert(i), "twice");
            sent.push((i, now));
        }
    }
    sent
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(Mode::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn nobody_expires_who_need_not(
        given in proptest::collection::vec(given(5), 1..40),
        capacities in proptest::collection::vec(0..12_u32, 5),
        mode in mode(),
    ) {
        let slots: Vec<Slot> = capacities
            .iter()
            .enumerate()
            .map(|(h, capacity)| Slot {
                start: Timestamp::from_secs(h as i64 * 3_600),
                length: LENGTH,
                capacity: *capacity,
            })
            .collect();
        let foretold = forecast(&slots, given.iter().map(|one| one.slots)).expiries as usize;
        let sent = run(&given, &capacities, None, mode);
        prop_assert_eq!(given.len() - sent.len(), foretold, "the forecast is what happens, and the least");
    }

    #[test]
    fn a_budget_is_spent_exactly(
        values in proptest::collection::vec(proptest::collection::vec(0.0..1.0_f32, 6), 1..60),
        budget in 0..70_u32,
        mode in mode(),
    ) {
        let given: Vec<Given> =
            values.into_iter().map(|values| Given { slots: 0b11_1111, values, drawn: None }).collect();
        let sent = run(&given, &[10; 6], Some(budget), mode);
        prop_assert_eq!(sent.len(), given.len().min(budget as usize));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        given in proptest::collection::vec(given(4), 1..30),
        turn in 0..30_usize,
        mode in mode(),
    ) {
        let slots = Slot::line(Timestamp::from_millis(0), LENGTH, 4, 6);
        let rows = |turn: usize| {
            let mut order: Vec<usize> = (0..given.len()).collect();
            order.rotate_left(turn % given.len());
            let waiting: Vec<Waiting> = order
                .iter()
                .map(|&i| Waiting {
                    message: i as u64,
                    age: i as u64,
                    slots: given[i].slots,
                    drawn: given[i].drawn,
                })
                .collect();
            let values: Vec<f32> = order.iter().flat_map(|&i| given[i].values.clone()).collect();
            let queue = Queue { slots: &slots, waiting: &waiting, values: &values, budget: None, mode, shares: Shares::default() };
            let choice = choose(&queue, &Prices::none(4));
            choice.sends.iter().map(|pick| (waiting[pick.at].message, pick.flag)).collect::<Vec<_>>()
        };
        prop_assert_eq!(rows(0), rows(turn));
    }

    #[test]
    fn a_slot_lies_within_its_limits(free in 0..20_i64, deadline in 0..20_i64, opens in 0..20_i64) {
        let at = |hours: i64| Timestamp::from_secs(hours * 3_600);
        let slots = Slot::line(at(0), LENGTH, 12, 1);
        let set = eligible(&slots, at(free), at(deadline), |t| t >= at(opens));
        for (h, slot) in slots.iter().enumerate() {
            let may = set >> h & 1 == 1;
            let within = slot.start >= at(free) && slot.start + LENGTH <= at(deadline) && slot.start >= at(opens);
            prop_assert_eq!(may, within, "slot {} of {:b}", h, set);
        }
    }
}

/// Two hundred people, half of whom read at any time and half only in the last of four hours.
fn two_kinds(mode: Mode, budget: Option<u32>) -> Vec<(usize, usize)> {
    let kind = |n: usize| match n % 2 {
        0 => vec![0.5, 0.5, 0.5, 0.5],
        _ => vec![0.1, 0.1, 0.1, 0.9],
    };
    let given: Vec<Given> = (0..200).map(|n| Given { slots: 0b1111, values: kind(n), drawn: None }).collect();
    run(&given, &[60; 4], budget, mode)
}

#[test]
fn those_who_read_in_the_evening_wait_for_it() {
    let sent = two_kinds(Mode::BestHour, None);
    let evening = sent.iter().filter(|(person, slot)| person % 2 == 1 && *slot == 3).count();
    assert_eq!((sent.len(), evening > 50), (200, true), "{evening} of 60 places in the evening");
    let sent = two_kinds(Mode::Early, None);
    let first: Vec<_> = sent.iter().filter(|(_, slot)| *slot == 0).collect();
    assert_eq!(first.len(), 60, "in haste every place is taken");
    assert!(first.iter().filter(|(person, _)| person % 2 == 0).count() >= 57, "likely readers first");
}

#[test]
fn what_has_room_leaves_at_once() {
    let given = vec![Given { slots: 0b11, values: vec![0.1, 0.9], drawn: None }; 8];
    assert!(run(&given, &[10; 2], None, Mode::Early).iter().all(|(_, slot)| *slot == 0));
}

#[test]
fn the_slice_leaves_at_the_time_it_drew() {
    let given: Vec<Given> = (0..100)
        .map(|n| Given {
            slots: 0b1111,
            values: vec![0.9, 0.1, 0.1, 0.1],
            drawn: (n % 20 == 0).then_some((n / 20 % 4) as u8),
        })
        .collect();
    let sent = run(&given, &[100; 4], None, Mode::BestHour);
    let at = |person: usize| sent.iter().find(|(one, _)| *one == person).map(|(_, slot)| *slot);
    assert_eq!([0, 20, 40, 60, 80].map(at), [Some(0), Some(1), Some(2), Some(3), Some(0)]);
}

#[test]
fn the_oldest_have_a_share_of_what_leaves_not_of_the_room() {
    // The first half could leave at any time; what now suits are the last twenty.
    let values = |n: usize| if n < 80 { vec![0.1, 0.9] } else { vec![0.9, 0.1] };
    let given: Vec<Given> = (0..100).map(|n| Given { slots: 0b11, values: values(n), drawn: None }).collect();
    let early = |room: u32| {
        let sent = run(&given, &[room, 100], None, Mode::BestHour);
        sent.into_iter()
            .filter(|(person, slot)| *slot == 0 && *person < 80)
            .map(|(person, _)| person)
            .collect()
    };
    let one: Vec<usize> = early(1_000);
    assert_eq!(one, [0], "5 % of twenty, however much room there is");
    assert_eq!(early(10), [0], "5 % of ten");
}

#[test]
fn a_price_is_asked_where_many_want_the_same_hour() {
    let slots = Slot::line(Timestamp::from_millis(0), LENGTH, 2, 50);
    let waiting: Vec<Waiting> =
        (0..100).map(|n| Waiting { message: n, age: n, slots: 0b11, drawn: None }).collect();
    let values: Vec<f32> = (0..100).flat_map(|n| [0.2, 0.2 + n as f32 / 100.0]).collect();
    let queue = Queue {
        slots: &slots,
        waiting: &waiting,
        values: &values,
        budget: None,
        mode: Mode::BestHour,
        shares: Shares::default(),
    };
    let prices = prices(&queue);
    let step = prices.slots[1] - prices.slots[0];
    assert!((0.4..0.6).contains(&step), "half of them gain less than {step} by the second hour");
    let few = Queue { waiting: &waiting[..40], ..queue };
    assert_eq!(super::prices(&few), Prices::none(2), "with room for everybody nothing has a price");
}
