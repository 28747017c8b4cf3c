//! `/marketing/{id}/insights`: an account's or a template's marketing messages as the Marketing API tells ads' figures:
//! decimal strings, rates in percent.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_core::id::TemplateId;
use stentor_core::time::Timestamp;
use stentor_store::LearntDay;
use stentor_wire::error::Shape;
use stentor_wire::reader::tree;
use utoipa::ToSchema;

use super::{DAY, Span, day_of, listed, moment, within};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::state::AppState;

const PREFIX: &str = "marketing_messages_";
/// What is counted here; rates and costs follow from it.
const COUNTED: [&str; 17] = [
    "sent",
    "delivered",
    "read",
    "link_btn_click",
    "delivery_rate",
    "read_rate",
    "link_btn_click_rate",
    "cost_per_delivered",
    "cost_per_link_btn_click",
    "website_add_to_cart",
    "website_initiate_checkout",
    "website_purchase",
    "website_purchase_values",
    "app_add_to_cart",
    "app_initiate_checkout",
    "app_purchase",
    "app_purchase_values",
];
/// What only an ad account could tell: nothing was spent.
const NOTHING: [&str; 1] = ["spend"];
/// Conversions as fields end with them, and by the names that are told.
const CONVERSIONS: [(&str, &str); 3] =
    [("add_to_cart", "AddToCart"), ("initiate_checkout", "InitiateCheckout"), ("purchase", "Purchase")];
/// What is told of other businesses: known, and left out.
const BENCHMARKS: [&str; 2] = ["read_rate_benchmark", "click_rate_benchmark"];
/// Words of `date_preset`, and how many days back they begin and end.
const PRESETS: [(&str, u32, u32); 9] = [
    ("today", 0, 0),
    ("yesterday", 1, 1),
    ("last_3d", 3, 1),
    ("last_7d", 7, 1),
    ("last_14d", 14, 1),
    ("last_28d", 28, 1),
    ("last_30d", 30, 1),
    ("last_90d", 90, 1),
    ("maximum", 90, 0),
];

/// The answer.
#[derive(Serialize, ToSchema)]
struct Insights {
    /// One row for the whole span, or one a day: decimal strings under Meta's names, with `date_start` and `date_stop`.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Row>,
}

type Row = Map<String, Value>;

/// `GET /marketing/{id}/insights`.
#[utoipa::path(
    get, path = "/marketing/{id}/insights", tag = "Marketing", summary = "Figures of an account's or template's marketing messages",
    params(
        ("id" = String, Path, description = "The account's id, or a template's"),
        ("fields" = Option<String>, Query, description = "Fields with commas between; those that are counted when absent",
            example = "marketing_messages_sent,marketing_messages_read_rate"),
        ("date_preset" = Option<String>, Query, description = "`last_30d` when absent"),
        ("time_range" = Option<String>, Query, description = "Instead: `{\"since\":\"2026-01-01\",\"until\":\"2026-01-31\"}`"),
        ("time_increment" = Option<String>, Query, description = "`1`: a row a day; `all_days` when absent"),
        ("level" = Option<String>, Query, description = "Taken and ignored"),
        ("breakdowns" = Option<String>, Query, description = "None is kept: refused"),
    ),
    responses((status = 200, description = "Figures", body = Insights)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = find(&state, request.headers(), request.uri()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, headers, now)?;
    let account = caller.account.id;
    let id = uri.path().trim_end_matches("/insights").rsplit('/').next().unwrap_or_default();
    let template = match id.parse() {
        Ok(id) if account.0 == id => None,
        Ok(id) if snapshot.template_by_id(account, TemplateId(id)).is_some() => Some(TemplateId(id)),
        _ => return Err(ApiError::not_found(format!("there is no account or template `{id}` here"))),
    };
    let query = Query::of(uri);
    if query.get("breakdowns").is_some() {
        return Err(ApiError::new(100, "breakdowns: none is kept here"));
    }
    let fields = fields(&query)?;
    let span = dates(&query, now)?;
    let is_daily = match query.get("time_increment") {
        None | Some("all_days") => false,
        Some("1") => true,
        Some(_) => return Err(ApiError::new(100, "time_increment: must be 1 or all_days")),
    };
    let days = state.store.learnt_days(account, span.from, span.until).await?;
    let fits = |day: &&LearntDay| template.is_none_or(|template| template == day.template);
    let days: Vec<&LearntDay> = days.iter().filter(fits).collect();
    let mut data = Vec::new();
    let mut from = span.from;
    while is_daily && from < span.until {
        let of_day: Vec<&LearntDay> = days.iter().copied().filter(|day| day.day == from).collect();
        if !of_day.is_empty() {
            data.push(row(&of_day, &fields, Span { from, until: from + DAY }));
        }
        from = from + DAY;
    }
    if !is_daily {
        data.push(row(&days, &fields, span));
    }
    Ok(answer(StatusCode::OK, &Insights { data }))
}

fn fields(query: &Query) -> Result<Vec<String>, ApiError> {
    let Some(text) = query.get("fields") else {
        return Ok(COUNTED.map(str::to_owned).to_vec());
    };
    let known = |name: &str| COUNTED.contains(&name) || NOTHING.contains(&name) || BENCHMARKS.contains(&name);
    let mut fields = Vec::new();
    for field in listed(text) {
        if ["date_start", "date_stop"].contains(&field.as_str()) {
            continue;
        }
        match field.strip_prefix(PREFIX).filter(|name| known(name)) {
            Some(name) => fields.push(name.to_owned()),
            None => return Err(ApiError::new(100, format!("fields: there is no `{field}` here"))),
        }
    }
    Ok(fields)
}

fn dates(query: &Query, now: Timestamp) -> Result<Span, ApiError> {
    let today = day_of(now);
    if let Some(text) = query.get("time_range") {
        let refused =
            || ApiError::new(100, "time_range: must be {\"since\":\"2026-01-01\",\"until\":\"2026-01-31\"}");
        let range = tree(text.as_bytes()).map_err(|_| refused())?;
        let day =
            |name: &str| range[name].as_str().filter(|text| text.parse::<Date>().is_ok()).and_then(moment);
        let (since, until) = (day("since").ok_or_else(refused)?, day("until").ok_or_else(refused)?);
        return within(Span { from: since, until: until.min(today) + DAY }, now);
    }
    let word = query.get("date_preset").unwrap_or("last_30d");
    let preset = PRESETS.iter().find(|(name, ..)| *name == word);
    let (_, first, last) = preset.ok_or_else(|| {
        let words: Vec<_> = PRESETS.iter().map(|(name, ..)| *name).collect();
        ApiError::new(100, format!("date_preset: must be one of {}", words.join(", ")))
    })?;
    Ok(Span { from: today - DAY * *first, until: today - DAY * *last + DAY })
}

fn row(days: &[&LearntDay], fields: &[String], span: Span) -> Row {
    let sum = |of: fn(&LearntDay) -> u64| days.iter().map(|day| of(day)).sum::<u64>();
    let (sent, delivered) = (sum(|day| day.sent), sum(|day| day.delivered));
    let (read, clicked) = (sum(|day| day.read), sum(|day| day.clicked));
    let mut row = Map::new();
    for field in fields {
        let value = match field.as_str() {
            "sent" => sent.to_string(),
            "delivered" => delivered.to_string(),
            "read" => read.to_string(),
            "link_btn_click" => clicked.to_string(),
            "delivery_rate" => percent(delivered, sent),
            "read_rate" => percent(read, delivered),
            "link_btn_click_rate" => percent(clicked, delivered),
            name if BENCHMARKS.contains(&name) => continue,
            name => converted(days, name),
        };
        row.insert(format!("{PREFIX}{field}"), value.into());
    }
    row.insert("date_start".to_owned(), date(span.from).into());
    row.insert("date_stop".to_owned(), date(span.until - DAY).into());
    row
}

/// How many conversions a field counts, or what they were worth; 0 for what is none.
fn converted(days: &[&LearntDay], field: &str) -> String {
    let of = |prefix: &str, is_app: bool| field.strip_prefix(prefix).map(|name| (name, is_app));
    let Some((name, is_app)) = of("website_", false).or(of("app_", true)) else { return "0".to_owned() };
    let (name, is_worth) = name.strip_suffix("_values").map_or((name, false), |name| (name, true));
    let Some((_, name)) = CONVERSIONS.iter().find(|(field, _)| *field == name) else { return "0".to_owned() };
    let all = days.iter().flat_map(|day| &day.conversions);
    let mine = all.filter(|converted| converted.is_app == is_app && converted.name == *name);
    let (count, worth) = mine.fold((0, 0.0), |(n, sum), of| (n + of.count, sum + of.worth));
    if is_worth { decimal(worth) } else { count.to_string() }
}

fn percent(part: u64, whole: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
    let rate = if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
    decimal(rate)
}

fn decimal(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn date(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
