//! Faults: limits, profiles, and what stays bounded.

use std::time::Duration;

use stentor_core::time::Timestamp;
use stentor_simnet::journal::{Record, Said};
use stentor_simnet::{Network, NetworkConfig, People, Profile, Reply};

use crate::{START, codes, drain, ideal, marketing, refusal, words};

fn number(i: u64) -> String {
    (919_800_000_000 + i).to_string()
}

#[test]
fn a_number_has_a_throughput() {
    let mut network = Network::new(NetworkConfig { people: People::ideal(), ..NetworkConfig::default() });
    let mut refused_at = |now: Timestamp| {
        (0..100)
            .filter(|i| refusal(&network.send(now, marketing(&number(*i))).reply) == Some(130_429))
            .count()
    };
    assert_eq!(refused_at(START), 20);
    assert_eq!(refused_at(START + Duration::from_millis(500)), 60);
    network.set_profile(Profile::named("throttled").expect("named"));
    let later = START + Duration::from_secs(60);
    let replies: Vec<_> = (0..10).map(|i| network.send(later, marketing(&number(i))).reply).collect();
    assert_eq!(replies.iter().filter(|reply| refusal(reply).is_none()).count(), 5);
    let Reply::Refused { http: 400, retry_after: Some(wait), .. } = replies[9] else { panic!("{replies:?}") };
    assert!(
        refusal(&network.send(later + wait, marketing(&number(99))).reply).is_none(),
        "Retry-After is enough"
    );
}

#[test]
fn a_pair_has_a_limit_where_the_profile_says_so() {
    let mut network = ideal(0);
    network.set_profile(Profile { pair_limit: true, ..Profile::default() });
    let mut send = |at: Timestamp| refusal(&network.send(at, marketing(&number(1))).reply);
    assert!((0..45).all(|_| send(START).is_none()));
    assert_eq!(send(START), Some(131_056));
    // What was borrowed at once is paid back whole: 45 messages, 45 times 6 seconds.
    assert_eq!(send(START + Duration::from_secs(269)), Some(131_056));
    assert_eq!(send(START + Duration::from_secs(270)), None);
    assert_eq!(send(START + Duration::from_secs(270)), None);
}

#[test]
fn replies_fail_as_often_as_the_profile_says() {
    for (field, seen) in [
        ("error_5xx", (true, false)),
        ("error_5xx_taken", (true, true)),
        ("lost_reply_taken", (true, true)),
        ("lost_reply_not_taken", (true, false)),
        ("reset_taken", (true, true)),
        ("reset_not_taken", (true, false)),
    ] {
        let mut network = ideal(3);
        network.set_profile(Profile::parse(&format!("{{\"{field}\":0.25}}")).expect(field));
        let answers: Vec<_> = (0..2_000).map(|i| network.send(START, marketing(&number(i)))).collect();
        let disturbed: Vec<_> =
            answers.iter().filter(|a| !matches!(a.reply, Reply::Accepted { .. })).collect();
        assert!((400..600).contains(&disturbed.len()), "{field}: {}", disturbed.len());
        assert!(disturbed.iter().all(|a| (true, a.taken.is_some()) == seen), "{field}");
        let taken = answers.iter().filter(|a| a.taken.is_some()).count();
        let events = drain(&mut network, START + Duration::from_secs(60));
        assert_eq!(
            words(&events).iter().filter(|w| **w == "read").count(),
            taken,
            "{field}: what is taken arrives"
        );
    }
}

#[test]
fn statuses_suffer_as_the_profile_says() {
    let count = |json: &str, word: &str| {
        let mut network = ideal(4);
        network.set_profile(Profile::parse(json).expect(json));
        for i in 0..1_000 {
            let _ = network.send(START, marketing(&number(i)));
        }
        let events = drain(&mut network, START + Duration::from_secs(7_200));
        words(&events).iter().filter(|w| **w == word).count()
    };
    assert_eq!(count(r#"{"status_lost":1}"#, "read"), 0);
    assert!((400..600).contains(&count(r#"{"status_lost":0.5}"#, "read")));
    assert_eq!(count(r#"{"status_duplicate":1}"#, "delivered"), 2_000);
    let mut network = ideal(4);
    network.set_profile(Profile::parse(r#"{"status_reorder":1}"#).expect("profile"));
    let _ = network.send(START, marketing(&number(1)));
    assert_ne!(words(&drain(&mut network, START + Duration::from_secs(60))), ["sent", "delivered", "read"]);
}

#[test]
fn what_is_down_comes_back_with_everything() {
    let mut network = ideal(0);
    let _ = network.send(START, marketing(&number(1)));
    network.set_profile(Profile::named("down").expect("named"));
    let answer = network.send(START, marketing(&number(2)));
    assert_eq!((answer.reply, answer.taken), (Reply::Reset, None));
    let later = START + Duration::from_secs(600);
    assert_eq!((network.due(later, 100), network.next_due()), (Vec::new(), None));
    network.set_profile(Profile::default());
    assert!(network.next_due().is_some());
    assert_eq!(words(&network.due(later, 100)), ["sent", "delivered", "read"]);
}

#[test]
fn any_error_can_be_rehearsed() {
    let mut network = ideal(0);
    let profile = r#"{"inject":[{"at":"reply","code":131016,"probability":1,"http":500}]}"#;
    network.set_profile(Profile::parse(profile).expect("profile"));
    let answer = network.send(START, marketing(&number(1)));
    assert!(matches!(answer.reply, Reply::Refused { http: 500, code: 131_016, .. }));
    network.set_profile(
        Profile::parse(r#"{"inject":[{"at":"status","code":131042,"probability":1}]}"#).expect("profile"),
    );
    let _ = network.send(START, marketing(&number(1)));
    assert_eq!(codes(&drain(&mut network, START + Duration::from_secs(60))), [131_042]);
}

#[test]
fn a_bad_profile_says_what_is_wrong() {
    for (text, expected) in [
        ("gale", "no profile is called \"gale\""),
        (r#"{"status_lost":1.5}"#, "status_lost is 1.5; allowed: 0 to 1"),
        (r#"{"status_losst":0.5}"#, "unknown field `status_losst`"),
        (r#"{"batch_max":0}"#, "batch_max is 0; allowed: 1 to 100"),
        (r#"{"batch_max":"many"}"#, "invalid type: string \"many\""),
        (r#"{"throttle_per_sec":0}"#, "throttle_per_sec is 0; allowed: 1 or more, or null"),
        (r#"{"reply_ms":86400001}"#, "reply_ms is 86400001; allowed: 0 to 86400000"),
        (
            r#"{"inject":[{"at":"reply","code":1,"probability":2}]}"#,
            "inject[0].probability is 2; allowed: 0 to 1",
        ),
        (r#"{"status_lost":"#, "EOF"),
    ] {
        let error = Profile::parse(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    for (name, _) in Profile::NAMED {
        let profile = Profile::parse(name).expect(name);
        assert_eq!(profile.name, name);
        assert_eq!(Profile::parse(&profile.to_json()).expect("its own JSON"), profile);
    }
}

#[test]
fn memory_is_bounded() {
    let config = NetworkConfig {
        pending_max: 10,
        inbox_max: 5,
        pairs_max: 7,
        throughput_per_sec: 1_000_000,
        people: People { blocks: 1.0, ..People::ideal() },
        ..NetworkConfig::default()
    };
    let mut network = Network::new(config);
    let refused =
        (0..30).filter(|i| refusal(&network.send(START, marketing(&number(*i))).reply).is_some()).count();
    assert_eq!((refused, network.stats().pending, network.stats().inbox), (20, 10, 5));
    let _ = drain(&mut network, START + Duration::from_secs(600));
    let stats = network.stats();
    assert_eq!((stats.pending, stats.inbox, stats.remembered), (0, 5, 7));
    assert!(network.inbox(&number(0), 1).is_empty() && network.inbox(&number(9), 1).len() == 1);
    network.reset();
    assert_eq!(network.stats(), stentor_simnet::Stats::default());
    assert_eq!(network.next_due(), None);
}

#[test]
fn the_journal_is_a_witness() {
    let mut network = ideal(0);
    for (to, said, taken) in [
        ("441234567890", Said::Accepted, true),
        ("447700900061", Said::Held, true),
        ("447700900052", Said::Lost, true),
        ("447700900053", Said::Lost, false),
        ("447700900054", Said::ServerError(500), true),
        ("447700900056", Said::Refused(130_429), false),
        ("447700900059", Said::Reset, false),
    ] {
        let submission = marketing(to);
        let answer = network.send(START, submission.clone());
        let record = Record::new(START, &submission, &answer);
        assert_eq!((record.reply, record.taken, record.id.is_some()), (said, taken, taken), "{to}");
        let line = record.to_line();
        assert!(!line.contains('\n'));
        assert_eq!(Record::parse(&line).expect("its own line"), record);
        assert!(Record::parse(&line[..line.len() / 2]).is_err(), "a torn line");
    }
}
