//! Lines as they are read and written.

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn parsed(header: Option<&str>, line: &str) -> Result<Line, String> {
    let columns = header.map_or_else(Columns::numbers, |header| Columns::of(header).unwrap().unwrap());
    let format = if line.starts_with('{') { Format::Jsonl } else { Format::Csv };
    read(line, (format, &columns), Some(Act::Suppressed), NOW)
}

#[test]
fn a_line_says_who_what_when_and_why() {
    let someone = || Who::Address(Address::Phone("4915112345678".to_owned()));
    let line = |act, at: Option<i64>, note: Option<&str>, time_zone: Option<Option<&str>>| Line {
        who: someone(),
        act,
        at: at.map(Timestamp::from_secs),
        note: note.map(str::to_owned),
        time_zone: time_zone.map(|zone| zone.map(str::to_owned)),
    };
    let all = "number,act,at,note,time_zone";
    for (header, text, expected) in [
        (None, "+49 151 12345678", line(Some(Act::Suppressed), None, None, None)),
        (None, "\"+49 (151) 12345678\"", line(Some(Act::Suppressed), None, None, None)),
        (
            Some(all),
            "4915112345678,opted_out,2026-11-30T12:00:00Z,\"said \"\"no\"\", by phone\",Europe/Berlin",
            line(
                Some(Act::OptedOut),
                Some(1_796_040_000),
                Some("said \"no\", by phone"),
                Some(Some("Europe/Berlin")),
            ),
        ),
        (Some(all), "4915112345678,none,,,none", line(None, None, None, Some(None))),
        (Some("note,Number"), ",4915112345678", line(Some(Act::Suppressed), None, None, None)),
        (
            None,
            r#"{"number":4915112345678,"act":"lifted","at":1700000000,"source":"cli"}"#,
            line(Some(Act::Lifted), Some(1_700_000_000), None, None),
        ),
    ] {
        assert_eq!(parsed(header, text), Ok(expected), "{text}");
    }
    let erased = parsed(Some("number,hash,act"), ",00ff00ff00ff00ff,suppressed").unwrap();
    assert_eq!(erased.who, Who::Key(RecipientKey(0x00ff_00ff_00ff_00ff)));
}

#[test]
fn what_is_wrong_is_said_without_the_number() {
    let all = "number,act,at,note,time_zone";
    for (header, text, problem) in [
        (None, "", "number: is missing"),
        (None, "12345", "number: has 5 digits, a number has 7 to 15 with its country code"),
        (None, "4915112345678,x", "has 2 fields, the header 1"),
        (
            Some(all),
            "4915112345678,stop,,,",
            "act: must be one of opted_out, opted_in, suppressed, lifted, or none",
        ),
        (
            Some(all),
            "4915112345678,,yesterday,,",
            "at: must be RFC 3339 such as 2026-11-30T12:00:00Z, or Unix seconds",
        ),
        (Some(all), "4915112345678,,1800000001,,", "at: lies in the future"),
        (
            Some(all),
            "4915112345678,,,,Mars",
            "time_zone: must be an IANA name such as Europe/Berlin, or none to forget it",
        ),
        (Some(all), "4915112345678,,,\"open", "a quote is not closed on its line"),
        (None, "{\"number\":", "is no JSON: column 10"),
        (
            None,
            r#"{"phone":"4915112345678"}"#,
            "\"phone\": no such field; there are number, hash, act, at, source, note, time_zone",
        ),
        (Some("hash"), "xyz", "hash: must be 16 hexadecimal digits, as an export writes them"),
    ] {
        assert_eq!(parsed(header, text), Err(problem.to_owned()), "{text}");
    }
    assert_eq!(Columns::of("4915112345678"), Ok(None));
    assert_eq!(
        Columns::of("number,phone").unwrap_err(),
        "the header may have only number, hash, act, at, source, note, time_zone"
    );
    assert_eq!(Columns::of("note,act").unwrap_err(), "the header needs a column number");
}

#[test]
fn what_is_written_reads_back() {
    let values = [
        "4915112345678",
        "00ff00ff00ff00ff",
        "opted_out",
        "2026-11-30T12:00:00.000Z",
        "import",
        "a, \"b\"",
        "",
    ];
    let expected = Line {
        who: Who::Address(Address::Phone("4915112345678".to_owned())),
        act: Some(Act::OptedOut),
        at: Some(Timestamp::from_secs(1_796_040_000)),
        note: Some("a, \"b\"".to_owned()),
        time_zone: None,
    };
    for format in [Format::Csv, Format::Jsonl] {
        let text = written(format, values);
        let columns = Columns::of(&COLUMNS.join(",")).unwrap().unwrap();
        assert_eq!(read(text.trim_end(), (format, &columns), None, NOW).as_ref(), Ok(&expected), "{text}");
    }
}
