//! Templates as the operator sees and writes them, and moved by hand: also fixtures, which nothing else moves.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use http::Uri;
use serde::Serialize;
use serde_json::Value;
use stentor_core::admission::sync_state;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::sync::{SYNC, SyncState};
use stentor_core::template::{Category, RejectedReason, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_wire::schema::Text;
use stentor_wire::template::schema::{DefinitionBody, EditBody};
use utoipa::ToSchema;

use super::super::http::{DONE, Done, Query, bytes};
use super::super::moves::{self, status_notice, with_status};
use super::super::state::{AppState, Review};
use super::super::templates::{self, Comparison, write};
use super::answer::{AdminError, Answer, at, created, ok};
use super::audit::ACTOR;
use super::fields::{Fields, required};
use super::scope::OfAccount;
use super::template_hold::{HoldShown, hold};
use crate::registry::Registered;

/// Where a hand may move a template.
const MOVES: [&str; 6] = ["APPROVED", "PENDING", "PAUSED", "REJECTED", "DISABLED", "synced"];

/// A template as the operator sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct TemplateShown {
    #[schema(example = "333000333000333")]
    id: String,
    account_id: String,
    #[schema(example = "spring_sale")]
    name: String,
    #[schema(example = "en")]
    language: String,
    #[schema(example = "MARKETING")]
    category: &'static str,
    #[schema(example = "APPROVED")]
    status: &'static str,
    #[schema(required = true)]
    rejected_reason: Option<&'static str>,
    /// `synced`, `syncing until …`, `syncing`; empty unless approved.
    #[schema(example = "synced")]
    sync: String,
    #[schema(example = "POSITIONAL")]
    parameter_format: &'static str,
    #[schema(required = true)]
    message_send_ttl_seconds: Option<i64>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[schema(example = "GREEN")]
    quality: &'static str,
    /// When its pause ends by itself.
    #[schema(required = true)]
    paused_until: Option<String>,
    /// Why our own autopilot holds it; null: it does not.
    #[schema(required = true)]
    held: Option<HoldShown>,
    /// The category it was announced to get.
    #[schema(required = true)]
    correct_category: Option<&'static str>,
    /// A fixture, which only a hand moves.
    pinned: bool,
    #[schema(required = true)]
    created_at: Option<String>,
    #[schema(required = true)]
    modified_at: Option<String>,
    #[schema(required = true)]
    approved_at: Option<String>,
    #[schema(required = true)]
    last_used_at: Option<String>,
    #[schema(required = true)]
    archived_at: Option<String>,
    /// `admin`, `key:...`, `network` or `system`.
    #[schema(example = "admin")]
    created_by: String,
    #[schema(example = "network")]
    modified_by: String,
    /// As it was defined.
    #[schema(value_type = Vec<Object>)]
    components: Value,
}

/// Templates of an account.
#[derive(Serialize, ToSchema)]
struct Templates {
    templates: Vec<TemplateShown>,
}

/// Where a template is moved by hand.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct MoveBody {
    /// `APPROVED`, `PENDING`, `PAUSED`, `REJECTED`, `DISABLED` or `synced`, in any case.
    #[schema(example = "APPROVED")]
    to: Text,
    /// Of a rejection.
    reason: Option<String>,
}

pub(super) fn shown(template: &Template, now: Timestamp) -> TemplateShown {
    let sync = match sync_state(template, now) {
        _ if template.status != TemplateStatus::Approved => String::new(),
        SyncState::Synced => "synced".to_owned(),
        SyncState::Syncing { .. } if template.pinned => "syncing".to_owned(),
        SyncState::Syncing { until } => format!("syncing until {until}"),
    };
    TemplateShown {
        id: template.id.to_string(),
        account_id: template.account.to_string(),
        name: template.name.clone(),
        language: template.language.clone(),
        category: template.category.as_str(),
        status: template.status.as_str(),
        rejected_reason: template.rejected_reason.map(RejectedReason::as_str),
        sync,
        parameter_format: template.parameter_format.as_str(),
        message_send_ttl_seconds: template.ttl_secs,
        quality: template.health.quality.as_str(),
        paused_until: at(template.health.paused_until),
        held: hold(template),
        correct_category: template.health.correct_category.map(Category::as_str),
        pinned: template.pinned,
        created_at: at(Some(template.created_at)),
        modified_at: at(Some(template.modified_at)),
        approved_at: at(template.approved_at),
        last_used_at: at(template.last_used_at),
        archived_at: at(template.archived_at),
        created_by: template.created_by.clone(),
        modified_by: template.modified_by.clone(),
        components: serde_json::from_str(&template.components).unwrap_or_default(),
    }
}

/// `GET /admin/v1/templates?account=&name=`, or under the account.
#[utoipa::path(
    get, path = "/templates", tag = "Templates", summary = "Templates of an account",
    params(("name" = Option<String>, Query, description = "Those of this name")),
    responses((status = 200, description = "The templates", body = Templates)),
)]
pub async fn list(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let now = state.clock.now();
    let query = Query::of(&uri);
    let is_meant = |r: &&Registered| query.get("name").is_none_or(|name| r.template.name == name);
    let templates = of.snapshot.templates(of.account.id).filter(is_meant);
    ok(&Templates { templates: templates.map(|r| shown(&r.template, now)).collect() })
}

/// The id at the end of a path.
pub(super) fn id_in(path: Vec<(String, String)>) -> Result<TemplateId, AdminError> {
    let text =
        path.into_iter().find(|(key, _)| key == "template").map(|(_, value)| value).unwrap_or_default();
    text.parse().map(TemplateId).map_err(|_| AdminError::field("template", "must be an id, digits only"))
}

/// The template as it is now.
pub(super) fn found(
    state: &AppState,
    account: AccountId,
    id: TemplateId,
) -> Result<Arc<Template>, AdminError> {
    let snapshot = state.directory.snapshot();
    let found = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
    let template = found.map(|r| Arc::clone(&r.template));
    template.ok_or_else(|| AdminError::not_found(format!("account {account} has no template {id}")))
}

/// `POST /admin/v1/accounts/{account}/templates`: a definition in Meta's shape.
#[utoipa::path(
    post, path = "/templates", tag = "Templates", summary = "Create a template",
    request_body(content = DefinitionBody, example = json!({
        "name": "spring_sale", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Our sale is on!"}]})),
    responses((status = 201, description = "Created, and in review", body = TemplateShown)),
)]
pub async fn create(State(state): State<Arc<AppState>>, of: OfAccount, request: Request) -> Answer {
    let body = bytes(&state, request.into_body()).await?;
    let made = write::create(&state, of.account.id, &body, ACTOR.to_owned()).await?;
    Ok(made.warned(created(&shown(&made.registered.template, state.clock.now()))?))
}

/// `PATCH /admin/v1/accounts/{account}/templates/{template}`: the fields that change.
#[utoipa::path(
    patch, path = "/templates/{template}", tag = "Templates", summary = "Edit a template",
    request_body(content = EditBody, example = json!({"components": [{"type": "BODY", "text": "Our sale ends today!"}]})),
    responses((status = 200, description = "As it is now", body = TemplateShown)),
)]
pub async fn edit(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    request: Request,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    let body = bytes(&state, request.into_body()).await?;
    write::edit(&state, (account, id), &body, ACTOR.to_owned()).await?;
    ok(&shown(&*found(&state, account, id)?, state.clock.now()))
}

/// `DELETE /admin/v1/accounts/{account}/templates/{template}`.
#[utoipa::path(
    delete, path = "/templates/{template}", tag = "Templates", summary = "Delete a template",
    responses((status = 200, description = "Deleted; its name is locked for 30 days", body = Done)),
)]
pub async fn delete(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    templates::delete(&state, of.account.id, vec![id_in(path)?], ACTOR.to_owned()).await?;
    ok(&DONE)
}

/// `DELETE /admin/v1/accounts/{account}/templates?name=`: in all its languages.
#[utoipa::path(
    delete, path = "/templates", tag = "Templates", summary = "Delete a template in all its languages",
    params(("name" = String, Query, description = "Its name")),
    responses((status = 200, description = "Deleted; its name is locked for 30 days", body = Done)),
)]
pub async fn delete_named(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let name = required("name", query.get("name"))?;
    let ids: Vec<_> = of.snapshot.named(of.account.id, name).map(|r| r.template.id).collect();
    if ids.is_empty() {
        return Err(AdminError::not_found(format!(
            "there is no template {name:?}: see `stentor template list`"
        )));
    }
    templates::delete(&state, of.account.id, ids, ACTOR.to_owned()).await?;
    ok(&DONE)
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/archive`.
#[utoipa::path(
    post, path = "/templates/{template}/archive", tag = "Templates", summary = "Put a template away",
    responses(
        (status = 200, description = "As it is now: not to be sent, deleted after 28 days", body = TemplateShown),
        (status = 409, description = "It cannot be archived as it is now."),
    ),
)]
pub async fn archive(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    put_away(&state, of, path, templates::Put::Away).await
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/unarchive`.
#[utoipa::path(
    post, path = "/templates/{template}/unarchive", tag = "Templates", summary = "Put an archived template back",
    responses(
        (status = 200, description = "Where it stood before", body = TemplateShown),
        (status = 409, description = "It is not archived."),
    ),
)]
pub async fn unarchive(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    put_away(&state, of, path, templates::Put::Back).await
}

async fn put_away(
    state: &Arc<AppState>,
    of: OfAccount,
    path: Vec<(String, String)>,
    put: templates::Put,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    found(state, account, id)?;
    let moved = templates::put_away(state, account, vec![id], put, ACTOR.to_owned()).await?;
    match moved.failed.into_iter().next() {
        None => ok(&shown(&*found(state, account, id)?, state.clock.now())),
        Some((_, why)) => Err(AdminError::conflict("status", why)),
    }
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/unpause`: as the customer would.
#[utoipa::path(
    post, path = "/templates/{template}/unpause", tag = "Templates", summary = "End the pause that pacing made",
    responses((status = 200, description = "As it is now", body = TemplateShown)),
)]
pub async fn unpause(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    templates::unpaused(&state, (account, id), ACTOR.to_owned()).await?;
    ok(&shown(&*found(&state, account, id)?, state.clock.now()))
}

/// `GET /admin/v1/accounts/{account}/templates/{template}/compare?with=&days=`: up to now.
#[utoipa::path(
    get, path = "/templates/{template}/compare", tag = "Templates", summary = "Compare two templates by their messages",
    params(
        ("with" = String, Query, description = "The other's id", example = "333000333000334"),
        ("days" = Option<u32>, Query, description = "How far back: 7 (at first), 30, 60 or 90", example = 7),
    ),
    responses((status = 200, description = "The metrics, up to now", body = Comparison)),
)]
pub async fn compare(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    uri: Uri,
) -> Answer {
    let (account, id, query) = (of.account.id, id_in(path)?, Query::of(&uri));
    let other = required("with", query.get("with"))?.parse().map(TemplateId);
    let other = other.map_err(|_| AdminError::field("with", "must be an id, digits only"))?;
    let days = query.number("days", 7..=90, 7)? as u64;
    let span = templates::days_until(days, state.clock.now())?;
    ok(&templates::compared(&state, account, [id, other], span).await?)
}

/// Where a hand moves a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    To(TemplateStatus, RejectedReason),
    /// The sync clock is set so that it is synced now.
    Synced,
}

impl Move {
    fn read(mut fields: Fields) -> Result<Self, AdminError> {
        let to = required("to", fields.text("to", 40)?)?;
        let reasons: Vec<_> = RejectedReason::ALL.iter().map(|word| word.as_str()).collect();
        let reason = fields.word("reason", RejectedReason::parse, &reasons)?.unwrap_or(RejectedReason::None);
        fields.end()?;
        let is_one = MOVES.iter().any(|word| word.eq_ignore_ascii_case(&to));
        match TemplateStatus::parse(&to).filter(|_| is_one) {
            Some(status) => Ok(Self::To(status, reason)),
            None if is_one => Ok(Self::Synced),
            None => Err(AdminError::field("to", format!("must be one of {}", MOVES.join(", ")))),
        }
    }

    /// The template after the move. One that is back from a pause keeps its sync, one approved anew syncs.
    fn applied(self, old: &Template, now: Timestamp) -> Template {
        match self {
            Self::Synced => Template {
                approved_at: Some(if old.pinned { now } else { now - SYNC }),
                last_used_at: Some(now),
                resynced_at: None,
                ..old.clone()
            },
            Self::To(status, reason) => {
                let new = with_status(old, status, now);
                let rejected_reason = (status == TemplateStatus::Rejected).then_some(reason);
                let approved_at = match (status, old.status) {
                    // Already there, or back from a pause it was put into before its first approval.
                    (TemplateStatus::Approved, TemplateStatus::Approved | TemplateStatus::Paused) => {
                        old.approved_at.or(Some(now))
                    }
                    _ => new.approved_at,
                };
                Template { rejected_reason, approved_at, ..new }
            }
        }
    }
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/move` `{"to", "reason"?}`.
#[utoipa::path(
    post, path = "/templates/{template}/move", tag = "Templates", summary = "Move a template by hand",
    request_body(content = MoveBody, example = json!({"to": "APPROVED"})),
    responses((status = 200, description = "As it is now", body = TemplateShown)),
)]
pub async fn relocate(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    fields: Fields,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    let to = Move::read(fields)?;
    let old = found(&state, account, id)?;
    if to == Move::Synced && old.status != TemplateStatus::Approved {
        let problem =
            format!("only an APPROVED template syncs, this one is {}: approve it first", old.status);
        return Err(AdminError::field("to", problem));
    }
    let audit = (ACTOR.to_owned(), "template.move");
    moves::change(&state, (account, id), audit, move |template, now| {
        let new = to.applied(template, now);
        let notice = (to != Move::Synced).then(|| status_notice(&new, new.status.as_str(), None));
        Some((new, notice.into_iter().collect()))
    })
    .await?;
    match (old.status, to) {
        (TemplateStatus::Pending, _) => state.review(Review::Withdraw(old)),
        (TemplateStatus::Paused, Move::To(TemplateStatus::Approved, _)) => state.review(Review::Unpause(old)),
        _ => {}
    }
    state.wake.queue();
    ok(&shown(&*found(&state, account, id)?, state.clock.now()))
}
