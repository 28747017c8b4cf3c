//! Points in time as the server's JSON carries them (RFC 3339, or milliseconds) and as people read them.

use jiff::tz::TimeZone;
use serde_json::Value;
use stentor_core::time::Timestamp;

/// The time in a JSON value: RFC 3339 text, or milliseconds since the epoch; `None` for anything else.
#[must_use]
pub fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            text.parse::<jiff::Timestamp>().ok().map(|t| Timestamp::from_millis(t.as_millisecond()))
        }
        Value::Number(millis) => millis.as_i64().map(Timestamp::from_millis),
        _ => None,
    }
}

/// In words: `2026-11-22 14:03:05`.
#[must_use]
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    show(at, zone, "%Y-%m-%d %H:%M:%S")
}

/// As a phone shows it: `14:03`.
#[must_use]
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    show(at, zone, "%H:%M")
}

/// With milliseconds: `14:03:05.120`.
#[must_use]
pub fn precise(at: Timestamp, zone: &TimeZone) -> String {
    show(at, zone, "%H:%M:%S%.3f")
}

fn show(at: Timestamp, zone: &TimeZone, format: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(t) => t.to_zoned(zone.clone()).strftime(format).to_string(),
        Err(_) => "never".to_owned(),
    }
}

/// A JSON time as [`date`], or what stands there where it is none.
#[must_use]
pub fn cell(value: &Value, zone: &TimeZone) -> String {
    match read(value) {
        Some(at) => date(at, zone),
        None => super::json::text(value),
    }
}
