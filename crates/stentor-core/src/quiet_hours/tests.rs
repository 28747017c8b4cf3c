//! Nights against the definition minute by minute, and the tables of zones.

use proptest::prelude::*;

use super::areas::AREAS;
use super::countries::COUNTRIES;
use super::*;
use crate::recipient::country;

/// The definition itself: minute after minute, until no zone is quiet.
fn by_minutes(hours: QuietHours, place: &Place, now: Timestamp, deadline: Timestamp) -> Option<Timestamp> {
    let is_quiet = |at| place.zones.iter().any(|zone| hours.led().is_quiet(at, zone));
    let mut at = now;
    while is_quiet(at) {
        at = Timestamp::from_millis((at.millis() / 60_000 + 1) * 60_000);
        if at >= deadline || at > now + HORIZON {
            return None;
        }
    }
    Some(at)
}

fn when(text: &str) -> Timestamp {
    Timestamp::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
}

fn at_home(name: &str) -> Place {
    Place { zones: vec![zone(name).expect("a zone")], why: String::new() }
}

fn until(hours: &str, name: &str, now: &str) -> String {
    let hours = QuietHours::parse(hours).expect("hours");
    match verdict(hours, &at_home(name), when(now), when(now) + HORIZON) {
        Verdict::Go => "go".to_owned(),
        Verdict::Wait { until, .. } => until.to_string(),
        Verdict::Never { .. } => "never".to_owned(),
    }
}

#[test]
fn nights_end_when_the_clock_on_the_wall_says_so() {
    for (hours, name, now, expected) in [
        // Over midnight, before and after it; the minute before they begin counts as theirs.
        ("21:00-08:00", "Europe/Berlin", "2026-12-01T19:58:59Z", "go"),
        ("21:00-08:00", "Europe/Berlin", "2026-12-01T19:59:00Z", "2026-12-02T07:00:00.000Z"),
        ("21:00-08:00", "Europe/Berlin", "2026-12-02T06:59:59Z", "2026-12-02T07:00:00.000Z"),
        ("21:00-08:00", "Europe/Berlin", "2026-12-02T07:00:00Z", "go"),
        // By day.
        ("12:00-14:00", "Asia/Kathmandu", "2026-12-01T06:30:00Z", "2026-12-01T08:15:00.000Z"),
        // 2026-03-29 01:00Z: from 02:00 to 03:00, over the end at 02:30.
        ("21:00-02:30", "Europe/Berlin", "2026-03-29T00:10:00Z", "2026-03-29T01:00:00.000Z"),
        ("21:00-08:00", "Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00.000Z"),
        // 2026-10-25 01:00Z: from 03:00 back to 02:00, and it is quiet again until 02:30.
        ("21:00-02:30", "Europe/Berlin", "2026-10-25T00:10:00Z", "2026-10-25T00:30:00.000Z"),
        ("21:00-02:30", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00.000Z"),
        // Half an hour of summer time, three quarters of an hour of offset.
        ("22:00-07:00", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T20:00:00.000Z"),
        ("22:00-07:00", "Pacific/Chatham", "2026-07-01T12:00:00Z", "2026-07-01T18:15:00.000Z"),
    ] {
        assert_eq!(until(hours, name, now), expected, "{hours} {name} {now}");
    }
}

#[test]
fn everywhere_it_must_be_day() {
    let night = QuietHours::parse("21:00-08:00").expect("hours");
    let anywhere = place("US.1", None);
    let now = when("2026-12-01T06:00:00Z");
    let verdict = |deadline| super::verdict(night, &anywhere, now, deadline);
    let why = "quiet hours 21:00-08:00 in Pacific/Honolulu (one of the 7 zones of US)".to_owned();
    let until = when("2026-12-01T18:00:00Z");
    assert_eq!(verdict(now + HORIZON), Verdict::Wait { until, why: why.clone() });
    assert_eq!(verdict(until), Verdict::Never { why });
    let long = QuietHours::parse("12:00-11:00").expect("hours");
    assert!(matches!(super::verdict(long, &anywhere, now, now + HORIZON * 4), Verdict::Never { .. }));
    let nowhere = place("15555550123", None);
    assert_eq!(super::verdict(long, &nowhere, now, now + HORIZON), Verdict::Go, "no zone is known");
}

#[test]
fn every_zone_of_the_tables_is_built_in() {
    assert!(COUNTRIES.is_sorted_by_key(|(code, _)| code));
    let named = COUNTRIES.iter().map(|(_, zones)| zones).chain(AREAS.iter().map(|(_, zones, _)| zones));
    for name in named.flat_map(|zones| zones.split(' ')) {
        assert!(zone(name).is_some(), "{name}");
    }
    for (code, zones, _) in AREAS {
        let countries: &[&str] = match *code {
            "1" => &["US", "CA"],
            "55" => &["BR"],
            "52" => &["MX"],
            "7" => &["RU"],
            _ => &["AU"],
        };
        let all: Vec<_> = COUNTRIES.iter().filter(|(c, _)| countries.contains(c)).collect();
        let is_there = |name: &str| all.iter().any(|(_, zones)| zones.split(' ').any(|zone| zone == name));
        assert!(zones.split(' ').all(is_there), "{code}: {zones}");
    }
}

#[test]
fn numbers_tell_where_they_are() {
    for (address, zones, why) in [
        ("12125550123", "America/New_York", "by its area code 212"),
        ("19075550123", "America/Anchorage Pacific/Honolulu", "by its area code 907"),
        ("18505550123", "America/New_York America/Chicago", "by its area code 850"),
        ("14165550123", "America/Toronto", "by its area code 416"),
        ("13065550123", "America/Regina", "by its area code 306"),
        ("17875550123", "America/Puerto_Rico", "by its country PR"),
        ("5511987654321", "America/Sao_Paulo", "by its area code 11"),
        ("559287654321", "America/Manaus", "by its area code 92"),
        ("5216641234567", "America/Tijuana", "by its area code 664"),
        ("5215512345678", "America/Mexico_City", "by its area code 5"),
        ("74951234567", "Europe/Moscow", "by its area code 4"),
        ("74231234567", "Asia/Vladivostok", "by its area code 423"),
        ("61212345678", "Australia/Sydney", "by its area code 2"),
        ("77011234567", "Asia/Almaty", "by its country KZ"),
        ("34612345678", "Europe/Madrid Atlantic/Canary", "one of the 2 zones of ES"),
        ("ES.abc", "Europe/Madrid Atlantic/Canary", "one of the 2 zones of ES"),
        ("8835100012345", "", ""),
    ] {
        let place = place(address, None);
        let names: Vec<_> = place.zones.iter().filter_map(TimeZone::iana_name).collect();
        assert_eq!((names.join(" ").as_str(), place.why.as_str()), (zones, why), "{address}");
    }
    assert_eq!(place("79161234567", None).zones.len(), 11, "a mobile number of Russia");
    assert_eq!(place("4915112345678", Some("Mars/Olympus")).why, "by its country DE");
}

#[test]
fn every_country_of_a_number_has_its_zones() {
    for code in (1..1_000).map(|code: u32| format!("{code}")) {
        let digits = format!("{code:0<12}");
        if let Some(country) = country(&digits) {
            assert!(!place(&digits, None).zones.is_empty(), "{digits} of {country}");
        }
    }
}

fn some_hours() -> impl Strategy<Value = QuietHours> {
    let parsed = |(from, to): (u16, u16)| QuietHours { from, to };
    (0..DAY_MIN, 0..DAY_MIN).prop_filter("never empty", |(from, to)| from != to).prop_map(parsed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_decided_is_what_the_walls_clocks_say(
        hours in some_hours(),
        names in prop::sample::subsequence(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham",
            "Africa/Casablanca", "America/St_Johns", "Asia/Tokyo", "America/Santiago", "Africa/Cairo",
        ], 1..4),
        // Around both changes of a year, and anywhere else.
        day in 0..365_i64 * 6, second in 0..86_400_i64, ms in 0..1_000_i64, ttl_h in 1..240_u64,
    ) {
        let zones = names.iter().filter_map(|name| zone(name)).collect();
        let place = Place { zones, why: String::new() };
        let now = Timestamp::from_millis((1_767_225_600 + day * 86_400 + second) * 1_000 + ms);
        let deadline = now + Duration::from_hours(ttl_h);
        let found = match verdict(hours, &place, now, deadline) {
            Verdict::Go => Some(now),
            Verdict::Wait { until, .. } => {
                prop_assert!(until > now && until < deadline);
                Some(until)
            }
            Verdict::Never { .. } => None,
        };
        prop_assert_eq!(found, by_minutes(hours, &place, now, deadline));
    }

    #[test]
    fn any_text_is_survived(text in ".{0,20}") {
        if let Ok(hours) = QuietHours::parse(&text) {
            prop_assert_eq!(QuietHours::parse(&hours.to_string()), Ok(hours));
        }
        let _ = (place(&text, Some(&text)), zone(&text));
    }
}
