//! `/marketing/reachestimate`: how many of a thousand people would be reached, as our own marketing of the last days went.
//! No audience and no price is known here, so the country narrows nothing and costs are zero.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde::Serialize;
use stentor_core::route::Route;
use stentor_wire::error::Shape;
use stentor_wire::reader::tree;
use utoipa::ToSchema;

use super::{DAY, day_of};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::state::AppState;

const USERS: u64 = 1_000;
/// How far the bounds lie from what was seen, in thousandths.
const MARGIN: u64 = 100;
const INTERVALS: [(&str, u32); 4] = [("L1D", 1), ("L7D", 7), ("L14D", 14), ("L28D", 28)];

/// The answer.
#[derive(Serialize, ToSchema)]
#[schema(as = ReachEstimate)]
struct Reach {
    waba_currency: &'static str,
    /// One.
    estimates: Vec<Estimate>,
}

/// What a thousand messages would come to.
#[derive(Serialize, ToSchema)]
#[schema(as = ReachEstimateRow)]
struct Estimate {
    /// None is bid here.
    bid_amount: u64,
    users: u64,
    lower_bound_deliveries: u64,
    upper_bound_deliveries: u64,
    cost_lower_bound: u64,
    cost_upper_bound: u64,
}

/// `GET /marketing/reachestimate`.
#[utoipa::path(
    get, path = "/marketing/reachestimate", tag = "Marketing",
    summary = "How many of a thousand would be reached, as our own marketing went",
    params(
        ("targeting_spec" = String, Query, description = "JSON with `geo_locations.countries`; it narrows nothing here",
            example = json!("{\"geo_locations\":{\"countries\":[\"IN\"]}}")),
        ("date_interval" = Option<String>, Query, description = "`L1D`, `L7D`, `L14D` or `L28D`; `L7D` when absent"),
    ),
    responses((status = 200, description = "An estimate from this account's own messages", body = Reach)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = find(&state, request.headers(), request.uri()).await;
    told(&state, Shape::Meta, outcome)
}

async fn find(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<Response, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let caller = auth::caller(&snapshot, headers, now)?;
    let query = Query::of(uri);
    let spec = query.get("targeting_spec").and_then(|text| tree(text.as_bytes()).ok());
    let countries = spec.as_ref().and_then(|spec| spec["geo_locations"]["countries"].as_array());
    if countries.is_none_or(Vec::is_empty) {
        let details = "targeting_spec: must be JSON that names geo_locations.countries";
        return Err(ApiError::new(100, details));
    }
    let word = query.get("date_interval").unwrap_or("L7D");
    let interval = INTERVALS.iter().find(|(name, _)| *name == word);
    let (_, days) =
        interval.ok_or_else(|| ApiError::new(100, "date_interval: must be L1D, L7D, L14D or L28D"))?;
    let from = day_of(now) - DAY * *days;
    let seen = state.store.days(caller.account.id, from, day_of(now) + DAY).await?;
    let of_marketing = || seen.iter().filter(|day| day.route == Route::Optimised);
    let sent: u64 = of_marketing().map(|day| day.sent).sum();
    let delivered: u64 = of_marketing().map(|day| day.delivered).sum();
    // Nothing was sent: anything may be.
    let (lower, upper) = match (delivered * USERS).checked_div(sent) {
        None => (0, USERS),
        Some(of_users) => {
            (of_users - of_users * MARGIN / 1_000, (of_users + of_users * MARGIN / 1_000).min(USERS))
        }
    };
    let estimate = Estimate {
        bid_amount: 0,
        users: USERS,
        lower_bound_deliveries: lower,
        upper_bound_deliveries: upper,
        cost_lower_bound: 0,
        cost_upper_bound: 0,
    };
    Ok(answer(StatusCode::OK, &Reach { waba_currency: "USD", estimates: vec![estimate] }))
}
