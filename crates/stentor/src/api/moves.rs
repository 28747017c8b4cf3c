//! A template moves: reviewed, paused, disabled, moved by hand. One write, its audit row, and the webhook that tells.
//! Used by the reviewer's verdicts (`inbound`) and by operators; customers' own edits are in `templates`.

use std::sync::Arc;

use serde_json::{Value, json};
use stentor_core::id::{AccountId, ChannelId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{Category, RejectedReason, TemplateStatus};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, NewNotice, RegistryChange};

use super::error::ApiError;
use super::state::AppState;
use crate::registry::Plan;

/// The webhook of a template's status.
pub fn status_notice(template: &Template, event: &str, other_info: Option<Value>) -> NewNotice {
    let reason = template.rejected_reason.unwrap_or(RejectedReason::None);
    let mut value = json!({
        "event": event,
        "message_template_id": template.id.0,
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": reason.as_str(),
        "message_template_category": template.category.as_str(),
    });
    if let Some(info) = other_info {
        value["other_info"] = info;
    }
    notice(template.account, "message_template_status_update", &value)
}

/// The webhook of a template whose category has changed.
pub fn category_notice(template: &Template) -> NewNotice {
    let value = json!({
        "message_template_id": template.id.0,
        "message_template_name": template.name,
        "message_template_language": template.language,
        "previous_category": template.previous_category.map(Category::as_str),
        "new_category": template.category.as_str(),
    });
    notice(template.account, "template_category_update", &value)
}

/// A notice about an account as a whole.
pub fn notice(account: AccountId, field: &str, value: &Value) -> NewNotice {
    NewNotice { account, channel: None, field: field.to_owned(), value: value.to_string() }
}

/// The template with a new status; an approval starts the sync clock.
pub fn with_status(template: &Template, status: TemplateStatus, now: Timestamp) -> Template {
    let approved = status == TemplateStatus::Approved && template.status != TemplateStatus::Paused;
    Template {
        status,
        rejected_reason: None,
        approved_at: if approved { Some(now) } else { template.approved_at },
        modified_at: now,
        ..template.clone()
    }
}

/// Changes one template under the registry's lock and tells of it; `None` from `change`: nothing to do.
///
/// # Errors
/// 404 when the account has no such template; the store.
pub async fn change(
    state: &Arc<AppState>,
    (account, id): (AccountId, TemplateId),
    (actor, action): (String, &'static str),
    change: impl FnOnce(&Template, Timestamp) -> Option<(Template, Vec<NewNotice>)> + Send + 'static,
) -> Result<(), ApiError> {
    let is_ready = state
        .administer(move |snapshot, now| {
            let current = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
            let Some(current) = current else {
                return Err(ApiError::not_found(format!("account {account} has no template {id}")));
            };
            let mut is_ready = false;
            let (changes, notices, detail) = match change(&current.template, now) {
                None => (Vec::new(), Vec::new(), String::new()),
                Some((changed, notices)) => {
                    let changed = Template { modified_by: actor.clone(), ..changed };
                    is_ready = changed.status == TemplateStatus::Approved;
                    let detail = format!("{id} {} {} {}", changed.name, changed.language, changed.status);
                    (vec![RegistryChange::PutTemplate(changed)], notices, detail)
                }
            };
            let audit = Audit { at: now, actor, account, action: action.to_owned(), detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices }, is_ready))
        })
        .await?;
    if is_ready {
        look_again(state, account, None, Some(id)).await;
    }
    Ok(())
}

/// What held messages has ended, on one channel or on all of the account's, for one template or for any: they are
/// looked at now. Only a hint: without it each is looked at when its wait is over.
pub async fn look_again(
    state: &AppState,
    account: AccountId,
    channel: Option<ChannelId>,
    template: Option<TemplateId>,
) {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    for of in snapshot.channels_of(account).filter(|of| channel.is_none_or(|id| id == of.id)) {
        if let Err(error) = state.store.look_again(now, account, of.id, template).await {
            tracing::warn!(channel = %of.id, %error, "messages that were held wait until they are due again");
        }
    }
    state.wake.queue();
}
