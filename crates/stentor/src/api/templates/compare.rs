//! `GET /message_templates/{id}/compare`: two templates by what became of their messages, out of our own message log.
//! A block shows in it as a person who had stopped our marketing (131050); Meta counts blocks in the app.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::time::Timestamp;
use stentor_store::TemplateUse;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::{found, id_in, ids_of, known};
use crate::api::error::ApiError;
use crate::api::http::{Query, text, told};
use crate::api::state::AppState;

/// Days that a comparison can look back.
const DAYS: [u64; 4] = [7, 30, 60, 90];
/// How far a span may miss its days: clients compute the two ends one after the other.
const SLACK: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Above it a time is in milliseconds, as Meta's own example has it.
const SECONDS_MAX: i64 = 100_000_000_000;

/// The metrics of two templates.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// BLOCK_RATE, MESSAGE_SENDS, TOP_BLOCK_REASON.
    pub data: Vec<Metric>,
}

/// One metric.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "metric")]
pub enum Metric {
    /// Ids in increasing order of blocks to sends.
    #[serde(rename = "BLOCK_RATE")]
    BlockRate {
        /// `RELATIVE`.
        r#type: &'static str,
        /// Template ids.
        order_by_relative_metric: Vec<String>,
    },
    /// How often each was sent.
    #[serde(rename = "MESSAGE_SENDS")]
    MessageSends {
        /// `NUMBER_VALUES`.
        r#type: &'static str,
        /// Template id and number.
        number_values: Vec<NumberValue>,
    },
    /// Why people blocked, of those that were.
    #[serde(rename = "TOP_BLOCK_REASON")]
    TopBlockReason {
        /// `STRING_VALUES`.
        r#type: &'static str,
        /// Template id and reason.
        string_values: Vec<StringValue>,
    },
}

/// A number of one template.
#[derive(Debug, Serialize, ToSchema)]
pub struct NumberValue {
    /// The template's id.
    pub key: String,
    /// The number.
    pub value: u64,
}

/// A word of one template.
#[derive(Debug, Serialize, ToSchema)]
pub struct StringValue {
    /// The template's id.
    pub key: String,
    /// The word.
    pub value: &'static str,
}

/// `GET`: `template_ids` (one), `start`, `end` (Unix seconds, 7, 30, 60 or 90 days apart).
#[utoipa::path(
    get, path = "/message_templates/{id}/compare", tag = "Templates", summary = "Compare two templates by their messages",
    params(
        ("id" = String, Path, description = "Meta's id, or 360dialog's", example = "333000333000333"),
        ("template_ids" = String, Query, description = "The other's id, alone or in a JSON array", example = "[333000333000334]"),
        ("start" = i64, Query, description = "Unix seconds: 7, 30, 60 or 90 days before `end`", example = 1_799_395_200),
        ("end" = i64, Query, description = "Unix seconds", example = 1_800_000_000),
    ),
    responses((status = 200, description = "The metrics", body = Comparison)),
)]
pub async fn compare(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = ask(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn ask(state: &AppState, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let id = id_in(&snapshot, caller.account.id, &request, 1)?;
    let query = Query::of(request.uri());
    let others = ids_of("template_ids", &query.get("template_ids").map_or(Value::Null, Value::from))?;
    let [other] = others[..] else {
        let details = "template_ids: two templates can be compared, so one id is to be given";
        return Err(ApiError::new(100, details));
    };
    let body = compared(state, caller.account.id, [id, other], span(&query)?).await?;
    Ok(text(StatusCode::OK, serde_json::to_string(&body).unwrap_or_default()))
}

/// The comparison of two templates over a span.
///
/// # Errors
/// 100 for a template with itself; 404; the store.
pub async fn compared(
    state: &AppState,
    account: AccountId,
    ids: [TemplateId; 2],
    span: (Timestamp, Timestamp),
) -> Result<Comparison, ApiError> {
    if ids[0] == ids[1] {
        return Err(ApiError::new(100, "template_ids: a template cannot be compared with itself"));
    }
    let snapshot = state.directory.snapshot();
    for id in ids {
        found(&snapshot, account, id)?;
    }
    Ok(metrics(state.store.template_use(account, ids.to_vec(), span).await?))
}

/// The span of so many days that ends now.
///
/// # Errors
/// 100 for another number of days than 7, 30, 60 or 90.
pub fn days_until(days: u64, now: Timestamp) -> Result<(Timestamp, Timestamp), ApiError> {
    let wrong = || ApiError::new(100, "days: must be 7, 30, 60 or 90");
    let days = DAYS.contains(&days).then(|| u32::try_from(days).ok()).flatten().ok_or_else(wrong)?;
    // Until is not part of a span: what was accepted in this very millisecond counts.
    Ok((now - DAY * days, now + Duration::from_millis(1)))
}

fn span(query: &Query) -> Result<(Timestamp, Timestamp), ApiError> {
    let time = |name: &str| {
        let seconds = query.get(name).and_then(|text| text.parse::<i64>().ok()).filter(|n| *n > 0);
        let wrong = || ApiError::new(100, format!("{name}: must be a Unix time in seconds"));
        let of = |n| if n > SECONDS_MAX { Timestamp::from_millis(n) } else { Timestamp::from_secs(n) };
        seconds.map(of).ok_or_else(wrong)
    };
    let (start, end) = (time("start")?, time("end")?);
    let length = end.since(start);
    if start >= end
        || !DAYS.iter().any(|days| length.abs_diff(DAY * u32::try_from(*days).unwrap_or(0)) <= SLACK)
    {
        return Err(ApiError::new(100, "start: must lie 7, 30, 60 or 90 days before end"));
    }
    Ok((start, end))
}

fn metrics(uses: Vec<TemplateUse>) -> Comparison {
    let key = |of: &TemplateUse| of.template.to_string();
    let number_values = uses.iter().map(|of| NumberValue { key: key(of), value: of.taken }).collect();
    let blocked = uses.iter().filter(|of| of.stopped > 0);
    let string_values =
        blocked.map(|of| StringValue { key: key(of), value: "UNKNOWN_BLOCK_REASON" }).collect();
    let mut by_rate = uses;
    // a/b < c/d without dividing; what was never sent has no blocks either.
    by_rate.sort_by_key(|of| u128::from(of.stopped) * 1_000_000_000 / u128::from(of.taken.max(1)));
    let order_by_relative_metric = by_rate.iter().map(key).collect();
    Comparison {
        data: vec![
            Metric::BlockRate { r#type: "RELATIVE", order_by_relative_metric },
            Metric::MessageSends { r#type: "NUMBER_VALUES", number_values },
            Metric::TopBlockReason { r#type: "STRING_VALUES", string_values },
        ],
    }
}
