//! `GET /message_template_library`: Meta's ready-made utility templates. They are Meta's own and not copied here: the
//! library is empty, and says so in its own shape. A real upstream's library is not asked for either.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use stentor_wire::error::Shape;
use stentor_wire::template::schema::TemplateLibrary;

use super::known;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::state::AppState;

/// `GET`: `search`, `topic`, `usecase`, `industry`, `language`, `limit`; nothing is found.
#[utoipa::path(
    get, path = "/message_template_library", tag = "Templates", summary = "Meta's ready-made templates: none",
    params(
        ("search" = Option<String>, Query, description = "Words"),
        ("topic" = Option<String>, Query, description = "A topic"),
        ("usecase" = Option<String>, Query, description = "A use case"),
        ("industry" = Option<String>, Query, description = "An industry"),
        ("language" = Option<String>, Query, description = "A language"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Items on a page"),
    ),
    responses((status = 200, description = "An empty page", body = TemplateLibrary)),
)]
pub async fn library(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = list(&state, &request);
    told(&state, Shape::Meta, outcome)
}

fn list(state: &AppState, request: &Request) -> Result<Response, ApiError> {
    known(state, request)?;
    Query::of(request.uri()).number("limit", 1..=1_000, 25)?;
    Ok(answer(StatusCode::OK, &json!({"data": [], "paging": {"cursors": {"before": "", "after": ""}}})))
}
