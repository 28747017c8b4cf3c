//! A template moves: reviewed, scored, paused, disabled, recategorised, moved by hand. One write, its audit row, and the
//! webhooks that tell, in Meta's shapes (facts/meta 6.4). What a verdict means is in `verdicts`; customers' own edits
//! are in `templates`.

use std::sync::Arc;

use serde_json::{Value, json};
use stentor_core::id::{AccountId, ChannelId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{
    Body, Button, Category, Definition, Footer, Header, Quality, RejectedReason, TemplateStatus,
};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, LookAgain, NewNotice, RegistryChange};

use super::error::ApiError;
use super::state::AppState;
use crate::registry::Plan;

/// What every webhook about a template begins with: ids are numbers here, and strings everywhere else.
fn about(template: &Template) -> Value {
    json!({
        "message_template_id": template.id.0,
        "message_template_name": template.name,
        "message_template_language": template.language,
    })
}

/// The webhook of a template's status; `event` may also be a word that is no status (`FLAGGED`, `REINSTATED`, ...).
pub fn status_notice(template: &Template, event: &str, other_info: Option<Value>) -> NewNotice {
    let reason = template.rejected_reason.unwrap_or(RejectedReason::None);
    let mut value = about(template);
    value["event"] = json!(event);
    // A template that is only scheduled for deletion has no reason at all.
    value["reason"] = if event == "PENDING_DELETION" { Value::Null } else { json!(reason.as_str()) };
    value["message_template_category"] = json!(template.category.as_str());
    if event == TemplateStatus::Disabled.as_str() {
        value["disable_info"] = json!({"disable_date": template.modified_at.secs()});
    }
    if reason == RejectedReason::InvalidFormat && event == TemplateStatus::Rejected.as_str() {
        value["rejection_info"] = json!({
            "reason": "The template's variables, media or buttons are not formatted as they must be.",
            "recommendation": "Number the variables from {{1}} without gaps, give each an example, and edit the template.",
        });
    }
    if let Some(info) = other_info {
        value["other_info"] = info;
    }
    notice(template.account, "message_template_status_update", &value)
}

/// The webhook of a template whose score was `from`.
pub fn quality_notice(template: &Template, from: Quality) -> NewNotice {
    let mut value = about(template);
    value["previous_quality_score"] = json!(from.as_str());
    value["new_quality_score"] = json!(template.health.quality.as_str());
    notice(template.account, "message_template_quality_update", &value)
}

/// The webhook of a template whose category has changed.
pub fn category_notice(template: &Template) -> NewNotice {
    let mut value = about(template);
    value["previous_category"] = json!(template.previous_category.map(Category::as_str));
    value["new_category"] = json!(template.category.as_str());
    notice(template.account, "template_category_update", &value)
}

/// The webhook that announces a change of category: `new_category` is then the present one.
pub fn announcement(template: &Template, correct: Category, at: Timestamp) -> NewNotice {
    let mut value = about(template);
    value["new_category"] = json!(template.category.as_str());
    value["correct_category"] = json!(correct.as_str());
    value["category_update_timestamp"] = json!(at.secs());
    notice(template.account, "template_category_update", &value)
}

/// The webhook of a template that was edited.
pub fn components_notice(template: &Template, definition: &Definition) -> NewNotice {
    let mut value = about(template);
    let text = |body: &Option<Body>| body.as_ref().map(|body| body.text.text().to_owned());
    value["message_template_element"] = json!(text(&definition.body).unwrap_or_default());
    if let Some(Header::Text(title)) = &definition.header {
        value["message_template_title"] = json!(title.text());
    }
    if let Some(Footer::Text(footer)) = &definition.footer {
        value["message_template_footer"] = json!(footer);
    }
    if !definition.buttons.is_empty() {
        value["message_template_buttons"] = definition.buttons.iter().map(button).collect();
    }
    notice(template.account, "message_template_components_update", &value)
}

fn button(button: &Button) -> Value {
    let mut value = json!({
        "message_template_button_type": button.kind.as_str(),
        "message_template_button_text": button.text,
    });
    if let Some(url) = &button.url {
        value["message_template_button_url"] = json!(url.text());
    }
    if let Some(number) = &button.phone_number {
        value["message_template_button_phone_number"] = json!(number);
    }
    value
}

pub use crate::envelope::notice::of_account as notice;

/// The template with a new status; an approval starts the sync clock and, as the end of a pause does, pacing.
pub fn with_status(template: &Template, status: TemplateStatus, now: Timestamp) -> Template {
    let approved = status == TemplateStatus::Approved && template.status != TemplateStatus::Paused;
    let mut health = template.health;
    health.paused_until = None;
    if status == TemplateStatus::Approved && template.status != TemplateStatus::Approved {
        health = health.approved(template.category, now);
    }
    Template {
        status,
        rejected_reason: None,
        approved_at: if approved { Some(now) } else { template.approved_at },
        modified_at: now,
        health,
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
    let is_news = state
        .administer(move |snapshot, now| {
            let current = snapshot.template_by_id(account, id).filter(|r| r.template.deleted_at.is_none());
            let Some(current) = current else {
                return Err(ApiError::not_found(format!("account {account} has no template {id}")));
            };
            let mut is_news = false;
            let (changes, notices, detail) = match change(&current.template, now) {
                None => (Vec::new(), Vec::new(), String::new()),
                Some((changed, notices)) => {
                    let changed = Template { modified_by: actor.clone(), ..changed };
                    is_news = frees(&current.template, &changed);
                    let why = changed.hold.as_ref().map_or_else(String::new, |hold| {
                        format!(", held for {}: {}", hold.fault.as_str(), hold.detail)
                    });
                    let detail =
                        format!("{id} {} {} {}{why}", changed.name, changed.language, changed.status);
                    (vec![RegistryChange::PutTemplate(changed)], notices, detail)
                }
            };
            let audit = Audit { at: now, actor, account, action: action.to_owned(), detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices }, is_news))
        })
        .await?;
    if is_news {
        look_again(state, account, None, LookAgain::Template(id)).await;
    }
    Ok(())
}

/// Whether what waits for the template may have its answer now: it can be sent, or what it paced has had its verdict.
fn frees(before: &Template, after: &Template) -> bool {
    (after.status == TemplateStatus::Approved && after.hold.is_none())
        || (before.health.paced_since.is_some() && after.status != before.status)
}

/// What held messages may have ended, on one channel or on all of the account's: they are looked at now. Only a hint: without it each is looked at when its wait is over.
pub async fn look_again(state: &AppState, account: AccountId, channel: Option<ChannelId>, what: LookAgain) {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    for of in snapshot.channels_of(account).filter(|of| channel.is_none_or(|id| id == of.id)) {
        if let Err(error) = state.store.look_again(now, account, of.id, what).await {
            tracing::warn!(channel = %of.id, %error, "messages that were held wait until they are due again");
        }
    }
    state.wake.queue();
}
