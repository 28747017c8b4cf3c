//! Every row of the facts' error table, and every kind of outcome, against its next step.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const BUSY: Ambiguous = Ambiguous::Busy { retry_after: Duration::from_secs(9) };

fn after(secs: u64) -> Timestamp {
    NOW + Duration::from_secs(secs)
}

fn refused_with(code: u32, http: u16) -> Outcome {
    Outcome::Refused { code, http, details: String::new(), retry_after: None }
}

fn next(
    outcome: &Outcome,
    tries: u32,
    jitter: f64,
    now: Timestamp,
    deadline: Timestamp,
    sync_first_use: Option<Timestamp>,
) -> Next {
    super::next(outcome, tries, jitter, now, deadline, sync_first_use, PausedPolicy::Hold)
}

fn next_of(outcome: &Outcome, tries: u32) -> Next {
    next(outcome, tries, 1.0, NOW, after(30 * 86_400), None)
}

fn wait(secs: u64, reason: WaitKind) -> Next {
    Next::Retry { after: Duration::from_secs(secs), reason }
}

/// (codes, what the Retry column of Meta's table comes to on the first try), written out and not read from our table.
#[test]
fn every_code_is_answered_as_its_retry_column_says() {
    let safe: &[u32] = &[4, 80_007, 80_008, 130_429];
    let transient: &[u32] = &[1, 2, 131_000, 131_016, 131_057, 133_004];
    let fix_or_never: &[u32] = &[
        0, 3, 10, 33, 100, 190, 200, 201, 250, 299, 368, 2_200, 2_500, 2_635, 130_403, 130_472, 130_497,
        131_005, 131_008, 131_009, 131_020, 131_021, 131_026, 131_030, 131_031, 131_037, 131_041, 131_042,
        131_044, 131_045, 131_047, 131_048, 131_050, 131_051, 131_052, 131_053, 131_055, 131_059, 131_060,
        131_061, 131_062, 131_063, 131_064, 131_065, 131_070, 131_200, 131_299, 132_000, 132_001, 132_005,
        132_007, 132_008, 132_012, 132_016, 132_018, 132_068, 133_000, 133_005, 133_006, 133_010, 134_011,
        134_100, 134_102, 134_103, 135_000, 137_000, 138_000, 138_018, 139_000, 139_004, 139_100, 139_103,
        147_001, 147_005, 200_005, 200_007, 1_752_041, 410,
    ];
    let waits: &[(u32, u64, WaitKind)] = &[
        (131_049, 86_400, WaitKind::Cap),
        (131_056, 1, WaitKind::Pair),
        (132_015, 300, WaitKind::Paused),
        (132_069, 3_600, WaitKind::Retry),
        (133_008, 3_600, WaitKind::Retry),
        (133_009, 300, WaitKind::Retry),
        (133_015, 300, WaitKind::Retry),
        (133_016, 72 * 3_600, WaitKind::Retry),
        (134_101, 600, WaitKind::Sync),
    ];
    let expected = safe.iter().map(|&c| (c, wait(1, WaitKind::UpstreamLimit)));
    let expected = expected.chain(transient.iter().map(|&c| (c, Next::Unknown)));
    let expected = expected.chain(fix_or_never.iter().map(|&c| (c, Next::Fail { code: c })));
    let expected: Vec<_> =
        expected.chain(waits.iter().map(|&(c, secs, kind)| (c, wait(secs, kind)))).collect();
    for &(code, step) in &expected {
        let row = reason(code).unwrap_or_else(|| panic!("no row for {code}"));
        assert_eq!(next_of(&refused_with(code, row.http), 1), step, "code {code}");
    }
    for row in reason::all().iter().filter(|row| row.subcode.is_none()) {
        assert!(
            expected.iter().any(|(code, _)| *code == row.code),
            "{} is in the table and not in this test",
            row.code
        );
    }
}

#[test]
fn a_known_code_beats_the_http_status() {
    assert_eq!(next_of(&refused_with(134_102, 500), 1), Next::Fail { code: 134_102 });
    assert_eq!(next_of(&refused_with(130_429, 500), 1), wait(1, WaitKind::UpstreamLimit));
    assert_eq!(next_of(&refused_with(131_000, 400), 1), Next::Unknown);
}

#[test]
fn an_unknown_code_is_never_sent_again() {
    assert_eq!(next_of(&refused_with(999_999, 400), 1), Next::Fail { code: 999_999 });
    // But for HTTP's own word that it came too fast.
    assert_eq!(next_of(&refused_with(999_999, 429), 1), wait(1, WaitKind::UpstreamLimit));
    assert_eq!(next_of(&refused_with(999_999, 422), 1), Next::Fail { code: 999_999 });
    for http in [200, 302, 408, 500, 502, 503, 504] {
        assert_eq!(next_of(&refused_with(999_999, http), 1), Next::Unknown, "{http}");
    }
}

#[test]
fn an_unknown_code_is_reported() {
    let unknown = refused_with(999_999, 400);
    assert_eq!(unknown.unknown_code(), Some(999_999));
    assert_eq!(unknown.describe(), "refused with 999999 (HTTP 400, a code that is not known here): ");
    assert_eq!(refused_with(131_026, 400).unknown_code(), None);
}

#[test]
fn a_paused_template_is_waited_for_or_fails_as_the_channel_says() {
    let paused = refused_with(132_015, 400);
    let of = |policy| super::next(&paused, 1, 1.0, NOW, after(86_400), None, policy);
    assert_eq!(of(PausedPolicy::Hold), wait(300, WaitKind::Paused));
    assert_eq!(of(PausedPolicy::Fail), Next::Fail { code: 132_015 });
}

#[test]
fn only_what_surely_was_not_taken_costs_nothing() {
    let is_free = |outcome: Outcome| outcome.is_surely_not_taken(&next_of(&outcome, 1));
    for why in [NotSent::Connect, NotSent::NeverWritten, NotSent::PoolFull] {
        assert!(is_free(Outcome::NotSent { why }));
    }
    assert!([130_429, 131_026, 131_049, 999_999].into_iter().all(|code| is_free(refused_with(code, 400))));
    assert!(!is_free(refused_with(131_000, 500)), "it may have been processed");
    assert!(!is_free(Outcome::Ambiguous { why: Ambiguous::Timeout }));
    assert!(!is_free(Outcome::Taken { upstream_id: "wamid.X".into(), held: true }));
}

#[test]
fn what_never_left_is_sent_again_and_what_may_have_left_is_not() {
    for why in [NotSent::Connect, NotSent::NeverWritten, NotSent::PoolFull] {
        assert_eq!(next_of(&Outcome::NotSent { why }, 1), wait(1, WaitKind::Retry));
    }
    for why in [Ambiguous::Timeout, Ambiguous::Reset, Ambiguous::ServerError, BUSY, Ambiguous::Unreadable] {
        assert_eq!(next_of(&Outcome::Ambiguous { why }, 1), Next::Unknown);
    }
    assert_eq!(next_of(&Outcome::Taken { upstream_id: "wamid.X".into(), held: true }, 9), Next::Done);
}

#[test]
fn back_off_doubles_to_fifteen_minutes() {
    let limited = refused_with(130_429, 400);
    for (tries, secs) in [(0, 1), (1, 1), (2, 2), (3, 4), (10, 512), (11, 900), (200, 900), (u32::MAX, 900)] {
        assert_eq!(next_of(&limited, tries), wait(secs, WaitKind::UpstreamLimit), "after {tries}");
    }
    assert_eq!(next(&limited, 5, 0.25, NOW, after(9_999), None), wait(4, WaitKind::UpstreamLimit));
    for (tries, secs) in [(1, 1), (2, 4), (3, 16), (7, 4_096), (90, 4_096)] {
        assert_eq!(next_of(&refused_with(131_056, 400), tries), wait(secs, WaitKind::Pair), "after {tries}");
    }
}

#[test]
fn retry_after_is_a_floor() {
    let told = |secs| Outcome::Refused {
        code: 4,
        http: 400,
        details: String::new(),
        retry_after: Some(Duration::from_secs(secs)),
    };
    assert_eq!(next_of(&told(30), 1), wait(30, WaitKind::UpstreamLimit));
    assert_eq!(next_of(&told(30), 8), wait(128, WaitKind::UpstreamLimit));
}

#[test]
fn an_invalid_value_just_after_first_use_may_be_the_sync() {
    let invalid = refused_with(131_009, 400);
    let used = |ago: u64| next(&invalid, 1, 1.0, NOW, after(86_400), Some(NOW - Duration::from_secs(ago)));
    assert_eq!(used(15 * 60), wait(600, WaitKind::Sync));
    assert_eq!(used(15 * 60 + 1), Next::Fail { code: 131_009 });
}

#[test]
fn nothing_is_sent_at_or_after_the_deadline() {
    let limited = refused_with(130_429, 400);
    assert_eq!(next(&limited, 1, 1.0, NOW, after(1), None), Next::Fail { code: 410 });
    assert_eq!(next(&limited, 1, 1.0, NOW, after(2), None), wait(1, WaitKind::UpstreamLimit));
    assert_eq!(next(&refused_with(131_049, 400), 1, 1.0, NOW, after(86_400), None), Next::Fail { code: 410 });
    // A verdict of its own is not replaced by the expiry.
    assert_eq!(next(&refused_with(131_050, 400), 1, 1.0, NOW, NOW, None), Next::Fail { code: 131_050 });
}
