//! `POST /message_templates/archive` and `/unarchive`: templates put away, and back to where they stood. What is put
//! away cannot be sent, and is deleted after 28 days.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::TemplateStatus;
use stentor_core::time::Timestamp;
use stentor_store::{Audit, LookAgain, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::tree;
use stentor_wire::template::schema::{ArchiveBody, TemplatesArchived, TemplatesUnarchived};

use super::{ids_of, known};
use crate::api::error::ApiError;
use crate::api::http::{AskedPath, Query, bytes, json as answer, told};
use crate::api::moves::{look_again, status_notice};
use crate::api::state::{AppState, Review};
use crate::registry::{Plan, Snapshot};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Away.
    Away,
    /// Back.
    Back,
}

impl Put {
    const fn event(self) -> &'static str {
        match self {
            Self::Away => "ARCHIVED",
            Self::Back => "UNARCHIVED",
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Away => "template.archive",
            Self::Back => "template.unarchive",
        }
    }

    /// The field of the answer with what went well.
    const fn done(self) -> &'static str {
        match self {
            Self::Away => "archived_templates",
            Self::Back => "unarchived_templates",
        }
    }
}

/// `POST /message_templates/archive` `{"hsm_ids": [...]}`.
#[utoipa::path(
    post, path = "/message_templates/archive", tag = "Templates", summary = "Put templates away",
    request_body(content = ArchiveBody, example = json!({"hsm_ids": ["333000333000333"]})),
    responses((status = 200, description = "What became of each", body = TemplatesArchived)),
)]
pub async fn archive(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = ask(&state, request, Put::Away).await;
    told(&state, Shape::Meta, outcome)
}

/// `POST /message_templates/unarchive` `{"hsm_ids": [...]}`.
#[utoipa::path(
    post, path = "/message_templates/unarchive", tag = "Templates", summary = "Put archived templates back",
    request_body(content = ArchiveBody, example = json!({"hsm_ids": ["333000333000333"]})),
    responses((status = 200, description = "What became of each", body = TemplatesUnarchived)),
)]
pub async fn unarchive(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = ask(&state, request, Put::Back).await;
    told(&state, Shape::Meta, outcome)
}

async fn ask(state: &Arc<AppState>, request: Request, put: Put) -> Result<Response, ApiError> {
    let (_, caller) = known(state, &request)?;
    let is_graph = request.extensions().get::<AskedPath>().is_some();
    let in_query = Query::of(request.uri()).get("hsm_ids").map(Value::from);
    let body = bytes(state, request.into_body()).await?;
    let list = match in_query {
        Some(list) => list,
        None if body.iter().all(u8::is_ascii_whitespace) => Value::Null,
        None => match tree(&body) {
            Ok(Value::Object(mut fields)) => fields.shift_remove("hsm_ids").unwrap_or_default(),
            Ok(_) => Value::Null,
            Err(error) => return Err(ApiError::new(100, format!("the body is not JSON: {error}"))),
        },
    };
    let ids = ids_of("hsm_ids", &list)?;
    let Moved { done, failed } = put_away(state, caller.account.id, ids, put, caller.actor()).await?;
    // Meta says why as text, 360dialog as an object.
    let why = |why: String| if is_graph { Value::from(why) } else { json!({"error": why}) };
    let done: Vec<String> = done.iter().map(ToString::to_string).collect();
    let failed: Map<_, _> = failed.into_iter().map(|(id, reason)| (id.to_string(), why(reason))).collect();
    Ok(answer(StatusCode::OK, &json!({put.done(): done, "failed_templates": failed})))
}

/// What became of each.
#[derive(Debug, Default)]
pub struct Moved {
    /// Those that were moved.
    pub done: Vec<TemplateId>,
    /// Those that were not, and why.
    pub failed: Vec<(TemplateId, String)>,
}

/// Puts templates away, or back where they stood; each by itself.
///
/// # Errors
/// The store.
pub async fn put_away(
    state: &Arc<AppState>,
    account: AccountId,
    ids: Vec<TemplateId>,
    put: Put,
    actor: String,
) -> Result<Moved, ApiError> {
    let (moved, templates) = state
        .administer(move |snapshot, now| {
            let (mut moved, mut templates) = (Moved::default(), Vec::new());
            for id in ids {
                match put_one(snapshot, (account, id), put, now) {
                    Ok(template) => {
                        moved.done.push(id);
                        templates.push(Template { modified_by: actor.clone(), ..template });
                    }
                    Err(why) => moved.failed.push((id, why)),
                }
            }
            let detail = moved.done.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let audit = Audit { at: now, actor, account, action: put.action().to_owned(), detail };
            let notices = templates.iter().map(|t| status_notice(t, put.event(), None)).collect();
            let changes = templates.iter().cloned().map(RegistryChange::PutTemplate).collect();
            Ok::<_, ApiError>((Plan { audit, changes, notices }, (moved, templates)))
        })
        .await?;
    for template in templates {
        let id = template.id;
        let is_ready = template.status == TemplateStatus::Approved;
        state.review(Review::Archive(Arc::new(template)));
        if is_ready {
            look_again(state, account, None, LookAgain::Template(id)).await;
        }
    }
    Ok(moved)
}

fn put_one(
    snapshot: &Snapshot,
    (account, id): (AccountId, TemplateId),
    put: Put,
    now: Timestamp,
) -> Result<Template, String> {
    let found = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
    let template = &found.ok_or("There is no template of this id in this account")?.template;
    let is_archived = template.status == TemplateStatus::Archived;
    let mut moved = Template { modified_at: now, ..Template::clone(template) };
    match put {
        Put::Away if matches!(template.status, TemplateStatus::Approved | TemplateStatus::Rejected) => {
            moved.archived_from = Some(template.status);
            (moved.status, moved.archived_at) = (TemplateStatus::Archived, Some(now));
        }
        Put::Away if is_archived => return Err("The template is archived already".to_owned()),
        Put::Away => {
            let why = "Only approved or rejected templates can be archived";
            return Err(format!("{why}; this one is {}", template.status));
        }
        Put::Back if is_archived => {
            // What a real upstream archived before it was seen here was approved as far as anybody knows.
            moved.status = template.archived_from.unwrap_or(TemplateStatus::Approved);
            (moved.archived_from, moved.archived_at) = (None, None);
        }
        Put::Back => return Err("Only archived templates can be unarchived".to_owned()),
    }
    Ok(moved)
}
