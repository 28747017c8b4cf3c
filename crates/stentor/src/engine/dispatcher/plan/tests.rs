//! For how long is planned, when it is planned anew, and what becomes of what was handed out meanwhile.

use stentor_core::id::{AccountId, ChannelId, RecipientKey};
use stentor_core::message::Message;
use stentor_core::rate::Pair;
use stentor_store::{Body, Person};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const MINUTE: Duration = Duration::from_mins(1);

fn plan(ids: impl IntoIterator<Item = i64>) -> Option<Plan> {
    let pick = |id: i64| (MessageId(id), id.to_le_bytes().to_vec().into());
    Some(Plan { picks: ids.into_iter().map(pick).collect(), ..Plan::default() })
}

fn row(id: i64) -> Claimed {
    let (account, channel) = (AccountId(1), ChannelId(1));
    let message = Message::accepted(MessageId(id), account, channel, RecipientKey(1), NOW + MINUTE);
    let body = Body { input: String::new(), address: String::new(), payload: Vec::new(), opaque: None };
    Claimed { message, body, person: Person::default(), pair: Pair::FRESH }
}

fn ids(picks: Option<Vec<MessageId>>) -> Vec<i64> {
    picks.into_iter().flatten().map(|id| id.0).collect()
}

/// A planning whose plan took so long.
fn planned(took: Duration) -> (Planning, Timestamp) {
    let mut planning = Planning::default();
    planning.begins(NOW);
    planning.made(NOW + took, plan(1..=9));
    (planning, NOW + took)
}

#[test]
fn what_takes_long_is_planned_for_longer_and_begun_before_it_is_used_up() {
    for (took, horizon) in [(0, 1), (1, 16), (5, 80), (9 * 60, 120)] {
        let (mut planning, now) = planned(MINUTE * took);
        assert_eq!(planning.horizon(), MINUTE * horizon, "after {took} minutes");
        let at = planning.at().expect("planned anew");
        assert!(at <= now + PLANNED_FOR, "the first was for a minute");
        planning.begins(at);
        planning.made(at + MINUTE * took, plan(1..=9));
        let made = at + MINUTE * took;
        let lead = MINUTE * took.saturating_mul(2).min(horizon / 2);
        assert_eq!(planning.at(), Some(made + MINUTE * horizon - lead), "after {took} minutes");
    }
}

#[test]
fn a_plan_is_not_asked_for_twice() {
    let mut planning = Planning::default();
    planning.begins(NOW);
    assert_eq!(planning.at(), None);
    planning.made(NOW, None);
    assert_eq!((planning.at(), planning.horizon()), (None, PLANNED_FOR), "nothing competes");
}

#[test]
fn what_found_no_room_is_next_again() {
    let (mut planning, now) = planned(MINUTE);
    assert_eq!(ids(planning.picks(3)), [1, 2, 3]);
    // Something that came first took a place.
    planning.claimed(now, true, &[row(50), row(1), row(3)]);
    assert_eq!(ids(planning.picks(3)), [2, 4, 5]);
    planning.claimed(now, false, &[row(2), row(5)]);
    assert_eq!(ids(planning.picks(3)), [6, 7, 8], "there was room: it does not wait any more");
}

#[test]
fn what_is_handed_out_leaves_by_the_reasons_of_its_plan() {
    let (mut planning, now) = planned(MINUTE);
    planning.picks(2);
    planning.begins(now);
    planning.made(now, plan(20..=22));
    let records = planning.records().expect("a plan");
    let known = |id: &i64| records.contains_key(&MessageId(*id));
    assert_eq!([1, 2, 3, 20, 22].into_iter().filter(known).collect::<Vec<_>>(), [1, 2, 20, 22]);
    assert_eq!(ids(planning.picks(9)), [20, 21, 22]);
}

#[test]
fn a_small_window_makes_no_number_slower() {
    assert_eq!(
        [(1, 80), (100, 80), (1_000, 1_000), (200_000, 1_000)].map(|(max, rate)| window_max(max, rate)),
        [800, 800, 10_000, 200_000]
    );
}
