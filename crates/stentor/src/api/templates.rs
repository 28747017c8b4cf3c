//! Templates in both shapes: 360dialog's `/v1/configs/templates` and Meta's `/message_templates`. One truth, two faces.

mod archive;
mod compare;
mod delete;
mod legacy;
mod library;
mod limits;
mod list;
mod meta;
mod unpause;
pub(super) mod write;

pub(super) use archive::{Put, put_away};
pub(super) use compare::{Comparison, compared, days_until};
pub(super) use delete::delete;
pub(super) use unpause::unpaused;

pub(super) use legacy::{Deleted, create_legacy, delete_legacy, list_legacy};

use std::sync::Arc;

use axum::extract::Request;
use serde_json::Value;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::template::TemplateStatus;
use stentor_wire::reader::tree;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth;
use super::error::ApiError;
use super::state::AppState;
use crate::registry::{Caller, Registered, Snapshot};
use crate::translate;
use stentor_wire::template::{Listing, meta_id};

/// Templates that one request may name by id.
const IDS_MAX: usize = 100;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    legacy::routes()
        .merge(meta::routes())
        .routes(routes!(archive::archive))
        .routes(routes!(archive::unarchive))
        .routes(routes!(compare::compare))
        .routes(routes!(unpause::unpause))
        .routes(routes!(library::library))
}

/// The registry, and who calls.
fn known(state: &AppState, request: &Request) -> Result<(Arc<Snapshot>, Caller), ApiError> {
    let snapshot = state.directory.snapshot();
    // A partner's request was let in before, for a number of the account it names.
    let known = request.extensions().get::<Caller>().cloned();
    let caller = match known {
        Some(caller) => caller,
        None => auth::caller(&snapshot, request.headers(), state.clock.now())?,
    };
    Ok((snapshot, caller))
}

/// One template, told by `tell`; `None` only when its stored text is damaged.
fn listed<T>(registered: &Registered, tell: impl FnOnce(&Listing<'_>) -> T) -> Option<T> {
    let definition = translate::registered(&registered.template).ok()?;
    Some(tell(&translate::listing(&registered.template, &definition)))
}

/// A status by either family's word.
fn status_word(word: &str) -> Option<TemplateStatus> {
    if word.eq_ignore_ascii_case("submitted") {
        return Some(TemplateStatus::Pending);
    }
    TemplateStatus::parse(word)
}

/// The id that is the `from_the_end`th segment of a path (0: the last), of a template that is there.
fn id_in(
    snapshot: &Snapshot,
    account: AccountId,
    request: &Request,
    from_the_end: usize,
) -> Result<TemplateId, ApiError> {
    let text = request.uri().path().rsplit('/').nth(from_the_end).unwrap_or_default();
    let missing = || ApiError::not_found(format!("there is no template `{text}` in this account"));
    let id = meta_id(text).map(TemplateId).ok_or_else(missing)?;
    found(snapshot, account, id).map(|_| id)
}

/// The template of that id, unless it is deleted.
fn found(snapshot: &Snapshot, account: AccountId, id: TemplateId) -> Result<&Registered, ApiError> {
    let found = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
    found.ok_or_else(|| ApiError::not_found(format!("there is no template {id} in this account")))
}

fn one_id(field: &str, text: &str) -> Result<TemplateId, ApiError> {
    let wrong = || ApiError::new(100, format!("{field}: `{text}` is not a template id"));
    meta_id(text.trim()).map(TemplateId).ok_or_else(wrong)
}

/// 1 to 100 ids: an array, its JSON as text, or text with commas between.
fn ids_of(field: &str, list: &Value) -> Result<Vec<TemplateId>, ApiError> {
    let wrong =
        || ApiError::new(100, format!("{field}: must be a JSON array of 1 to {IDS_MAX} template ids"));
    let items: Vec<String> = match list {
        Value::Array(items) => items.iter().map(text_of).collect(),
        Value::Number(one) => vec![one.to_string()],
        Value::String(text) if text.trim_start().starts_with('[') => {
            let Value::Array(items) = tree(text.as_bytes()).map_err(|_| wrong())? else {
                return Err(wrong());
            };
            items.iter().map(text_of).collect()
        }
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        _ => return Err(wrong()),
    };
    if !(1..=IDS_MAX).contains(&items.len()) {
        return Err(wrong());
    }
    let mut ids: Vec<TemplateId> = Vec::with_capacity(items.len());
    for item in &items {
        let id = one_id(field, item)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn text_of(item: &Value) -> String {
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}
