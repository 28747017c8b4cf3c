//! The messaging limit of a business: people within 24 hours, outside their windows, over all its accounts.

use std::collections::HashMap;

use stentor_core::messaging_limit::Tier;
use stentor_simnet::Submission;

use crate::{DAY, START, codes, drain, ideal, marketing};

#[test]
fn a_business_begins_with_so_many_people_a_day_over_all_its_accounts() {
    let mut network = ideal(1);
    let place = |account: &str| (account.to_owned(), ("9".to_owned(), Tier::T250));
    network.set_messaging_limits(HashMap::from([place("102290129340398"), place("2")]));
    let to = |n: u32| format!("4479460{n:05}");
    for n in 0..250 {
        let account = if n % 2 == 0 { "2" } else { "102290129340398" };
        let _ = network.send(START, Submission { account: account.to_owned(), ..marketing(&to(n)) });
    }
    assert_eq!(codes(&drain(&mut network, START + DAY / 2)), [0_u32; 0]);
    let later = START + DAY / 2;
    // Somebody who is counted, somebody with an open window, and an account of another business cost nothing.
    let _ = network.send(later, marketing(&to(0)));
    let _ = network.send(later, Submission { service_window_open: true, ..marketing(&to(300)) });
    let _ = network.send(later, Submission { account: "3".to_owned(), ..marketing(&to(301)) });
    let _ = network.send(later, marketing(&to(302)));
    assert_eq!(codes(&drain(&mut network, later + DAY / 4)), [131_048], "the 251st person of the day");
    let _ = network.send(START + DAY, marketing(&to(303)));
    assert_eq!(codes(&drain(&mut network, START + DAY * 2)), [0_u32; 0], "a day later there is room");
}

#[test]
fn a_held_message_counts_when_it_leaves() {
    let mut network = ideal(1);
    let place = ("9".to_owned(), Tier::T250);
    network.set_messaging_limits(HashMap::from([("102290129340398".to_owned(), place)]));
    let to = |n: u32| format!("4479460{n:05}");
    let held = "447700900061";
    for n in 0..249 {
        let _ = network.send(START, marketing(&to(n)));
    }
    let _ = network.send(START, marketing(held));
    let (minute, account) = (std::time::Duration::from_mins(1), "102290129340398");
    assert_eq!(network.people_begun(START, account), Some(249), "it has not left");
    assert_eq!(codes(&drain(&mut network, START + minute * 2)), [0_u32; 0]);
    assert_eq!(network.people_begun(START + minute * 2, account), Some(250));
    let _ = network.send(START + minute * 2, marketing(&to(249)));
    assert_eq!(codes(&drain(&mut network, START + DAY)), [131_048]);
    // A day later: held while there is room, and there is none when it leaves.
    let later = START + DAY * 2;
    let _ = network.send(later, marketing(held));
    for n in 0..250 {
        let _ = network.send(later, marketing(&to(n)));
    }
    assert_eq!(codes(&drain(&mut network, later + minute * 2)), [131_048]);
}
