//! People: who gets what, when, and who does not, over many numbers.

use std::time::Duration;

use proptest::prelude::*;
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;
use stentor_simnet::{NetEvent, Network, NetworkConfig, People, Reply, Submission, Ticks};

use crate::{DAY, START, codes, drain, ideal, marketing, refusal, words};

fn with(people: People) -> Network {
    Network::new(NetworkConfig { people, throughput_per_sec: 1_000_000, ..NetworkConfig::default() })
}

proptest! {
    #[test]
    fn an_online_person_gets_it_in_time(number in 60_000_000_000_u64..66_000_000_000, seed: u64, minute in 0_u64..1_440) {
        let people = People { has_habits: true, ..People::ideal() };
        for (route, limit) in [(Route::Classic, 5), (Route::Optimised, 8)] {
            let mut network = Network::new(NetworkConfig { seed, people, ..NetworkConfig::default() });
            let now = START + Duration::from_secs(minute * 60);
            let to = number.to_string();
            let _ = network.send(now, Submission { route, ..marketing(&to) });
            let events = drain(&mut network, now + Duration::from_secs(limit));
            prop_assert_eq!(words(&events).first().copied(), Some("sent"));
            // The phone tells, not the status: delivered may be skipped when it is read at once.
            let shown = network.inbox(&to, 1);
            prop_assert!(matches!(shown[0].ticks, Ticks::Two | Ticks::Blue), "{:?} {:?}", route, shown);
        }
    }

    #[test]
    fn statuses_of_calm_people_never_go_back(number in 60_000_000_000_u64..99_000_000_000, seed: u64) {
        let mut network = Network::new(NetworkConfig { seed, ..NetworkConfig::default() });
        let _ = network.send(START, marketing(&number.to_string()));
        let events = drain(&mut network, START + DAY * 31);
        let statuses: Vec<_> = events.iter().filter_map(|event| match event {
            NetEvent::Status(status) => Some((status.at, status.kind.as_str())),
            _ => None,
        }).collect();
        prop_assert!(!statuses.is_empty());
        let rank = |word| ["sent", "delivered", "read", "failed"].iter().position(|w| *w == word);
        for pair in statuses.windows(2) {
            prop_assert!(pair[0].0 <= pair[1].0 && rank(pair[0].1) < rank(pair[1].1), "{:?}", statuses);
        }
    }
}

#[test]
fn a_crowd_is_as_it_says() {
    let mut network = with(People::default());
    let mut failed = std::collections::BTreeMap::new();
    let crowd = 20_000_u64;
    for i in 0..crowd {
        let _ = network.send(START, marketing(&(919_800_000_000 + i * 37).to_string()));
    }
    let events = drain(&mut network, START + DAY * 5);
    for code in codes(&events) {
        *failed.entry(code).or_insert(0_u64) += 1;
    }
    let share = |n: u64| n as f64 / crowd as f64;
    for (code, expected) in [(131_026, 0.02), (131_050, 0.01), (130_472, 0.01), (131_049, 0.03)] {
        let share = share(failed[&code]);
        assert!((expected * 0.7..expected * 1.3).contains(&share), "{code}: {share}");
    }
    let count = |word: &str| words(&events).iter().filter(|w| **w == word).count() as u64;
    assert!(share(count("sent")) > 0.9);
    assert!(share(count("delivered")) > 0.85, "{}", share(count("delivered")));
    assert!((0.3..0.7).contains(&share(count("read"))), "{}", share(count("read")));
    // Some phones are off: what was sent at eight in the morning goes on arriving for hours.
    let late = events.iter().filter(|event| {
        matches!(event, NetEvent::Status(s) if s.kind.as_str() == "delivered" && s.at.since(START) > Duration::from_secs(3_600))
    });
    assert!(late.count() as f64 > crowd as f64 * 0.01);
}

#[test]
fn reading_follows_the_hour_of_the_day() {
    let read_within_two_hours = |utc_hour: u64| {
        let people = People { has_habits: true, ..People::ideal() };
        let mut network = with(people);
        let now = Timestamp::from_millis(START.millis() / 86_400_000 * 86_400_000)
            + Duration::from_secs(utc_hour * 3_600);
        for i in 0..2_000_u64 {
            let _ = network.send(now, marketing(&(447_300_000_000 + i).to_string()));
        }
        words(&drain(&mut network, now + Duration::from_secs(7_200))).iter().filter(|w| **w == "read").count()
    };
    let (night, evening) = (read_within_two_hours(2), read_within_two_hours(19));
    assert!(evening > night * 3, "night {night}, evening {evening}");
}

#[test]
fn rules_depend_on_where_people_are() {
    let outcome = |to: &str, from: &str, category| {
        let mut network = with(People { capped: 1.0, ..People::ideal() });
        let submission = Submission {
            from: from.to_owned(),
            category: Some(category),
            route: Route::Classic,
            ..marketing(to)
        };
        let _ = network.send(START, submission);
        codes(&drain(&mut network, START + DAY)).first().copied()
    };
    use Category::{Marketing, Utility};
    let us = "12025550199";
    for (to, from, category, expected) in [
        (us, "15550783881", Marketing, Some(131_049)),
        (us, "4930123456", Marketing, Some(131_049)),
        (us, "15550783881", Utility, None),
        ("14165550199", "15550783881", Marketing, Some(131_049)), // Canada: only the (full) limit
        ("919812345678", "15550783881", Marketing, Some(131_049)),
        ("919812345678", "15550783881", Utility, None),
        ("919812345678", "447911123456", Marketing, None), // the sender's region counts, too
        ("4915112345678", "15550783881", Marketing, None),
        ("447911123456", "15550783881", Marketing, None),
        ("819012345678", "15550783881", Marketing, None),
        ("821012345678", "15550783881", Marketing, None),
    ] {
        assert_eq!(outcome(to, from, category), expected, "{to} from {from}, {category:?}");
    }
    let mut network = ideal(0);
    let _ = network.send(START, Submission { route: Route::Classic, ..marketing("14165550199") });
    assert_eq!(codes(&drain(&mut network, START + DAY)), [] as [u32; 0], "Canada is not the US");
}

#[test]
fn addresses_are_named_as_whatsapp_names_them() {
    for (to, wa_id, code) in [
        ("+55 (11) 8765-4321", "5511987654321", None),
        ("DE.13491208655302741918", "DE.13491208655302741918", None),
        ("15555550123", "15555550123", Some(131_026)), // an area code nobody has
    ] {
        let mut network = with(People { has_borders: true, ..People::ideal() });
        let answer = network.send(START, marketing(to));
        let Reply::Accepted { wa_id: named, .. } = answer.reply else { panic!("{answer:?}") };
        assert_eq!(named, wa_id);
        assert_eq!(codes(&drain(&mut network, START + DAY)).first().copied(), code, "{to}");
        assert_eq!(network.inbox(to, 2).len(), 1, "{to}");
    }
}

#[test]
fn authentication_needs_a_number() {
    let mut network = with(People::ideal());
    for (category, expected) in [(Category::Authentication, Some(131_062)), (Category::Utility, None)] {
        let to_user = marketing("DE.13491208655302741918");
        let submission = Submission { category: Some(category), route: Route::Classic, ..to_user };
        assert_eq!(refusal(&network.send(START, submission).reply), expected, "{category:?}");
    }
}

#[test]
fn a_person_has_a_daily_limit_that_our_own_messages_use_up() {
    let mut network = with(People { has_caps: true, ..People::ideal() });
    let mut send = |at: Timestamp| {
        let _ = network.send(at, marketing("919812345678"));
        codes(&drain(&mut network, at + Duration::from_secs(60)))
    };
    let refused = (0..10).filter(|i| !send(START + Duration::from_secs(i * 90)).is_empty()).count();
    assert!((2..=8).contains(&refused), "{refused} of 10");
    // Insisting closes the next day, too; the one after is open again.
    assert_eq!(send(START + DAY), [131_049]);
    assert_eq!(send(START + DAY * 3), [] as [u32; 0]);
}

#[test]
fn free_form_messages_need_a_window_that_an_answer_opens() {
    let mut network = with(People::ideal());
    let service =
        Submission { category: None, template: None, route: Route::Classic, ..marketing("919812345678") };
    let _ = network.send(START, service.clone());
    assert_eq!(codes(&drain(&mut network, START + Duration::from_secs(60))), [131_047]);
    let _ = network.send(START, Submission { service_window_open: true, ..service.clone() });
    let events = drain(&mut network, START + Duration::from_secs(120));
    let NetEvent::Status(sent) = &events[0] else { panic!("{events:?}") };
    let pricing = sent.pricing.expect("priced");
    assert_eq!(
        (pricing.billable, pricing.kind, pricing.category),
        (false, "free_customer_service", "service")
    );

    let mut network = with(People { answers: 1.0, ..People::ideal() });
    let _ = network.send(START, marketing("919812345678"));
    let answered = drain(&mut network, START + Duration::from_secs(180));
    assert!(answered.iter().any(|event| matches!(event, NetEvent::Inbound(_))), "{answered:?}");
    let day_later = START + Duration::from_secs(86_000);
    let _ = network.send(day_later, service.clone());
    assert_eq!(codes(&drain(&mut network, START + DAY)), [] as [u32; 0]);
    let _ = network.send(START + DAY * 2, service);
    assert_eq!(codes(&drain(&mut network, START + DAY * 3)), [131_047], "closed after 24 h");
}

#[test]
fn expiry_is_silent_and_the_time_to_live_is_the_routes() {
    let half_a_day = Some(Duration::from_secs(43_200));
    for (route, category, expected) in [
        (Route::Optimised, Category::Marketing, vec!["sent"]),
        (Route::Classic, Category::Marketing, vec!["sent", "delivered", "read"]),
        (Route::Classic, Category::Utility, vec!["sent"]),
    ] {
        let mut network = with(People::default());
        let submission =
            Submission { route, category: Some(category), ttl: half_a_day, ..marketing("447700900013") };
        let _ = network.send(START, submission);
        let events = drain(&mut network, START + DAY * 31);
        assert_eq!(words(&events), expected, "{route:?} {category:?}");
        assert_eq!(network.stats().pending, 0, "forgotten");
    }
}

#[test]
fn prices_show_the_route_once_on_sent_and_once_later() {
    for (route, category) in [(Route::Optimised, "marketing_lite"), (Route::Classic, "marketing")] {
        let mut network = with(People::ideal());
        let _ = network.send(START, Submission { route, ..marketing("919812345678") });
        let priced: Vec<_> = drain(&mut network, START + DAY)
            .into_iter()
            .filter_map(|event| match event {
                NetEvent::Status(status) => {
                    Some((status.kind.as_str(), status.pricing?, status.conversation?))
                }
                _ => None,
            })
            .collect();
        assert_eq!(priced.iter().map(|p| p.0).collect::<Vec<_>>(), ["sent", "delivered"]);
        for (word, pricing, conversation) in priced {
            assert_eq!((pricing.billable, pricing.model, pricing.kind), (true, "PMP", "regular"));
            assert_eq!((pricing.category, conversation.origin), (category, category));
            assert_eq!(conversation.expires_at.is_some(), word == "sent");
        }
    }
}

#[test]
fn somebody_who_blocks_is_not_reached_any_more() {
    let mut network = with(People { blocks: 1.0, ..People::ideal() });
    let _ = network.send(START, marketing("919812345678"));
    assert_eq!(words(&drain(&mut network, START + DAY)), ["sent", "delivered", "read"]);
    let _ = network.send(START + DAY * 2, marketing("919812345678"));
    assert_eq!(words(&drain(&mut network, START + DAY * 40)), ["sent"]);
}
