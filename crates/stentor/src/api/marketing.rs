//! `/marketing/*`: what became of templates and campaigns, and the conversions that businesses tell. Everything is counted
//! from our own logs, and only of messages whose activity is shared (insights: from the learning log alone); nothing is
//! asked of an ad account, so nothing here costs or estimates money.

mod analytics;
mod dataset;
mod events;
mod insights;
mod reach;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use stentor_core::time::Timestamp;
use stentor_wire::reader::tree;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::Query;
use super::state::AppState;

const DAY: Duration = Duration::from_hours(24);
/// How far back the log is read (facts/meta 1.10).
const LOOK_BACK_DAYS: i64 = 90;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(analytics::show, analytics::enable))
        .routes(routes!(insights::show))
        .routes(routes!(reach::show))
        .routes(routes!(dataset::show, dataset::make))
        .routes(routes!(dataset::show_of, dataset::make_of))
        .routes(routes!(dataset::quality))
        .routes(routes!(events::take))
}

/// A span of whole days, UTC.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Timestamp,
    until: Timestamp,
}

/// The beginning of the day of `at`, UTC.
fn day_of(at: Timestamp) -> Timestamp {
    const DAY_MS: i64 = 86_400_000;
    Timestamp::from_millis(at.millis().div_euclid(DAY_MS) * DAY_MS)
}

/// A moment as seconds since 1970 or as a day.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(secs) = text.parse::<i64>() {
        return (0..=253_402_300_799).contains(&secs).then(|| Timestamp::from_secs(secs));
    }
    let day: Date = text.parse().ok()?;
    Some(Timestamp::from_secs(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second()))
}

/// `start` and `end` of the query; without them the last `days` days.
///
/// # Errors
/// 100 for what is no moment, ends before it starts, or begins more than 90 days ago.
fn span(query: &Query, now: Timestamp, days: u32) -> Result<Span, ApiError> {
    let read = |name: &str| {
        let given = query.get(name).map(|text| moment(text).ok_or(name));
        given.transpose().map_err(|name| {
            ApiError::new(100, format!("{name}: must be seconds since 1970 or a day such as 2026-01-31"))
        })
    };
    let tomorrow = day_of(now) + DAY;
    let until = read("end")?.map_or(tomorrow, |end| end.min(tomorrow));
    let from = read("start")?.unwrap_or_else(|| day_of(until - DAY * days));
    within(Span { from: day_of(from), until }, now)
}

fn within(span: Span, now: Timestamp) -> Result<Span, ApiError> {
    if span.until < span.from {
        return Err(ApiError::new(100, "end: must not be before start"));
    }
    let earliest = day_of(now).millis() - LOOK_BACK_DAYS * 86_400_000;
    if span.from.millis() < earliest {
        return Err(ApiError::new(100, format!("start: must be within the last {LOOK_BACK_DAYS} days")));
    }
    Ok(span)
}

/// A list in the query: `[1,2]`, `["1","2"]` or `1,2`.
fn listed(text: &str) -> Vec<String> {
    match tree(text.as_bytes()) {
        Ok(serde_json::Value::Array(items)) => {
            items.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect()
        }
        _ => text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seconds_or_days_and_spans_are_bounded() {
        assert_eq!(moment("2026-01-31"), moment("1769817600"));
        assert!(["x", "-1", "2026-02-31", "99999999999999"].iter().all(|text| moment(text).is_none()));
        assert_eq!(listed(r#"["1",2]"#), ["1", "2"]);
        assert_eq!(listed("SENT, READ"), ["SENT", "READ"]);
        let now = Timestamp::from_secs(1_800_000_000);
        let of = |query: &str| span(&Query::of(&format!("/x?{query}").parse().unwrap()), now, 7);
        assert!(of("start=2026-10-17").is_ok() && of("start=2026-10-16").is_err());
        assert!(of("start=2027-01-10&end=2027-01-09").is_err());
    }
}
