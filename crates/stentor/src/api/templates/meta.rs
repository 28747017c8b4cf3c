//! `/message_templates`: Meta's shape, with cursors, TTL and edit.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use stentor_core::id::TemplateId;
use stentor_core::registry::Template;
use stentor_core::template::Category;
use stentor_wire::error::Shape;
use stentor_wire::template::meta_id;
use stentor_wire::template::schema::{
    DefinitionBody, EditBody, Template as TemplateShown, TemplateCreated, TemplatePage,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{listed, status_word, write};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{DONE, Done, Query, asked_path, bytes, json as answer, told};
use crate::api::openapi::at;
use crate::api::state::AppState;
use crate::registry::{Caller, Registered, Snapshot, ids_of};

const PAGE: usize = 25;
const PAGE_MAX: usize = 1_000;
/// Templates deleted by one `hsm_ids`.
const IDS_MAX: usize = 100;

fn known(state: &AppState, request: &Request) -> Result<(Arc<Snapshot>, Caller), ApiError> {
    let snapshot = state.directory.snapshot();
    let caller = auth::caller(&snapshot, request.headers(), state.clock.now())?;
    Ok((snapshot, caller))
}

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(list_meta, create_meta, delete_meta))
        .routes(at("/marketing/message_templates", routes!(list_meta)))
        .routes(routes!(show_meta, edit_meta))
}

/// `GET /message_templates`: `fields`, `limit`, `after`, `before`, `status`, `category`, `language`, `name`.
#[utoipa::path(
    get, path = "/message_templates", tag = "Templates", summary = "Templates, in Meta's shape",
    params(
        ("fields" = Option<String>, Query, description = "Fields with commas between; all when absent", example = "name,status"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Templates on a page; 25 at first"),
        ("after" = Option<String>, Query, description = "A cursor: the page after it"),
        ("before" = Option<String>, Query, description = "A cursor: the page before it"),
        ("status" = Option<String>, Query, description = "Those with this status", example = "APPROVED"),
        ("category" = Option<String>, Query, description = "Those of this category", example = "MARKETING"),
        ("language" = Option<String>, Query, description = "Those in this language"),
        ("name" = Option<String>, Query, description = "Those whose name contains it"),
    ),
    responses((status = 200, description = "A page", body = TemplatePage)),
)]
pub async fn list_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = list(&state, &request);
    told(&state, Shape::Meta, outcome)
}

fn list(state: &AppState, request: &Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, request)?;
    let query = Query::of(request.uri());
    let limit = query.number("limit", 1..=PAGE_MAX, PAGE)?;
    let (after, before) = (cursor(&query, "after")?, cursor(&query, "before")?);
    let wanted = Wanted::of(&query)?;
    let fitting = || snapshot.templates(caller.account.id).filter(|r| wanted.fits(&r.template));
    let page: Vec<&Registered> = match before {
        Some(before) => {
            let mut page: Vec<_> = fitting().rev().filter(|r| r.template.id < before).take(limit).collect();
            page.reverse();
            page
        }
        None => fitting().filter(|r| after.is_none_or(|after| r.template.id > after)).take(limit).collect(),
    };
    let fields = fields(&query);
    let data: Vec<Value> = page.iter().filter_map(|r| tell(r, fields.as_deref())).collect();
    let mut body = json!({"data": data});
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        let (before, after) = (encode(first.template.id), encode(last.template.id));
        let more = fitting().any(|r| r.template.id > last.template.id);
        body["paging"] = json!({"cursors": {"before": before, "after": after}});
        if more {
            body["paging"]["next"] = json!(format!("{}?limit={limit}&after={after}", asked_path(request)));
        }
    }
    Ok(answer(StatusCode::OK, &body))
}

fn tell(registered: &Registered, fields: Option<&[String]>) -> Option<Value> {
    let fields: Option<Vec<&str>> = fields.map(|fields| fields.iter().map(String::as_str).collect());
    listed(registered, |listing| json!(listing.to_meta(fields.as_deref())))
}

fn fields(query: &Query) -> Option<Vec<String>> {
    query.get("fields").map(|fields| fields.split(',').map(|field| field.trim().to_owned()).collect())
}

struct Wanted<'q> {
    status: Option<stentor_core::template::TemplateStatus>,
    category: Option<Category>,
    language: Option<&'q str>,
    name: Option<&'q str>,
}

impl<'q> Wanted<'q> {
    fn of(query: &'q Query) -> Result<Self, ApiError> {
        let word =
            |name: &'static str| ApiError::new(100, format!("{name}: is not a word this field can have"));
        let status = query.get("status").map(|w| status_word(w).ok_or_else(|| word("status"))).transpose()?;
        let category = query.get("category").map(|w| Category::parse(w).ok_or_else(|| word("category")));
        let (language, name) = (query.get("language"), query.get("name"));
        Ok(Self { status, category: category.transpose()?, language, name })
    }

    fn fits(&self, template: &Template) -> bool {
        self.status.is_none_or(|status| status == template.status)
            && self.category.is_none_or(|category| category == template.category)
            && self.language.is_none_or(|language| language == template.language)
            && self.name.is_none_or(|name| template.name.contains(name))
    }
}

fn encode(id: TemplateId) -> String {
    URL_SAFE_NO_PAD.encode(id.to_string())
}

fn cursor(query: &Query, name: &str) -> Result<Option<TemplateId>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let id = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    id.map(Some).ok_or_else(|| ApiError::new(131_059, format!("{name}: is not a cursor of this list")))
}

/// The id in `/message_templates/{id}`.
fn id_in(request: &Request) -> Result<TemplateId, ApiError> {
    let text = request.uri().path().rsplit('/').next().unwrap_or_default();
    let missing = || ApiError::not_found(format!("there is no template `{text}` in this account"));
    meta_id(text).map(TemplateId).ok_or_else(missing)
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
    let id = id_in(request)?;
    let found = snapshot.template_by_id(caller.account.id, id).filter(|r| r.template.deleted_at.is_none());
    let fields = fields(&Query::of(request.uri()));
    let shown = found.and_then(|r| tell(r, fields.as_deref())).ok_or_else(|| write::no_such(id))?;
    Ok(answer(StatusCode::OK, &shown))
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
    Ok(answer(StatusCode::OK, &listed(&made, |listing| json!(listing.to_meta_created())).unwrap_or_default()))
}

/// `POST /message_templates/{id}`.
#[utoipa::path(
    post, path = "/message_templates/{id}", tag = "Templates", summary = "Edit a template",
    params(("id" = String, Path, description = "Meta's id, or 360dialog's", example = "333000333000333")),
    request_body(content = EditBody, example = json!({"components": [{"type": "BODY", "text": "Our sale ends today!"}]})),
    responses((status = 200, description = "Edited; new content goes to review again", body = Done)),
)]
pub async fn edit_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = edit(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn edit(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (_, caller) = known(state, &request)?;
    let id = id_in(&request)?;
    let body = bytes(state, request.into_body()).await?;
    write::edit(state, (caller.account.id, id), &body, caller.actor()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}

/// `DELETE /message_templates?name=`, `?hsm_id=&name=` or `?hsm_ids=["..",".."]`.
#[utoipa::path(
    delete, path = "/message_templates", tag = "Templates", summary = "Delete templates",
    params(
        ("name" = Option<String>, Query, description = "In all its languages"),
        ("hsm_id" = Option<String>, Query, description = "One template's id"),
        ("hsm_ids" = Option<String>, Query, description = "A JSON array of 1 to 100 ids"),
    ),
    responses((status = 200, description = "Deleted; their names are locked for 30 days", body = Done)),
)]
pub async fn delete_meta(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = delete(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn delete(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let account = caller.account.id;
    let query = Query::of(request.uri());
    let ids = match (query.get("hsm_ids"), query.get("hsm_id"), query.get("name")) {
        (Some(list), _, _) => listed_ids(list)?,
        (None, Some(id), _) => vec![one_id("hsm_id", id)?],
        (None, None, Some(name)) => {
            let ids = ids_of(snapshot.named(account, name));
            if ids.is_empty() {
                return Err(ApiError::not_found(format!(
                    "name: there is no template `{name}` in this account"
                )));
            }
            ids
        }
        (None, None, None) => return Err(ApiError::new(100, "name: is required (or hsm_id, or hsm_ids)")),
    };
    write::delete(state, account, ids, caller.actor()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}

fn one_id(field: &str, text: &str) -> Result<TemplateId, ApiError> {
    let wrong = || ApiError::new(100, format!("{field}: `{text}` is not a template id"));
    meta_id(text).map(TemplateId).ok_or_else(wrong)
}

fn listed_ids(list: &str) -> Result<Vec<TemplateId>, ApiError> {
    let wrong =
        || ApiError::new(100, format!("hsm_ids: must be a JSON array of 1 to {IDS_MAX} template ids"));
    let items: Vec<Value> = serde_json::from_str(list).map_err(|_| wrong())?;
    if !(1..=IDS_MAX).contains(&items.len()) {
        return Err(wrong());
    }
    items
        .iter()
        .map(|item| one_id("hsm_ids", &item.as_str().map_or_else(|| item.to_string(), str::to_owned)))
        .collect()
}
