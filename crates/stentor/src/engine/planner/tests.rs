//! Who leaves first and who does not: by what was learnt, by chance, by age, and never into a night or past a deadline.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use stentor_core::engagement::{Entry, Fact, Goal, Sent};
use stentor_core::id::{AccountId, ChannelId, RecipientKey, TemplateId};
use stentor_core::learning::Kind;
use stentor_core::message::Message;
use stentor_core::route::Route;
use stentor_core::schedule::Flag;
use stentor_store::Waits;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const TEMPLATE: TemplateId = TemplateId(3);

/// A mind that has seen six days: people with an even key read, the others do not.
fn taught() -> Mind {
    Arc::new(RwLock::new(learner()))
}

/// Who has seen that.
pub fn learner() -> Learner {
    let mut learner = Learner::default();
    let mut position = 0;
    for day in 0..6_u64 {
        for person in 1..=200_u64 {
            let at = NOW - Duration::from_hours(24 * (30 - day)) + Duration::from_mins(person);
            let message = day * 1_000 + person;
            let mut tell = |fact| {
                position += 1;
                learner.apply(&Entry { position, at, recipient: person, message, fact });
            };
            tell(Fact::Sent(Sent { template: 3, local_hour: 12, ..Sent::default() }));
            tell(Fact::Delivered);
            if person % 2 == 0 {
                tell(Fact::Read);
            }
        }
    }
    learner.advance(NOW);
    assert!(learner.model(Goal::Read).labels() > 300);
    learner
}

fn waits(n: i64, person: i64, sharing: bool) -> Waits {
    let id = MessageId(MessageId::first_at(NOW).0 + n);
    let (account, channel, recipient) = (AccountId(1), ChannelId(2), RecipientKey(person));
    let message = Message {
        template: Some(TEMPLATE),
        route: Route::Optimised,
        sharing,
        ..Message::accepted(id, account, channel, recipient, NOW + Duration::from_hours(12))
    };
    Waits { message, address: "919812345678".to_owned(), time_zone: None }
}

fn window(waits: Vec<Waits>) -> Window {
    let mut window = Window::default();
    window.add(NOW, waits, &BTreeMap::from([(3, Kind::default())]), false);
    window
}

fn brief(rate_per_s: u32, mode: Option<Mode>) -> Brief {
    Brief { rate_per_s, horizon: PLANNED_FOR, mode, modes: Vec::new(), quiet_hours: None, seed: 1 }
}

/// Whose messages leave, in order, and by what.
fn picked(plan: &Plan, window: &Window) -> Vec<(u64, Flag)> {
    let of = |(id, record): &(MessageId, Box<[u8]>)| {
        let record = Record::parse(record).expect("a record");
        (window.rows[id].recipient, record.explanation.flag)
    };
    plan.picks.iter().map(of).collect()
}

#[test]
fn what_does_not_compete_is_not_planned() {
    let mut window = window((1..=10).map(|n| waits(n, n, true)).collect());
    assert!(plan(NOW, &brief(80, None), &mut window, &taught()).is_none());
}

#[test]
fn under_contention_the_likely_readers_go_first_and_everybody_goes() {
    let mind = taught();
    let mut all = window((1..=200).map(|n| waits(n, n, true)).collect());
    // Two a second: what waits leaves within two minutes.
    let first = plan(NOW, &brief(2, Some(Mode::Early)), &mut all, &mind).expect("it competes");
    let order = picked(&first, &all);
    assert_eq!(order.len(), 120, "a minute's worth");
    let planned: Vec<u64> =
        order.iter().filter(|(_, flag)| *flag == Flag::Planned).map(|(person, _)| *person).collect();
    let readers = planned.iter().take(80).filter(|person| *person % 2 == 0).count();
    assert!(readers >= 78, "{readers} of the first 80 read: {planned:?}");
    assert!(order.iter().any(|(_, flag)| *flag == Flag::Fifo), "the oldest have a share");
    let outlook = first.outlook;
    assert_eq!((outlook.waiting, outlook.expiries, outlook.mode), (200, 0, Mode::Early));
    // The rest in the minutes after, those of the slice when their time comes: nobody is left behind.
    let (mut now, mut next) = (NOW, Some(first));
    while let Some(plan_now) = next {
        all.rows.retain(|id, _| plan_now.picks.iter().all(|(picked, _)| picked != id));
        now = now + PLANNED_FOR;
        assert!(now <= NOW + PLANNED_FOR * 5, "{} are left", all.rows.len());
        next = plan(now, &brief(2, Some(Mode::Early)), &mut all, &mind);
    }
    assert!(all.rows.len() <= 2, "what does not compete leaves unplanned");
}

#[test]
fn a_plan_is_the_same_every_time() {
    let mind = taught();
    let make = || {
        let mut all = window((1..=200).map(|n| waits(n, n, true)).collect());
        plan(NOW, &brief(1, Some(Mode::Balanced)), &mut all, &mind).expect("it competes").picks
    };
    assert_eq!(make(), make());
}

#[test]
fn what_is_not_shared_is_neither_favoured_nor_punished() {
    let mind = taught();
    let mut all = window((1..=200).map(|n| waits(n, n, n > 100)).collect());
    plan(NOW, &brief(1, Some(Mode::Early)), &mut all, &mind).expect("it competes");
    let of = |person: u64| all.rows.values().find(|row| row.recipient == person).expect("there");
    let (reader, other) = (of(2), of(1));
    let value = |row: &Row| row.value(moment(NOW, row.local_minutes));
    assert_eq!(value(reader), value(other), "by the template alone");
    assert_ne!(value(of(102)), value(of(101)));
    assert_eq!(reader.who, Who::Nobody);
    let mut europe = waits(900, 2, true);
    europe.address = "4915112345678".to_owned();
    let window = window(vec![europe]);
    assert_eq!(window.rows.values().next().map(|row| row.who), Some(Who::Nobody), "nobody is profiled there");
}

#[test]
fn the_slice_is_drawn_once_and_keeps_its_time() {
    let mind = taught();
    let mut all = window((1..=2_000).map(|n| waits(n, n, true)).collect());
    plan(NOW, &brief(1, Some(Mode::Early)), &mut all, &mind).expect("it competes");
    let slice: Vec<MessageId> = all.rows.iter().filter(|(_, row)| row.is_slice).map(|(id, _)| *id).collect();
    assert!((60..140).contains(&slice.len()), "{} of 2,000", slice.len());
    let later = NOW + Duration::from_mins(40);
    let again = plan(later, &brief(1, Some(Mode::Early)), &mut all, &mind).expect("it competes");
    let explored = picked(&again, &all).iter().filter(|(_, flag)| *flag == Flag::Explore).count();
    assert!(explored > 0, "those whose time has come leave");
    assert_eq!(slice.len(), all.rows.values().filter(|row| row.is_slice).count());
}

#[test]
fn what_cannot_leave_in_time_is_said() {
    let mut all = window((1..=200).map(|n| waits(n, n, true)).collect());
    for row in all.rows.values_mut() {
        row.deadline = NOW + Duration::from_secs(100);
    }
    let planned = plan(NOW, &brief(1, None), &mut all, &taught()).expect("it competes");
    assert_eq!(planned.outlook.expiries, 100);
    assert_eq!(planned.picks.len(), 60);
    assert!(picked(&planned, &all).iter().all(|(_, flag)| *flag == Flag::Forced), "none has time to lose");
}

#[test]
fn nobody_is_planned_into_their_night() {
    let night = QuietHours::parse("21:00-08:00").expect("hours");
    // NOW is 08:00 UTC on 2027-01-15: 13:30 in India, and night in California.
    let mut all: Vec<Waits> = (1..=200).map(|n| waits(n, n, true)).collect();
    all.iter_mut().take(100).for_each(|waits| waits.address = "14155550123".to_owned());
    let mut all = window(all);
    let brief = Brief { quiet_hours: Some(night), ..brief(5, Some(Mode::Early)) };
    let planned = plan(NOW, &brief, &mut all, &taught()).expect("it competes");
    assert!((85..=100).contains(&planned.picks.len()), "those who are awake: {}", planned.picks.len());
    assert!(picked(&planned, &all).iter().all(|(person, _)| *person > 100));
}

#[test]
fn templates_have_orders_of_their_own() {
    let mut all = window((1..=400).map(|n| waits(n, n, true)).collect());
    let brief = Brief { modes: vec![(3, Mode::BestHour)], ..brief(4, Some(Mode::Early)) };
    let planned = plan(NOW, &brief, &mut all, &taught()).expect("it competes");
    assert!(planned.picks.len() <= 240);
    assert_eq!(planned.outlook.mode, Mode::Early);
    assert_eq!(all.keep(&[]), []);
    assert!(all.is_empty());
}
