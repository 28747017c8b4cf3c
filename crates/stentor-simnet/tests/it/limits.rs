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
