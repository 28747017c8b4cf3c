//! What is judged, and what never is: chance, youth, and what may not be learnt from.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::id::{AccountId, ChannelId, MessageId, RecipientKey};
use crate::message::{Message, State};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn message(sharing: bool) -> Message {
    let id = MessageId::first_at(NOW);
    let (account, channel) = (AccountId(1), ChannelId(2));
    let deadline = NOW + Duration::from_hours(24);
    Message { sharing, attempts: 1, ..Message::accepted(id, account, channel, RecipientKey(3), deadline) }
}

/// The reception after one message went through these rows.
fn after(reception: Reception, rows: &[Message]) -> Reception {
    let moves = rows.windows(2);
    moves.fold(reception, |reception, pair| reception.moved(&pair[0], &pair[1], NOW).unwrap_or(reception))
}

fn judged(reception: &Reception, others: &Reception) -> Option<Fault> {
    fault_of(&Rules::default(), reception, others, Quality::Unknown).map(|(fault, _)| fault)
}

fn account(rate: f64) -> Reception {
    Reception { at: NOW, shared: 2_000.0, delivered: 2_000.0, read: 2_000.0 * rate, ..Reception::default() }
}

#[test]
fn each_message_counts_once_whatever_the_order_of_its_statuses() {
    let new = message(true);
    let sent = Message { state: State::Sent, taken_at: Some(NOW), ..new.clone() };
    let read = Message { state: State::Read, read_at: Some(NOW), ..sent.clone() };
    let late = Message { delivered_at: Some(NOW), ..read.clone() };
    for rows in
        [vec![new.clone(), sent.clone(), read.clone(), late.clone()], vec![new.clone(), late.clone(), late]]
    {
        let reception = after(Reception { at: NOW, ..Reception::default() }, &rows);
        assert_eq!(
            (reception.taken, reception.delivered, reception.shared, reception.read, reception.ever),
            (1.0, 1.0, 1.0, 1.0, 1)
        );
    }
}

#[test]
fn reads_of_what_is_not_shared_change_nothing_but_failures_do() {
    let new = message(false);
    let read = Message { state: State::Read, taken_at: Some(NOW), read_at: Some(NOW), ..new.clone() };
    let reception = after(Reception { at: NOW, ..Reception::default() }, &[new.clone(), read]);
    assert_eq!(
        (reception.shared, reception.read, reception.exposed(), reception.delivered),
        (0.0, 0.0, 0.0, 1.0)
    );
    let failed = |code| Message { state: State::Failed, code: Some(code), ..new.clone() };
    for (code, counts) in [(131_026, 1.0), (132_000, 1.0), (131_049, 0.0), (131_050, 0.0), (130_472, 0.0)] {
        let reception = after(Reception { at: NOW, ..Reception::default() }, &[new.clone(), failed(code)]);
        assert_eq!(reception.failed, counts, "{code}");
    }
    let unsent = Message { attempts: 0, ..failed(132_001) };
    assert_eq!(
        after(Reception::default(), &[Message { attempts: 0, ..new }, unsent]).failed,
        0.0,
        "never left us"
    );
}

#[test]
fn a_young_campaign_is_not_judged_for_what_nobody_had_time_to_read() {
    let usual = account(0.6);
    let sent = Reception { at: NOW, shared: 400.0, fresh: [400.0; 3], ..Reception::default() };
    assert_eq!(judged(&sent, &usual), None, "just delivered");
    assert_eq!(judged(&sent.at(NOW + Duration::from_hours(2)), &usual), Some(Fault::Reads));
    // One that is read as fast as the curve says, at the account's rate, never is.
    for minutes in [1, 5, 15, 30, 60, 180, 1_000] {
        let aged = sent.at(NOW + Duration::from_mins(minutes));
        let read = Reception { read: aged.exposed() * 0.55, ..aged };
        assert_eq!(judged(&read, &usual), None, "after {minutes} minutes");
    }
}

#[test]
fn without_anything_to_compare_with_reads_are_not_judged() {
    let unread = Reception { at: NOW, shared: 5_000.0, ..Reception::default() };
    assert_eq!(judged(&unread, &Reception { shared: 100.0, read: 90.0, ..Reception::default() }), None);
    assert_eq!(judged(&unread, &account(0.6)), Some(Fault::Reads));
}

#[test]
fn a_red_score_is_the_only_word_of_blocks() {
    let fault = fault_of(&Rules::default(), &Reception::default(), &Reception::default(), Quality::Red);
    assert_eq!(fault.map(|(fault, _)| fault), Some(Fault::Blocks));
}

proptest! {
    /// What is bad stays bad with more of the same, what is clean is never held, and more messages only make surer.
    #[test]
    fn more_harm_is_never_judged_milder(delivered in 30.0..20_000.0_f64, share in 0.0..0.2_f64) {
        let seen = |scale: f64, share: f64| {
            let delivered = delivered * scale;
            Reception { taken: delivered, delivered, opted_out: delivered * share, ..Reception::default() }
        };
        let is_held = judged(&seen(1.0, share), &Reception::default()).is_some();
        if is_held {
            prop_assert!(share > 0.02, "held at {share}, below its bound");
            prop_assert!(judged(&seen(1.0, share + 0.05), &Reception::default()).is_some());
            prop_assert!(judged(&seen(4.0, share), &Reception::default()).is_some());
        }
        prop_assert_eq!(judged(&seen(1.0, 0.02), &Reception::default()), None);
    }

    /// A template that behaves like the rest of its account is held by chance at most as often as the confidence allows,
    /// and its counts stay finite and in order.
    #[test]
    fn counts_fade_and_never_contradict_each_other(
        gaps in proptest::collection::vec((0_u64..100_000, 0_u8..4), 1..200),
    ) {
        let (mut reception, mut now) = (Reception { at: NOW, ..Reception::default() }, NOW);
        for (secs, what) in gaps {
            now = now + Duration::from_secs(secs);
            let new = message(true);
            let delivered = Message { delivered_at: Some(now), taken_at: Some(now), state: State::Delivered, ..new.clone() };
            let read = Message { read_at: Some(now), state: State::Read, ..delivered.clone() };
            reception = match what {
                0 => reception.moved(&new, &delivered, now).unwrap_or(reception),
                1 => reception.moved(&new, &read, now).unwrap_or(reception),
                2 => reception.stopped(now),
                _ => reception.at(now),
            };
            prop_assert!(reception.read <= reception.exposed() + 1e-9);
            prop_assert!(reception.exposed() <= reception.shared + 1e-9);
            prop_assert!(reception.fresh.iter().all(|fresh| *fresh >= 0.0 && *fresh <= reception.shared + 1e-9));
            prop_assert!(reception.delivered <= reception.taken + 1e-9);
        }
        let faded = reception.at(now + Duration::from_hours(24 * 365));
        prop_assert!(faded.delivered < 1e-9 && faded.ever == reception.ever);
    }

    #[test]
    fn slots_are_in_order_and_no_faster_than_the_spread(n in 0_u32..2_000) {
        let rules = Rules::default();
        let (one, next) = (slot(&rules, NOW, n), slot(&rules, NOW, n + 1));
        prop_assert!(one <= next && next <= NOW + rules.spread);
        let gap = rules.spread / rules.first_messages;
        prop_assert!(n >= 500 || next.since(one) + Duration::from_millis(1) >= gap);
    }
}
