//! Creating and editing: the rules of facts/meta 4.2 and 4.3, one write each, and the reviewer asked.

use std::sync::Arc;

use axum::response::Response;
use serde_json::Value;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{self, Category, Judged, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_core::ttl;
use stentor_store::{Audit, NewNotice, RegistryChange};
use stentor_wire::reader::Parsed;
use stentor_wire::template::{Definition, parse_create};

use super::found;
use super::limits::{self, refuse};
use crate::api::error::ApiError;
use crate::api::http::header_value;
use crate::api::media;
use crate::api::moves::{category_notice, components_notice};
use crate::api::state::{AppState, Review};
use crate::clicks::{self, FIELD};
use crate::registry::{Plan, Registered, Snapshot};
use crate::translate;

/// Statuses from which a template can be edited.
const EDITABLE: [TemplateStatus; 3] =
    [TemplateStatus::Approved, TemplateStatus::Rejected, TemplateStatus::Paused];

/// Samples of one template that are looked for: a header's, or one on each of ten cards.
const SAMPLES_MAX: usize = 10;

/// A template just made.
#[derive(Debug)]
pub struct Made {
    /// As it is registered.
    pub registered: Registered,
    /// What its author should know.
    warnings: Vec<String>,
}

impl Made {
    /// The answer with the warnings in `x-stentor-warning`.
    pub fn warned(&self, mut answer: Response) -> Response {
        if !self.warnings.is_empty() {
            answer.headers_mut().insert("x-stentor-warning", header_value(&self.warnings.join("; ")));
        }
        answer
    }
}

fn check_ttl(wire: &Definition, category: Category) -> Result<(), ApiError> {
    let Some(secs) = wire.message_send_ttl_seconds else { return Ok(()) };
    let refused = |error: ttl::TtlError| refuse("message_send_ttl_seconds", None, error.to_string());
    ttl::check_template(category, secs).map_err(refused)
}

/// Clicks are only followed where there is a host for them, and of links that take a token.
fn check_tracking(state: &AppState, wire: &Definition) -> Result<(), ApiError> {
    let refused = |why: &str| Err(refuse(FIELD, None, why.to_owned()));
    match &wire.extra_json()[FIELD] {
        Value::Null | Value::Bool(false) => Ok(()),
        Value::Bool(true) if state.clicks.is_none() => {
            refused("needs a click host: set clicks.public_url in the configuration")
        }
        Value::Bool(true) if clicks::Links::of(&wire.components_json().to_string()).is_empty() => {
            refused("needs a URL button whose address ends in {{1}}")
        }
        Value::Bool(true) => Ok(()),
        _ => refused("must be true or false"),
    }
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

fn warnings(definition: &template::Definition, handles: &[String], unknown: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    if !unknown.is_empty() {
        warnings.push(format!("unknown fields ignored: {}", unknown.join(", ")));
    }
    let is_given = |field: &str| definition.samples.iter().any(|sample| sample.field == field);
    let needs = definition.body.as_ref().is_some_and(|body| !body.text.variables().is_empty());
    if needs && !is_given("body.text") && definition.category != Category::Authentication {
        warnings.push("body.text has variables and no example: a real review rejects it".to_owned());
    }
    let is_media_id = |handle: &String| !handle.is_empty() && handle.bytes().all(|b| b.is_ascii_digit());
    if handles.iter().any(is_media_id) {
        let instead = "a sample is the handle that a resumable upload ends with (POST /uploads)";
        warnings.push(format!(
            "example.header_handle is the id of a medium: a real review rejects it; {instead}"
        ));
    }
    warnings
}

/// Creates a template, PENDING, and hands it to the reviewer.
///
/// # Errors
/// The first rule that is broken, with its field; what the account's others forbid; the store.
pub async fn create(
    state: &Arc<AppState>,
    account: AccountId,
    body: &[u8],
    actor: String,
) -> Result<Made, ApiError> {
    let Parsed { value: wire, unknown } = parse_create(body)?;
    let mut definition = translate::definition(&wire);
    template::check(&definition)?;
    check_ttl(&wire, definition.category)?;
    check_tracking(state, &wire)?;
    definition.category = settled(&definition);
    let warnings = warnings(&definition, &wire.handles(), &unknown);
    let snapshot = state.directory.snapshot();
    let id = TemplateId(state.fresh_id(|id| snapshot.template_by_id(account, TemplateId(id)).is_some()));
    let registered = state
        .administer(move |snapshot, now| {
            let of =
                snapshot.account(account).ok_or_else(|| ApiError::not_found("there is no such account"))?;
            limits::check_new(snapshot, of, &definition, (&actor, now))?;
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
    keep_samples(state, &registered.template).await?;
    state.review(Review::Submit(Arc::clone(&registered.template)));
    Ok(Made { registered, warnings })
}

/// What a template shows is kept for as long as the account. A handle that is not ours is an upstream's, or an example.
async fn keep_samples(state: &AppState, template: &Template) -> Result<(), ApiError> {
    let (account, now) = (template.account, state.clock.now());
    for handle in translate::registered(template)?.handles().iter().take(SAMPLES_MAX) {
        if let Some(sample) = media::resolve(state, account, handle, now).await? {
            media::keep(state, &sample, now).await?;
        }
    }
    Ok(())
}

fn plan(template: &Template, actor: String, action: &str, at: Timestamp) -> Plan {
    let detail = format!("{} {} {}", template.id, template.name, template.language);
    let audit = Audit { at, actor, account: template.account, action: action.to_owned(), detail };
    Plan { audit, changes: vec![RegistryChange::PutTemplate(template.clone())], notices: Vec::new() }
}

/// Edits a template. New components or another category go to review again; a TTL or what nothing here interprets
/// does not.
///
/// # Errors
/// 404; a rule of edits or of definitions; the store.
pub async fn edit(
    state: &Arc<AppState>,
    (account, id): (AccountId, TemplateId),
    body: &[u8],
    actor: String,
) -> Result<(), ApiError> {
    let (body, of_edit) = (body.to_vec(), Arc::clone(state));
    let edited = state
        .administer(move |snapshot, now| {
            let current = &found(snapshot, account, id)?.template;
            let edited = edited(&of_edit, snapshot, current, &body, (&actor, now))?;
            let notices = told(current, &edited)?;
            let plan = Plan { notices, ..plan(&edited, actor, "template.edit", now) };
            Ok::<_, ApiError>((plan, Arc::new(edited)))
        })
        .await?;
    keep_samples(state, &edited).await?;
    match edited.status {
        _ if edited.pinned => {}
        TemplateStatus::Pending => state.review(Review::Submit(edited)),
        _ => state.review(Review::Change(edited)),
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

fn edited(
    state: &AppState,
    snapshot: &Snapshot,
    current: &Template,
    body: &[u8],
    (actor, now): (&str, Timestamp),
) -> Result<Template, ApiError> {
    let before = translate::registered(current)?;
    let wire = before.edited(body)?.value;
    let definition = translate::definition(&wire);
    if !EDITABLE.contains(&current.status) {
        let message =
            format!("is {}; only APPROVED, REJECTED and PAUSED templates can be edited", current.status);
        return Err(refuse("status", None, message));
    }
    if current.status == TemplateStatus::Approved && definition.category != current.category {
        return Err(refuse("category", None, "the category of an approved template cannot be edited"));
    }
    let recent = limits::check_edits(current, now)?;
    let components = wire.components_json().to_string();
    let content = components != current.components
        || definition.category != current.category
        || definition.parameter_format != current.parameter_format;
    // What was registered under older rules keeps its words: only new ones are looked at.
    if content {
        template::check(&definition)?;
    }
    check_ttl(&wire, definition.category)?;
    check_tracking(state, &wire)?;
    if content && limits::is_customer(actor) {
        limits::check_words(snapshot, current.account, Some(current), &definition)?;
    }
    // The author's own change of category is none of the reviewer's.
    let category = settled(&definition);
    let is_corrected = category != definition.category && current.category != category;
    Ok(Template {
        category,
        previous_category: if is_corrected { Some(current.category) } else { current.previous_category },
        parameter_format: definition.parameter_format,
        components,
        ttl_secs: allowed(wire.message_send_ttl_seconds, category),
        extra: wire.extra_json().to_string(),
        status: if content && !current.pinned { TemplateStatus::Pending } else { current.status },
        rejected_reason: if content { None } else { current.rejected_reason },
        modified_at: now,
        modified_by: actor.to_owned(),
        edited_at: recent.into_iter().chain([now]).collect(),
        ..current.clone()
    })
}
