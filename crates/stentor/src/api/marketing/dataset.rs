//! `/marketing/dataset` and `/marketing/{id}/dataset`: the account's dataset for conversions, made once; its quality.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stentor_core::registry::DocumentKind;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::parameters::{parameters, text};
use crate::api::state::AppState;
use crate::registry::Caller;

const NAME_CHARS_MAX: usize = 200;

/// Where conversions of an account would be collected.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Dataset {
    pub(super) id: String,
    name: String,
}

/// `GET /marketing/dataset`.
#[utoipa::path(
    get, path = "/marketing/dataset", tag = "Marketing", summary = "The account's dataset",
    responses((status = 200, description = "It", body = Dataset)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    told(&state, Shape::Meta, find(&state, request.headers(), None))
}

/// `GET /marketing/{id}/dataset`.
#[utoipa::path(
    get, path = "/marketing/{id}/dataset", tag = "Marketing", summary = "The dataset of an account or number",
    params(("id" = String, Path, description = "The account's id, or the number's")),
    responses((status = 200, description = "It", body = Dataset)),
)]
pub async fn show_of(State(state): State<Arc<AppState>>, request: Request) -> Response {
    told(&state, Shape::Meta, find(&state, request.headers(), Some(request.uri())))
}

/// `POST /marketing/dataset`: the one there is, or a new one.
#[utoipa::path(
    post, path = "/marketing/dataset", tag = "Marketing", summary = "Make the account's dataset, or get the one there is",
    request_body(content = Option<NewDataset>, example = json!({"dataset_name": "Shop"})),
    responses((status = 200, description = "It", body = Dataset)),
)]
pub async fn make(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = create(&state, request, false).await;
    told(&state, Shape::Meta, outcome)
}

/// `POST /marketing/{id}/dataset`.
#[utoipa::path(
    post, path = "/marketing/{id}/dataset", tag = "Marketing", summary = "Make the dataset of an account or number",
    params(("id" = String, Path, description = "The account's id, or the number's")),
    request_body(content = Option<NewDataset>, example = json!({"dataset_name": "Shop"})),
    responses((status = 200, description = "It", body = Dataset)),
)]
pub async fn make_of(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = create(&state, request, true).await;
    told(&state, Shape::Meta, outcome)
}

/// What a new dataset is given.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read field by field: this is its description")]
struct NewDataset {
    /// The account's name when absent.
    dataset_name: Option<String>,
}

/// The account's dataset, if it was made.
pub(super) fn kept(state: &AppState, caller: &Caller) -> Option<Dataset> {
    let snapshot = state.directory.snapshot();
    serde_json::from_str(snapshot.document(caller.account.id, None, DocumentKind::Dataset)?).ok()
}

/// The node before `/dataset` is the caller's account or number.
fn check_node(caller: &Caller, uri: &Uri) -> Result<(), ApiError> {
    let id = uri.path().trim_end_matches("/dataset").rsplit('/').next().unwrap_or_default();
    let is_own = [caller.account.id.0, caller.channel.id.0].map(|id| id.to_string()).contains(&id.to_owned());
    if is_own {
        Ok(())
    } else {
        Err(ApiError::not_found(format!("there is no account or number `{id}` here")))
    }
}

fn find(state: &AppState, headers: &HeaderMap, of: Option<&Uri>) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    of.map_or(Ok(()), |uri| check_node(&caller, uri))?;
    let none = || ApiError::not_found("the account has no dataset: POST makes one");
    Ok(answer(StatusCode::OK, &kept(state, &caller).ok_or_else(none)?))
}

async fn create(state: &Arc<AppState>, request: Request, has_node: bool) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), state.clock.now())?;
    if has_node {
        check_node(&caller, request.uri())?;
    }
    let fields = parameters(state, request).await?;
    if let Some(dataset) = kept(state, &caller) {
        return Ok(answer(StatusCode::OK, &dataset));
    }
    let name = text(&fields, "dataset_name")?.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| caller.account.name.clone());
    if name.chars().count() > NAME_CHARS_MAX {
        let details = format!("dataset_name: must be at most {NAME_CHARS_MAX} characters long");
        return Err(ApiError::new(100, details));
    }
    let dataset = Dataset { id: state.fresh_id(|_| false).to_string(), name };
    state.keep(&caller, false, DocumentKind::Dataset, json!(dataset).to_string()).await?;
    Ok(answer(StatusCode::OK, &dataset))
}

/// How well conversions match people.
#[derive(Serialize, ToSchema)]
#[schema(as = DatasetQuality)]
struct Quality {
    /// Event by event; none were ever taken in.
    #[schema(value_type = Vec<Object>)]
    web: Vec<Value>,
}

/// `GET /marketing/dataset_quality?dataset_id=`.
#[utoipa::path(
    get, path = "/marketing/dataset_quality", tag = "Marketing", summary = "How well a dataset's conversions match people",
    params(
        ("dataset_id" = String, Query, description = "The account's dataset"),
        ("agent_name" = Option<String>, Query, description = "Taken and ignored"),
        ("fields" = Option<String>, Query, description = "Taken and ignored"),
    ),
    responses((status = 200, description = "Event by event", body = Quality)),
)]
pub async fn quality(State(state): State<Arc<AppState>>, request: Request) -> Response {
    told(&state, Shape::Meta, judge(&state, request.headers(), request.uri()))
}

fn judge(state: &AppState, headers: &HeaderMap, uri: &Uri) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    let query = Query::of(uri);
    let id = query.get("dataset_id").ok_or_else(|| ApiError::new(100, "dataset_id: is missing"))?;
    match kept(state, &caller).filter(|dataset| dataset.id == id) {
        Some(_) => Ok(answer(StatusCode::OK, &Quality { web: Vec::new() })),
        None => Err(ApiError::not_found(format!("there is no dataset `{id}` in this account"))),
    }
}
