//! The dispatcher, step by step: what it asks for, in what order, and what it never does.

use stentor_core::admission::PersonLimits;
use stentor_core::cap::{Caps, Ring};
use stentor_core::id::{IdGenerator, RecipientKey};
use stentor_core::message::State;
use stentor_core::outcome::Ambiguous;
use stentor_core::rate::Pair;
use stentor_core::registry::{Account, Channel, Character, Document, DocumentKind, UpstreamKind};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::undeliverable::Undeliverable;
use stentor_store::{Body, Person, QueueDecision, Registry};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ACCOUNT: AccountId = AccountId(1);

fn facts(channels: i64, rate_per_s: u32) -> Snapshot {
    Snapshot::new(registry(channels, rate_per_s))
}

fn registry(channels: i64, rate_per_s: u32) -> Registry {
    let account = Account::new(ACCOUNT, "shop", "secret".to_owned(), NOW);
    let channel = |id| Channel {
        rate_per_s,
        ..Channel::new(ChannelId(id), ACCOUNT, "15550001111", UpstreamKind::Simulated, NOW)
    };
    let channels = (1..=channels).map(channel).collect();
    Registry { accounts: vec![account], channels, ..Registry::default() }
}

fn dispatcher(in_flight_max: usize) -> Dispatcher {
    let limits = Limits { in_flight_max, ..Limits::default() };
    Dispatcher::new(limits, WamidKey([1; 16]), Dice::seeded(1))
}

fn claimed(channel: i64, n: usize) -> Vec<Claimed> {
    let mut ids = IdGenerator::new(0, None);
    let mut one = || {
        let id = MessageId(ids.next(NOW).0 + channel * 1_000);
        let deadline = NOW + Duration::from_hours(12);
        let message = Message::accepted(id, ACCOUNT, ChannelId(channel), RecipientKey(4), deadline);
        let address = "441234567890".to_owned();
        let body = Body { input: address.clone(), address, payload: Vec::new(), opaque: None };
        Claimed { message, body, person: Person::default(), pair: Pair::FRESH }
    };
    (0..n).map(|_| one()).collect()
}

fn begun(rows: &[Claimed]) -> Begun {
    let sending = |row: &Claimed| Message { state: State::Sending, attempts: 1, ..row.message.clone() };
    let messages = rows.iter().map(sending).collect();
    Begun { messages, every: Duration::from_millis(10), ..Begun::default() }
}

fn claims(commands: &[Command]) -> Vec<(i64, usize)> {
    let claim = |command: &Command| match command {
        Command::Store(Work::Claim { channel, limit, .. }) => Some((channel.0, *limit)),
        _ => None,
    };
    commands.iter().filter_map(claim).collect()
}

fn departures(commands: Vec<Command>) -> Vec<(Timestamp, MessageId)> {
    let sent = |command| match command {
        Command::Send(departures) => departures,
        Command::Store(_) | Command::Unmark(_) => Vec::new(),
    };
    commands.into_iter().flat_map(sent).map(|(at, departure)| (at, departure.id)).collect()
}

/// Claims and begins `n` messages of a channel; what leaves.
fn send(
    dispatcher: &mut Dispatcher,
    facts: &Snapshot,
    channel: i64,
    n: usize,
) -> Vec<(Timestamp, MessageId)> {
    let rows = claimed(channel, n);
    let channel = ChannelId(channel);
    let _ = dispatcher.step(NOW, facts, vec![Input::Woken(Some(channel))]);
    let step = dispatcher.step(NOW, facts, vec![Input::Claimed(channel, rows.clone(), None)]);
    assert!(matches!(step.commands[..], [Command::Store(Work::Begin(_))]), "{:?}", step.commands);
    departures(dispatcher.step(NOW, facts, vec![Input::Begun(channel, begun(&rows))]).commands)
}

#[test]
fn every_channel_that_is_due_claims_once_and_leaves_room_for_the_next() {
    let facts = facts(3, 1_000);
    let mut dispatcher = dispatcher(40);
    let step = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    assert_eq!(claims(&step.commands), [(1, 20), (2, 10), (3, 5)]);
    let again = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    assert!(again.commands.is_empty(), "one claim of a channel at a time");
}

#[test]
fn a_claim_is_for_a_moment_of_real_time() {
    for (speed, rate_per_s, expected) in [(1, 80, 3), (1, 1, 2), (600, 2, 31), (600, 10, 151)] {
        let limits = Limits { ahead: Limits::default().ahead * speed, ..Limits::default() };
        let mut dispatcher = Dispatcher::new(limits, WamidKey([1; 16]), Dice::seeded(1));
        let step = dispatcher.step(NOW, &facts(1, rate_per_s), vec![Input::Woken(None)]);
        assert_eq!(
            claims(&step.commands),
            [(1, expected)],
            "{rate_per_s}/s at {speed} times the speed of life"
        );
    }
}

#[test]
fn only_what_was_begun_leaves_and_at_the_channels_pace() {
    let facts = facts(1, 100);
    let mut dispatcher = dispatcher(100);
    let rows = claimed(1, 3);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Claimed(ChannelId(1), rows.clone(), None)]);
    let granted = Begun { over_rate: vec![rows[2].message.id], ..begun(&rows[..2]) };
    let step = dispatcher.step(NOW, &facts, vec![Input::Begun(ChannelId(1), granted)]);
    let left = departures(step.commands);
    let expected = [(NOW, rows[0].message.id), (NOW + Duration::from_millis(10), rows[1].message.id)];
    assert_eq!(left, expected);
}

#[test]
fn a_channel_without_room_waits_for_a_booking_and_delays_no_other() {
    let facts = facts(2, 1_000);
    let mut dispatcher = dispatcher(4);
    let left = send(&mut dispatcher, &facts, 1, 2);
    let step = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    assert_eq!(claims(&step.commands), [(2, 1)], "the second channel has room, the first has had its half");
    let outcome = Outcome::Taken { upstream_id: "x".to_owned(), held: false };
    let _ = dispatcher.step(NOW, &facts, vec![Input::Answered(left[0].1, outcome)]);
    let later = NOW + Duration::from_millis(5);
    let step = dispatcher.step(later, &facts, Vec::new());
    assert!(matches!(&step.commands[..], [Command::Store(Work::Record(rows))] if rows[0].next == Next::Done));
    let step = dispatcher.step(later, &facts, vec![Input::Recorded]);
    assert_eq!(claims(&step.commands), [(1, 1)]);
}

#[test]
fn a_begin_nobody_knows_of_is_called_off_before_its_channel_goes_on() {
    let facts = facts(1, 100);
    let mut dispatcher = dispatcher(100);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Claimed(ChannelId(1), claimed(1, 1), None)]);
    let step = dispatcher.step(NOW, &facts, vec![Input::BeginFailed(ChannelId(1))]);
    assert!(departures(step.commands).is_empty());
    let later = NOW + Duration::from_mins(1);
    let step = dispatcher.step(later, &facts, vec![Input::Woken(None)]);
    let [Command::Store(Work::Record(rows))] = &step.commands[..] else { panic!("{:?}", step.commands) };
    assert_eq!((rows[0].attempt, &rows[0].outcome), (1, &Outcome::NotSent { why: NotSent::NeverWritten }));
    let step = dispatcher.step(later, &facts, vec![Input::RecordFailed]);
    assert!(claims(&step.commands).is_empty(), "not before it is settled");
    let again = later + STORE_REST + Duration::from_millis(5);
    let _ = dispatcher.step(again, &facts, Vec::new());
    let step = dispatcher.step(again, &facts, vec![Input::Recorded]);
    assert!(matches!(step.commands[0], Command::Store(Work::Release(..))));
    assert_eq!(claims(&step.commands).len(), 1);
}

/// A machine that slept between the decision and the commit of the begin, or between that and the request.
#[test]
fn what_was_decided_about_too_long_ago_does_not_leave() {
    let facts = facts(1, 100);
    for (slept_s, leaves) in [(0, true), (59, true), (60, false), (7_200, false)] {
        let mut dispatcher = dispatcher(100);
        let rows = claimed(1, 1);
        let channel = ChannelId(1);
        let _ = dispatcher.step(NOW, &facts, vec![Input::Woken(Some(channel))]);
        let _ = dispatcher.step(NOW, &facts, vec![Input::Claimed(channel, rows.clone(), None)]);
        let later = NOW + Duration::from_secs(slept_s);
        let step = dispatcher.step(later, &facts, vec![Input::Begun(channel, begun(&rows))]);
        if leaves {
            let Command::Send(departures) = &step.commands[0] else { panic!("{:?}", step.commands) };
            let departure = &departures[0].1;
            assert!(!departure.is_too_late(NOW + Duration::from_millis(59_999)), "after {slept_s} s");
            assert!(departure.is_too_late(NOW + Duration::from_mins(1)), "after {slept_s} s");
            continue;
        }
        assert!(departures(step.commands).is_empty(), "after {slept_s} s");
        let step = dispatcher.step(later + Duration::from_millis(5), &facts, Vec::new());
        let [Command::Store(Work::Record(rows))] = &step.commands[..] else { panic!("{:?}", step.commands) };
        assert_eq!(rows[0].outcome, Outcome::NotSent { why: NotSent::NeverWritten });
    }
}

#[test]
fn told_to_stop_it_releases_what_it_claimed_and_books_what_has_left() {
    let facts = facts(2, 100);
    let mut dispatcher = dispatcher(100);
    let left = send(&mut dispatcher, &facts, 1, 1);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Woken(None)]);
    let _ = dispatcher.step(NOW, &facts, vec![Input::Stop, Input::Claimed(ChannelId(1), Vec::new(), None)]);
    let step = dispatcher.step(NOW, &facts, vec![Input::Claimed(ChannelId(2), claimed(2, 2), None)]);
    assert!(matches!(&step.commands[..], [Command::Store(Work::Release(_, ids))] if ids.len() == 2));
    assert!(!dispatcher.is_done(), "a request is still under way");
    let outcome = Outcome::Ambiguous { why: Ambiguous::Reset };
    let step = dispatcher.step(NOW, &facts, vec![Input::Answered(left[0].1, outcome)]);
    assert!(
        matches!(step.commands[..], [Command::Store(Work::Record(_))]),
        "at once: there is no company to wait for"
    );
    let _ = dispatcher.step(NOW, &facts, vec![Input::Recorded]);
    assert!(dispatcher.is_done());
}

#[test]
fn a_refused_mark_is_the_upstreams_affair_and_the_message_goes_again() {
    let facts = facts(1, 100);
    let mut dispatcher = dispatcher(100);
    let left = send(&mut dispatcher, &facts, 1, 1);
    let details = "(#100) Unexpected key \"biz_opaque_callback_data\" on param \"root\"".to_owned();
    let outcome = Outcome::Refused { code: 100, http: 400, details, retry_after: None };
    let step = dispatcher.step(NOW, &facts, vec![Input::Answered(left[0].1, outcome)]);
    assert!(matches!(step.commands[..], [Command::Unmark(ChannelId(1))]));
    let step = dispatcher.step(NOW + Duration::from_millis(5), &facts, Vec::new());
    let [Command::Store(Work::Record(rows))] = &step.commands[..] else { panic!("{:?}", step.commands) };
    assert_eq!(rows[0].next, Next::Retry { after: UNMARKED_AFTER, reason: WaitKind::Retry });
}

/// What becomes of one claimed message of a gateway.
fn looked_at(dispatcher: &mut Dispatcher, facts: &Snapshot, row: Claimed) -> Command {
    let channel = row.message.channel;
    let _ = dispatcher.step(NOW, facts, vec![Input::Woken(Some(channel))]);
    let mut step = dispatcher.step(NOW, facts, vec![Input::Claimed(channel, vec![row], None)]);
    step.commands.remove(0)
}

#[test]
fn what_a_persons_budgets_do_not_allow_waits_or_is_stopped() {
    let facts = facts(1, 100);
    let row = |person: Person, pair: Pair| {
        let row = claimed(1, 1).remove(0);
        let message = Message { category: Some(Category::Marketing), ..row.message };
        Claimed { message, person, pair, ..row }
    };
    let hours = Duration::from_hours;
    let twice = Ring::of([NOW - hours(20), NOW - hours(1)]);
    let week = Ring::of((1..=6).map(|day| NOW - hours(24 * day)));
    let lost = Undeliverable { at: NOW - hours(1), times: 1 };
    let usual = Person::default;
    for (row, expected) in [
        (row(usual(), Pair::burst(NOW - hours(1), 610)), "Postpone until 1m0s, pair"),
        (row(Person { marketing: twice, ..usual() }, Pair::FRESH), "Postpone until 4h0m, cap"),
        (row(Person { marketing: week, ..usual() }, Pair::FRESH), "Drop 131049"),
        (row(Person { undeliverable: Some(lost), ..usual() }, Pair::FRESH), "Drop 131026"),
    ] {
        let Command::Store(Work::Decide(_, decisions)) = looked_at(&mut dispatcher(9), &facts, row) else {
            panic!("{expected}");
        };
        match &decisions[..] {
            [(_, QueueDecision::Postpone { until, wait, .. })] => {
                let after = match until.since(NOW).as_secs() {
                    60 => "1m0s",
                    14_400 => "4h0m",
                    _ => "another time",
                };
                assert_eq!(format!("Postpone until {after}, {}", wait.as_str()), expected);
            }
            [(_, QueueDecision::Drop { code, .. })] => assert_eq!(format!("Drop {code}"), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_begin_says_what_it_is_debited_from() {
    let begin = |facts: &Snapshot| {
        let Command::Store(Work::Begin(begin)) =
            looked_at(&mut dispatcher(9), facts, claimed(1, 1).remove(0))
        else {
            panic!("a begin");
        };
        begin
    };
    let unlimited = begin(&facts(1, 100));
    assert_eq!(unlimited.limits, PersonLimits { has_pair: true, caps: Caps::GATEWAY });
    assert_eq!(unlimited.portfolio, None, "no limit, nothing counted");
    let mut registry = registry(1, 100);
    let (kind, value) = (DocumentKind::MessagingLimit, "\"TIER_250\"".to_owned());
    registry.documents.push(Document { account: ACCOUNT, channel: None, kind, value });
    let portfolio = begin(&Snapshot::new(registry.clone())).portfolio.expect("a limit");
    assert_eq!((portfolio.people_max, portfolio.people.len()), (250, 1));
    registry.channels[0].character = Character::Twin;
    let twin = begin(&Snapshot::new(registry));
    assert_eq!((twin.limits, twin.portfolio), (PersonLimits::default(), None), "the network refuses for it");
}

/// Marketing of which more waits than the claim had room for.
#[test]
fn what_competes_is_planned_unless_no_window_is_kept() {
    for (window_max, plans) in [(200_000, true), (0, false)] {
        let (facts, channel) = (facts(1, 100), ChannelId(1));
        let minds = Arc::new(Minds::default());
        minds.teach(ACCOUNT, |_| ());
        let limits = Limits { window_max, ..Limits::default() };
        let mut dispatcher = Dispatcher::new(limits, WamidKey([1; 16]), Dice::seeded(1)).with_minds(minds);
        let asked = claims(&dispatcher.step(NOW, &facts, vec![Input::Woken(Some(channel))]).commands);
        let mut rows = claimed(1, asked[0].1);
        for row in &mut rows {
            row.message.route = Route::Optimised;
        }
        let step = dispatcher.step(NOW, &facts, vec![Input::Claimed(channel, rows, None)]);
        let is_plan = |command: &Command| matches!(command, Command::Store(Work::Plan(_)));
        assert_eq!(step.commands.iter().any(is_plan), plans, "a window of {window_max}");
    }
}
