//! `/message_templates`: one template in Meta's shape, made, shown, edited, deleted.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use stentor_core::id::TemplateId;
use stentor_wire::error::Shape;
use stentor_wire::template::schema::{
    DefinitionBody, EditBody, Template as TemplateShown, TemplateCreated, TemplateEdited,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{self, fields, tell};
use super::{delete, found, id_in, ids_of, known, listed, one_id, write};
use crate::api::error::ApiError;
use crate::api::http::{DONE, Done, Query, bytes, json as answer, told};
use crate::api::openapi::at;
use crate::api::state::AppState;
use crate::registry;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(list::list_meta, create_meta, delete_meta))
        .routes(at("/marketing/message_templates", routes!(list::list_meta, create_meta)))
        .routes(routes!(show_meta, edit_meta))
        .routes(at("/marketing/{id}", routes!(show_meta)))
}

/// `GET /message_templates/{id}`.
#[utoipa::path(
    get, path = "/message_templates/{id}", tag = "Templates", summary = "One template",
    params(
        ("id" = String, Path, description = "Meta's id, or 360dialog's", example = "333000333000333"),
        ("fields" = Option<String>, Query, description = "Fields with commas between; all when absent"),
    ),
    responses((status = 200, description = "The template", body = TemplateShown)),
)]
pub async fn show_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = show(&state, &request);
    told(&state, Shape::Meta, outcome)
}

fn show(state: &AppState, request: &Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, request)?;
    let id = id_in(&snapshot, caller.account.id, request, 0)?;
    let fields = fields(&Query::of(request.uri()));
    let shown = tell(found(&snapshot, caller.account.id, id)?, fields.as_deref());
    let missing = || ApiError::not_found(format!("template {id} cannot be read any more"));
    Ok(answer(StatusCode::OK, &shown.ok_or_else(missing)?))
}

/// `POST /message_templates`.
#[utoipa::path(
    post, path = "/message_templates", tag = "Templates", summary = "Create a template",
    request_body(content = DefinitionBody, example = json!({
        "name": "spring_sale", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Our sale is on!"}]})),
    responses((status = 200, description = "Created, and in review", body = TemplateCreated)),
)]
pub async fn create_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = create(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn create(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (_, caller) = known(state, &request)?;
    let body = bytes(state, request.into_body()).await?;
    let made = write::create(state, caller.account.id, &body, caller.actor()).await?;
    let shown = listed(&made.registered, |listing| json!(listing.to_meta_created())).unwrap_or_default();
    Ok(made.warned(answer(StatusCode::OK, &shown)))
}

/// `POST /message_templates/{id}`.
#[utoipa::path(
    post, path = "/message_templates/{id}", tag = "Templates", summary = "Edit a template",
    params(("id" = String, Path, description = "Meta's id, or 360dialog's", example = "333000333000333")),
    request_body(content = EditBody, example = json!({"components": [{"type": "BODY", "text": "Our sale ends today!"}]})),
    responses((status = 200, description = "Edited; new content goes to review again", body = TemplateEdited)),
)]
pub async fn edit_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = edit(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn edit(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let account = caller.account.id;
    let id = id_in(&snapshot, account, &request, 0)?;
    let body = bytes(state, request.into_body()).await?;
    write::edit(state, (account, id), &body, caller.actor()).await?;
    let snapshot = state.directory.snapshot();
    let template = &found(&snapshot, account, id)?.template;
    let body = json!({
        "success": true, "id": id.to_string(), "name": template.name, "category": template.category.as_str(),
    });
    Ok(answer(StatusCode::OK, &body))
}

/// `DELETE /message_templates`: `hsm_ids`, `hsm_id` (with its `name`), or `name`.
#[utoipa::path(
    delete, path = "/message_templates", tag = "Templates", summary = "Delete templates",
    params(
        ("name" = Option<String>, Query, description = "In all its languages; beside `hsm_id` that template's own"),
        ("hsm_id" = Option<String>, Query, description = "One template's id"),
        ("hsm_ids" = Option<String>, Query, description = "A JSON array of 1 to 100 ids"),
    ),
    responses((status = 200, description = "Deleted; their names are locked for 30 days", body = Done)),
)]
pub async fn delete_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = remove(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn remove(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let account = caller.account.id;
    let query = Query::of(request.uri());
    let ids: Vec<TemplateId> = match (query.get("hsm_ids"), query.get("hsm_id"), query.get("name")) {
        (Some(list), _, _) => ids_of("hsm_ids", &Value::from(list))?,
        (None, Some(id), name) => {
            let id = one_id("hsm_id", id)?;
            let template = &found(&snapshot, account, id)?.template;
            if let Some(name) = name.filter(|name| *name != template.name) {
                let details = format!("name: template {id} is called `{}`, not `{name}`", template.name);
                return Err(ApiError::new(100, details).blaming("name"));
            }
            vec![id]
        }
        (None, None, Some(name)) => {
            let ids = registry::ids_of(snapshot.named(account, name));
            if ids.is_empty() {
                return Err(ApiError::not_found(format!(
                    "name: there is no template `{name}` in this account"
                )));
            }
            ids
        }
        (None, None, None) => return Err(ApiError::new(100, "name: is required (or hsm_id, or hsm_ids)")),
    };
    delete(state, account, ids, caller.actor()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}
