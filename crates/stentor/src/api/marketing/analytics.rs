//! `/marketing/template_analytics`: what became of templates' messages, day by day.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde::Serialize;
use stentor_core::id::TemplateId;
use stentor_core::registry::DocumentKind;
use stentor_core::route::Route;
use stentor_store::DayUse;
use stentor_wire::error::Shape;
use stentor_wire::template::meta_id;
use utoipa::ToSchema;

use super::{DAY, listed, span};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::parameters::{flag, parameters};
use crate::api::state::AppState;

/// Templates of one request.
const TEMPLATES_MAX: usize = 10;
const SPAN_DAYS: u32 = 7;
/// Analytics are not switched on.
const NOT_ENABLED: u32 = 200_005;
const METRICS: [&str; 5] = ["SENT", "DELIVERED", "READ", "CLICKED", "COST"];

/// Which API's messages are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    CloudApi,
    Marketing,
}

/// A page of analytics.
#[derive(Serialize, ToSchema)]
struct Analytics {
    /// One.
    data: Vec<Series>,
}

/// One product's days.
#[derive(Serialize, ToSchema)]
struct Series {
    /// `DAILY`.
    granularity: &'static str,
    /// `cloud_api` or `marketing_messages_lite_api`.
    product_type: &'static str,
    data_points: Vec<Point>,
}

/// One template's messages that were accepted on one day.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsPoint)]
struct Point {
    template_id: String,
    /// Seconds since 1970: the beginning of the day, UTC.
    start: i64,
    /// Seconds since 1970: its end.
    end: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivered: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    read: Option<u64>,
    /// Taps on quick replies; clicks on links come without the message they are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    clicked: Option<Vec<Clicks>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cost: Option<Vec<Cost>>,
}

/// Clicks of one kind.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsClicks)]
struct Clicks {
    /// `quick_reply_button`.
    r#type: &'static str,
    count: u64,
}

/// What it cost: nothing is billed here.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsCost)]
struct Cost {
    /// `amount_spent`.
    r#type: &'static str,
    value: f64,
}

/// `GET /marketing/template_analytics`.
#[utoipa::path(
    get, path = "/marketing/template_analytics", tag = "Marketing", summary = "What became of templates' messages, by day",
    params(
        ("template_ids" = String, Query, description = "Up to 10 ids", example = "[123,456]"),
        ("start" = Option<String>, Query, description = "Seconds since 1970 or a day, at most 90 days ago"),
        ("end" = Option<String>, Query, description = "The same; now when absent"),
        ("granularity" = Option<String>, Query, description = "`DAILY`"),
        ("metric_types" = Option<String>, Query, description = "Of SENT, DELIVERED, READ, CLICKED, COST; all when absent"),
        ("product_type" = Option<String>, Query, description = "`CLOUD_API` when absent, or `MARKETING_MESSAGES_LITE_API`"),
    ),
    responses((status = 200, description = "Day by day", body = Analytics)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = find(&state, request.headers(), request.uri()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, headers, now)?;
    let account = caller.account.id;
    if snapshot.document(account, None, DocumentKind::TemplateAnalytics) != Some("true") {
        let details =
            "template analytics are not switched on: POST /marketing/template_analytics?enable=true";
        return Err(ApiError::new(NOT_ENABLED, details));
    }
    let query = Query::of(uri);
    let product = match query.get("product_type") {
        None | Some("CLOUD_API") => Product::CloudApi,
        Some("MARKETING_MESSAGES_LITE_API") => Product::Marketing,
        Some(_) => {
            let details = "product_type: must be CLOUD_API or MARKETING_MESSAGES_LITE_API";
            return Err(ApiError::new(100, details));
        }
    };
    if query.get("granularity").is_some_and(|word| !word.eq_ignore_ascii_case("DAILY")) {
        return Err(ApiError::new(100, "granularity: must be DAILY"));
    }
    let metrics = metrics(&query)?;
    let wanted = templates(&query)?;
    let span = span(&query, now, SPAN_DAYS)?;
    let route = if product == Product::CloudApi { Route::Classic } else { Route::Optimised };
    let days = state.store.days(account, span.from, span.until).await?;
    let fits = |day: &&DayUse| day.route == route && wanted.contains(&day.template);
    let data_points = days.iter().filter(fits).map(|day| point(day, &metrics)).collect();
    let product_type = if product == Product::CloudApi { "cloud_api" } else { "marketing_messages_lite_api" };
    let series = Series { granularity: "DAILY", product_type, data_points };
    Ok(answer(StatusCode::OK, &Analytics { data: vec![series] }))
}

fn metrics(query: &Query) -> Result<Vec<String>, ApiError> {
    let Some(text) = query.get("metric_types") else { return Ok(METRICS.map(str::to_owned).to_vec()) };
    let metrics: Vec<String> = listed(text).iter().map(|word| word.to_ascii_uppercase()).collect();
    match metrics.iter().find(|word| !METRICS.contains(&word.as_str())) {
        None => Ok(metrics),
        Some(word) => {
            let details = format!("metric_types: there is no {word}; there are {}", METRICS.join(", "));
            Err(ApiError::new(100, details))
        }
    }
}

fn templates(query: &Query) -> Result<Vec<TemplateId>, ApiError> {
    let ids: Option<Vec<TemplateId>> = query
        .get("template_ids")
        .map(listed)
        .unwrap_or_default()
        .iter()
        .map(|id| meta_id(id).map(TemplateId))
        .collect();
    let ids = ids.filter(|ids| (1..=TEMPLATES_MAX).contains(&ids.len()));
    ids.ok_or_else(|| ApiError::new(100, format!("template_ids: must be 1 to {TEMPLATES_MAX} template ids")))
}

fn point(day: &DayUse, metrics: &[String]) -> Point {
    let wants = |metric: &str| metrics.iter().any(|word| word == metric);
    let clicks = || vec![Clicks { r#type: "quick_reply_button", count: day.clicked }];
    Point {
        template_id: day.template.to_string(),
        start: day.day.secs(),
        end: (day.day + DAY).secs(),
        sent: wants("SENT").then_some(day.sent),
        delivered: wants("DELIVERED").then_some(day.delivered),
        read: wants("READ").then_some(day.read),
        clicked: (wants("CLICKED") && day.clicked > 0).then(clicks),
        cost: wants("COST").then(|| vec![Cost { r#type: "amount_spent", value: 0.0 }]),
    }
}

/// The answer of a switch.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsEnabled)]
struct Enabled {
    /// The account's id.
    id: String,
    success: bool,
}

/// `POST /marketing/template_analytics?enable=true`.
#[utoipa::path(
    post, path = "/marketing/template_analytics", tag = "Marketing", summary = "Switch template analytics on",
    params(("enable" = bool, Query, description = "True; false switches them off again")),
    responses((status = 200, description = "Done", body = Enabled)),
)]
pub async fn enable(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = switch(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn switch(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), state.clock.now())?;
    let fields = parameters(state, request).await?;
    let on = flag(&fields, "enable")?.ok_or_else(|| ApiError::new(100, "enable: is missing"))?;
    state.keep(&caller, false, DocumentKind::TemplateAnalytics, on.to_string()).await?;
    Ok(answer(StatusCode::OK, &Enabled { id: caller.account.id.to_string(), success: true }))
}
