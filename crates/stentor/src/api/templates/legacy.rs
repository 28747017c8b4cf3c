//! `/v1/configs/templates`: 360dialog's shape, the one most clients read (`waba_templates`, lower-case status, 201).

use std::cmp::Ordering;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_wire::error::Shape;
use stentor_wire::template::meta_id;
use stentor_wire::template::schema::{DefinitionBody, WabaTemplateCreated, WabaTemplatePage};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{delete as delete_all, known, listed, status_word, write};
use crate::api::error::ApiError;
use crate::api::http::{Query, bytes, json as answer, told};
use crate::api::hub::partner_id;
use crate::api::state::AppState;
use crate::registry::{Registered, Snapshot, ids_of};

const PAGE_MAX: usize = 1_000;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(list_legacy, create_legacy, delete_legacy))
        .routes(routes!(delete_named))
}

/// `GET`: `limit`, `offset`, `sort`, `filters` (JSON), `name`.
#[utoipa::path(
    get, path = "/v1/configs/templates", tag = "Templates", summary = "Templates, in 360dialog's shape",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Templates on a page"),
        ("offset" = Option<u32>, Query, description = "Templates left out before the page"),
        ("sort" = Option<String>, Query, description = "Fields with commas between, `-` before a falling one", example = "-created_at"),
        ("filters" = Option<String>, Query, description = "A JSON object of `id`, `external_id`, `name`, `language`, `category`, `status`", example = r#"{"status": "approved"}"#),
        ("name" = Option<String>, Query, description = "As in `filters`"),
    ),
    responses((status = 200, description = "A page", body = WabaTemplatePage)),
)]
pub async fn list_legacy(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = list(&state, &request);
    told(&state, Shape::Config, outcome)
}

fn list(state: &AppState, request: &Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, request)?;
    let query = Query::of(request.uri());
    let limit = query.number("limit", 1..=PAGE_MAX, PAGE_MAX)?;
    let offset = query.number("offset", 0..=usize::MAX, 0)?;
    let filters = filters(&query)?;
    let sort = query.get("sort").unwrap_or("id").to_owned();
    let mut found: Vec<&Registered> = snapshot
        .templates(caller.account.id)
        .filter(|r| filters.iter().all(|f| fits(&r.template, f)))
        .collect();
    for field in sort.split(',').rev() {
        let (field, downwards) = field.strip_prefix('-').map_or((field, false), |field| (field, true));
        found.sort_by(|a, b| {
            let order = compare(&a.template, &b.template, field);
            if downwards { order.reverse() } else { order }
        });
    }
    let partner = partner_id(state);
    let page: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit)
        .filter_map(|r| listed(r, |listing| json!(listing.to_dialog360(&partner))))
        .collect();
    let shown: Map<String, Value> = filters.into_iter().collect();
    Ok(answer(
        StatusCode::OK,
        &json!({
            "count": page.len(),
            "filters": shown,
            "limit": limit,
            "offset": offset,
            "sort": sort.split(',').collect::<Vec<_>>(),
            "total": found.len(),
            "waba_templates": page,
        }),
    ))
}

const FILTERS: [&str; 6] = ["id", "external_id", "name", "language", "category", "status"];

fn filters(query: &Query) -> Result<Vec<(String, Value)>, ApiError> {
    let mut filters: Vec<(String, Value)> = query.filters()?.into_iter().collect();
    filters.extend(query.get("name").map(|name| ("name".to_owned(), json!(name))));
    for (field, _) in &mut filters {
        if let Some(bare) = field.strip_prefix("business_templates.") {
            *field = bare.to_owned();
        }
        if !FILTERS.contains(&field.as_str()) {
            let details = format!("filters: cannot filter by `{field}`, only by {}", FILTERS.join(", "));
            return Err(ApiError::new(100, details));
        }
    }
    Ok(filters)
}

fn fits(template: &Template, (field, wanted): &(String, Value)) -> bool {
    let one = |wanted: &Value| {
        let Some(text) =
            wanted.as_str().map(str::to_owned).or_else(|| wanted.as_i64().map(|n| n.to_string()))
        else {
            return false;
        };
        match field.as_str() {
            "id" | "external_id" => meta_id(&text) == Some(template.id.0),
            "name" => template.name == text,
            "language" => template.language == text,
            "category" => template.category.as_str().eq_ignore_ascii_case(&text),
            _ => status_word(&text) == Some(template.status),
        }
    };
    wanted.as_array().map_or_else(|| one(wanted), |any| any.iter().any(one))
}

fn compare(a: &Template, b: &Template, field: &str) -> Ordering {
    match field.strip_prefix("business_templates.").unwrap_or(field) {
        "name" => a.name.cmp(&b.name),
        "language" => a.language.cmp(&b.language),
        "category" => a.category.cmp(&b.category),
        "status" => a.status.cmp(&b.status),
        "created_at" => a.created_at.cmp(&b.created_at),
        "modified_at" => a.modified_at.cmp(&b.modified_at),
        _ => a.id.cmp(&b.id),
    }
}

/// `POST`: 201 with the template, `submitted`.
#[utoipa::path(
    post, path = "/v1/configs/templates", tag = "Templates", summary = "Create a template",
    request_body(content = DefinitionBody, example = json!({
        "name": "spring_sale", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Our sale is on!"}]})),
    responses((status = 201, description = "Created, and in review", body = WabaTemplateCreated)),
)]
pub async fn create_legacy(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = create(&state, request).await;
    told(&state, Shape::Config, outcome)
}

async fn create(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (_, caller) = known(state, &request)?;
    let body = bytes(state, request.into_body()).await?;
    let made = write::create(state, caller.account.id, &body, caller.actor()).await?;
    let shown = listed(&made.registered, |listing| json!(listing.to_dialog360_created())).unwrap_or_default();
    Ok(made.warned(answer(StatusCode::CREATED, &shown)))
}

/// A template is gone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct Deleted {
    meta: DeletedMeta,
    success: bool,
}

/// The answer's own words.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct DeletedMeta {
    success: bool,
    http_code: u16,
}

/// `DELETE ?name=`: a name goes in all its languages.
#[utoipa::path(
    delete, path = "/v1/configs/templates", tag = "Templates", summary = "Delete a template",
    params(
        ("name" = Option<String>, Query, description = "In all its languages"),
        ("id" = Option<String>, Query, description = "360dialog's id, or Meta's"),
    ),
    responses((status = 200, description = "Deleted; its name is locked for 30 days", body = Deleted)),
)]
pub async fn delete_legacy(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = delete(&state, request).await;
    told(&state, Shape::Config, outcome)
}

/// `DELETE /{name or id}`.
#[utoipa::path(
    delete, path = "/v1/configs/templates/{which}", tag = "Templates", summary = "Delete a template",
    params(("which" = String, Path, description = "A name (in all its languages), 360dialog's id, or Meta's", example = "spring_sale")),
    responses((status = 200, description = "Deleted; its name is locked for 30 days", body = Deleted)),
)]
pub async fn delete_named(state: State<Arc<AppState>>, request: Request) -> Response {
    delete_legacy(state, request).await
}

async fn delete(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let query = Query::of(request.uri());
    let segment = request.uri().path().strip_prefix("/v1/configs/templates/").filter(|rest| !rest.is_empty());
    let which = match segment.or_else(|| query.get("name")).or_else(|| query.get("id")) {
        Some(which) => which,
        None => {
            return Err(ApiError::new(100, "name: is required, as the last part of the path or as `?name=`"));
        }
    };
    let ids = meant(&snapshot, caller.account.id, which);
    if ids.is_empty() {
        return Err(ApiError::not_found(format!("there is no template `{which}` in this account")));
    }
    delete_all(state, caller.account.id, ids, caller.actor()).await?;
    Ok(answer(StatusCode::OK, &json!({"meta": {"success": true, "http_code": 200}, "success": true})))
}

/// A name, 360dialog's id, or Meta's id; a name goes first, since names may be digits.
fn meant(snapshot: &Snapshot, account: AccountId, which: &str) -> Vec<TemplateId> {
    let named = ids_of(snapshot.named(account, which));
    if !named.is_empty() {
        return named;
    }
    let id = meta_id(which).map(TemplateId);
    let found =
        id.and_then(|id| snapshot.template_by_id(account, id)).filter(|r| r.template.deleted_at.is_none());
    ids_of(found.into_iter())
}
