//! What a channel has sent, by day or month and pricing category, counted from our own log; and that nothing is billed.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use stentor_core::id::{BusinessId, ChannelId};
use stentor_core::registry::Channel;
use stentor_core::route::pricing_category;
use stentor_core::time::Timestamp;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::access::partner;
use super::ids;
use crate::api::error::ApiError;
use crate::api::http::{Query, json, told};
use crate::api::state::AppState;

/// Days or months of one answer.
const PERIODS_MAX: usize = 100;

/// What a channel has sent.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerUsage)]
pub struct Usage {
    /// `DAY` or `MONTH`.
    #[schema(example = "MONTH")]
    granularity: &'static str,
    /// Unix seconds.
    start_date: i64,
    /// Unix seconds.
    end_date: i64,
    /// Null: nothing is billed here.
    #[schema(required = true)]
    currency: Option<String>,
    /// Periods in which something was sent, the oldest first.
    usage: Vec<Row>,
}

/// One period and category.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerUsageRow)]
pub struct Row {
    /// Where the period begins, UTC; Unix seconds.
    period_date: i64,
    /// `marketing_lite`, `marketing`, `utility`, `authentication` or `service`.
    #[schema(example = "marketing_lite")]
    pricing_category: &'static str,
    /// Delivered messages: what is priced.
    volume: u64,
    sent: u64,
    delivered: u64,
    read: u64,
    failed: u64,
}

/// `GET …/clients/{client_id}/channels/{channel_id}/info/usage`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/clients/{client_id}/channels/{channel_id}/info/usage",
    tag = "Partner", summary = "What a channel has sent, by day or month and pricing category",
    params(
        ("start_date" = i64, Query, description = "Unix seconds", example = 1_767_225_600),
        ("end_date" = Option<i64>, Query, description = "Unix seconds; now when absent"),
        ("granularity" = Option<String>, Query, description = "`DAY` or `MONTH`; at most 100 of them"),
    ),
    responses((status = 200, description = "By period", body = Usage)),
)]
pub async fn usage(
    State(state): State<Arc<AppState>>,
    Path((of, client, channel)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let found = partner(&state, request.headers(), &of).and_then(|_| find(&state, &client, &channel));
    let outcome = match found {
        Ok(channel) => counted(&state, &channel, &Query::of(request.uri())).await,
        Err(error) => Err(error),
    };
    told(&state, Shape::Config, outcome)
}

fn find(state: &AppState, client: &str, channel: &str) -> Result<Arc<Channel>, ApiError> {
    let (business, id) = (BusinessId(ids::number(client, "CL")?), ChannelId(ids::number(channel, "CH")?));
    let snapshot = state.directory.snapshot();
    let owns = |c: &&Arc<Channel>| snapshot.account(c.account).is_some_and(|a| a.owner_business == business);
    let found = snapshot.channel(id).filter(owns).cloned();
    found.ok_or_else(|| ApiError::not_found(format!("client {client} has no channel {channel}")))
}

async fn counted(state: &AppState, channel: &Channel, query: &Query) -> Result<Response, ApiError> {
    let seconds = |name: &str| match query.get(name).map(str::parse::<i64>) {
        None => Ok(None),
        Some(Ok(at)) if (0..=253_402_300_799).contains(&at) => Ok(Some(at)),
        Some(_) => Err(ApiError::new(100, format!("{name}: must be Unix seconds"))),
    };
    let missing = || ApiError::new(100, "start_date: is required, as Unix seconds");
    let start = seconds("start_date")?.ok_or_else(missing)?;
    let end = seconds("end_date")?.unwrap_or_else(|| state.clock.now().secs());
    let daily = match query.get("granularity").unwrap_or("MONTH") {
        word if word.eq_ignore_ascii_case("DAY") => true,
        word if word.eq_ignore_ascii_case("MONTH") => false,
        _ => return Err(ApiError::new(100, "granularity: must be DAY or MONTH")),
    };
    let mut usage = Vec::new();
    for period in periods(start, end, daily)? {
        let (from, to) = (Timestamp::from_secs(period.from), Timestamp::from_secs(period.to));
        let tallies = state.store.tally(channel.account, channel.id, from, to).await?;
        usage.extend(tallies.into_iter().map(|tally| Row {
            period_date: period.begins,
            pricing_category: pricing_category(tally.category, tally.route),
            volume: tally.delivered,
            sent: tally.sent,
            delivered: tally.delivered,
            read: tally.read,
            failed: tally.failed,
        }));
    }
    let granularity = if daily { "DAY" } else { "MONTH" };
    Ok(json(StatusCode::OK, &Usage { granularity, start_date: start, end_date: end, currency: None, usage }))
}

/// What of a day or month is asked for, and where the whole of it begins; Unix seconds.
struct Period {
    begins: i64,
    from: i64,
    to: i64,
}

fn periods(start: i64, end: i64, daily: bool) -> Result<Vec<Period>, ApiError> {
    if start >= end {
        return Err(ApiError::new(100, "end_date: must be after start_date"));
    }
    let too_many = || ApiError::new(100, format!("end_date: at most {PERIODS_MAX} periods in one answer"));
    let first = jiff::Timestamp::from_second(start).map(|t| t.to_zoned(TimeZone::UTC).date());
    let first = first.map_err(|_| too_many())?;
    let mut day = if daily { first } else { first.first_of_month() };
    let step = if daily { Span::new().days(1) } else { Span::new().months(1) };
    let second = |day: Date| day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().as_second());
    let mut all = Vec::new();
    loop {
        let begins = second(day).map_err(|_| too_many())?;
        if begins >= end {
            return Ok(all);
        }
        if all.len() == PERIODS_MAX {
            return Err(too_many());
        }
        day = day.checked_add(step).map_err(|_| too_many())?;
        let ends = second(day).map_err(|_| too_many())?;
        all.push(Period { begins, from: begins.max(start), to: ends.min(end) });
    }
}

/// `GET …/clients/{client_id}/info/balance`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/clients/{client_id}/info/balance", tag = "Partner",
    summary = "Refused: nothing is billed here, so there is no balance",
    responses((status = 403, description = "Nothing is billed here.")),
)]
pub async fn balance(
    State(state): State<Arc<AppState>>,
    Path((of, _client)): Path<(String, String)>,
    request: Request,
) -> Response {
    let outcome = partner(&state, request.headers(), &of).and_then(|_| {
        let details =
            "this installation bills nothing, so no client has a balance; see info/usage for what was sent";
        Err(ApiError::new(10, details).with_status(StatusCode::FORBIDDEN))
    });
    told(&state, Shape::Config, outcome)
}
