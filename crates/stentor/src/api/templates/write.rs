//! Creating, editing and deleting: the rules of facts/meta 4.2, one write each, and the reviewer asked.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{self, Category, Judged, ParameterFormat, Refusal, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_core::ttl;
use stentor_store::{Audit, NewNotice, RegistryChange};
use stentor_wire::reader::Parsed;
use stentor_wire::template::{Definition, parse_create};

use crate::api::error::ApiError;
use crate::api::moves::{category_notice, components_notice, status_notice};
use crate::api::state::{AppState, Review};
use crate::registry::{Plan, Registered, Snapshot};
use crate::translate;

/// Templates of an account, every language counted.
const TEMPLATES_MAX: usize = 6_000;
/// Edits of an approved template in 30 days.
const EDITS_MAX: usize = 10;
const EDITS_WINDOW: Duration = Duration::from_hours(30 * 24);
/// Between two edits of an approved template.
const EDIT_PAUSE: Duration = Duration::from_hours(24);

const IN_USE: u32 = 2_388_024;
const BEING_DELETED: u32 = 2_388_023;
const TOO_MANY: u32 = 2_388_019;

fn refuse(field: &str, subcode: Option<u32>, message: impl Into<String>) -> ApiError {
    Refusal { field: field.to_owned(), subcode, message: message.into() }.into()
}

/// A definition in the core's words, checked.
fn checked(wire: &Definition) -> Result<template::Definition, ApiError> {
    let definition = translate::definition(wire);
    template::check(&definition)?;
    if let Some(secs) = wire.message_send_ttl_seconds {
        ttl::check_template(definition.category, secs)
            .map_err(|error| refuse("message_send_ttl_seconds", None, error.to_string()))?;
    }
    Ok(definition)
}

/// The category it gets: what is plainly promotional is no UTILITY, whatever `allow_category_change` says.
fn settled(definition: &template::Definition) -> Category {
    match template::judge(definition) {
        Judged::Marketing => Category::Marketing,
        Judged::Kept | Judged::Incorrect => definition.category,
    }
}

/// The TTL asked for, unless the category it got does not allow it.
fn allowed(ttl_secs: Option<i64>, category: Category) -> Option<i64> {
    ttl_secs.filter(|secs| ttl::check_template(category, *secs).is_ok())
}

/// Creates a template, PENDING, and hands it to the reviewer.
///
/// # Errors
/// The first rule that is broken, with its field; a name in use or locked; the store.
pub async fn create(
    state: &Arc<AppState>,
    account: AccountId,
    body: &[u8],
    actor: String,
) -> Result<Registered, ApiError> {
    let Parsed { value: wire, .. } = parse_create(body)?;
    let mut definition = checked(&wire)?;
    definition.category = settled(&definition);
    let snapshot = state.directory.snapshot();
    let id = TemplateId(state.fresh_id(|id| snapshot.template_by_id(account, TemplateId(id)).is_some()));
    let made = state
        .administer(move |snapshot, now| {
            is_free(snapshot, account, &definition, now)?;
            let components = wire.components_json().to_string();
            let key = (definition.name.as_str(), definition.language.as_str());
            let template = Template {
                parameter_format: definition.parameter_format,
                ttl_secs: allowed(wire.message_send_ttl_seconds, definition.category),
                extra: wire.extra_json().to_string(),
                created_by: actor.clone(),
                modified_by: actor.clone(),
                ..Template::new(id, account, key, definition.category, components, now)
            };
            let plan = plan(&template, actor, "template.create", now);
            let template = Arc::new(template);
            Ok::<_, ApiError>((plan, Registered { template, definition: Arc::new(definition) }))
        })
        .await?;
    state.review(Review::Submit(Arc::clone(&made.template)));
    Ok(made)
}

fn is_free(
    snapshot: &Snapshot,
    account: AccountId,
    definition: &template::Definition,
    now: Timestamp,
) -> Result<(), ApiError> {
    let template::Definition { name, language, .. } = definition;
    if snapshot.template(account, name, language).is_some() {
        let message = "the name and language you have provided is already in use. Please choose a different name for \
            your template.";
        return Err(refuse("name", Some(IN_USE), message));
    }
    if snapshot.is_locked(account, name, language, now) {
        let message =
            "a template of this name and language was deleted less than 30 days ago; its name is locked";
        return Err(refuse("name", Some(BEING_DELETED), message));
    }
    if snapshot.templates(account).count() >= TEMPLATES_MAX {
        let message =
            format!("the account has {TEMPLATES_MAX} templates, every language counted; delete one first");
        return Err(refuse("name", Some(TOO_MANY), message));
    }
    Ok(())
}

fn plan(template: &Template, actor: String, action: &str, at: Timestamp) -> Plan {
    let detail = format!("{} {} {}", template.id, template.name, template.language);
    let audit = Audit { at, actor, account: template.account, action: action.to_owned(), detail };
    Plan { audit, changes: vec![RegistryChange::PutTemplate(template.clone())], notices: Vec::new() }
}

/// Edits a template. New components or another category go to review again; a TTL alone does not.
///
/// # Errors
/// 404; a rule of edits or of definitions; the store.
pub async fn edit(
    state: &Arc<AppState>,
    (account, id): (AccountId, TemplateId),
    body: &[u8],
    actor: String,
) -> Result<(), ApiError> {
    let body = body.to_vec();
    let edited = state
        .administer(move |snapshot, now| {
            let current = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
            let current = &current.ok_or_else(|| no_such(id))?.template;
            let edited = Template { modified_by: actor.clone(), ..edited(current, &body, now)? };
            let notices = told(current, &edited)?;
            let plan = Plan { notices, ..plan(&edited, actor, "template.edit", now) };
            Ok::<_, ApiError>((plan, Arc::new(edited)))
        })
        .await?;
    if edited.status == TemplateStatus::Pending && !edited.pinned {
        state.review(Review::Submit(edited));
    }
    Ok(())
}

/// What the account hears of an edit: new components, and a category that came with them.
fn told(before: &Template, edited: &Template) -> Result<Vec<NewNotice>, ApiError> {
    let mut notices = Vec::new();
    if edited.components != before.components {
        let definition = translate::definition(&translate::registered(edited)?);
        notices.push(components_notice(edited, &definition));
    }
    if edited.previous_category != before.previous_category {
        notices.push(category_notice(edited));
    }
    Ok(notices)
}

pub(super) fn no_such(id: TemplateId) -> ApiError {
    ApiError::not_found(format!("there is no template {id} in this account"))
}

fn edited(current: &Template, body: &[u8], now: Timestamp) -> Result<Template, ApiError> {
    let before = translate::registered(current)?;
    let wire = before.edited(body)?.value;
    let definition = checked(&wire)?;
    let approved = current.status == TemplateStatus::Approved;
    let editable = [TemplateStatus::Approved, TemplateStatus::Rejected, TemplateStatus::Paused];
    if !editable.contains(&current.status) {
        let message =
            format!("is {}; only APPROVED, REJECTED and PAUSED templates can be edited", current.status);
        return Err(refuse("status", None, message));
    }
    if approved && definition.category != current.category {
        return Err(refuse("category", None, "the category of an approved template cannot be edited"));
    }
    let recent: Vec<Timestamp> =
        current.edited_at.iter().copied().filter(|at| now.since(*at) < EDITS_WINDOW).collect();
    if approved && recent.iter().any(|at| now.since(*at) < EDIT_PAUSE) {
        return Err(refuse("id", None, "an approved template can be edited once in 24 hours"));
    }
    if approved && recent.len() >= EDITS_MAX {
        return Err(refuse("id", None, "an approved template can be edited 10 times in 30 days"));
    }
    let components = wire.components_json().to_string();
    let format: ParameterFormat = definition.parameter_format;
    let content = components != current.components
        || definition.category != current.category
        || format != current.parameter_format;
    // The author's own change of category is none of the reviewer's.
    let category = settled(&definition);
    let is_corrected = category != definition.category && current.category != category;
    Ok(Template {
        category,
        previous_category: if is_corrected { Some(current.category) } else { current.previous_category },
        parameter_format: format,
        components,
        ttl_secs: allowed(wire.message_send_ttl_seconds, category),
        extra: wire.extra_json().to_string(),
        status: if content && !current.pinned { TemplateStatus::Pending } else { current.status },
        rejected_reason: if content { None } else { current.rejected_reason },
        modified_at: now,
        edited_at: recent.into_iter().chain([now]).collect(),
        ..current.clone()
    })
}

/// Deletes templates: their messages still go, their names are locked for 30 days. Tells the account.
///
/// # Errors
/// 404 when one is not there; a disabled one cannot be deleted; the store.
pub async fn delete(
    state: &Arc<AppState>,
    account: AccountId,
    ids: Vec<TemplateId>,
    actor: String,
) -> Result<(), ApiError> {
    let gone = state
        .administer(move |snapshot, now| {
            let mut changes = Vec::new();
            for id in &ids {
                let current =
                    snapshot.template_by_id(account, *id).filter(|r| r.template.deleted_at.is_none());
                let template = &current.ok_or_else(|| no_such(*id))?.template;
                if template.status == TemplateStatus::Disabled {
                    return Err(refuse("name", None, "a disabled template cannot be deleted"));
                }
                let status = TemplateStatus::PendingDeletion;
                changes.push(Template {
                    status,
                    deleted_at: Some(now),
                    modified_at: now,
                    ..Template::clone(template)
                });
            }
            let notices = changes.iter().map(|t| status_notice(t, "PENDING_DELETION", None)).collect();
            let detail = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let audit = Audit { at: now, actor, account, action: "template.delete".to_owned(), detail };
            let puts = changes.iter().cloned().map(RegistryChange::PutTemplate).collect();
            Ok((Plan { audit, changes: puts, notices }, changes))
        })
        .await?;
    for template in gone {
        state.review(Review::Withdraw(Arc::new(template)));
    }
    Ok(())
}
