//! A real upstream's webhooks about templates: read as a verdict where they are one, and told on under our own ids.
//! Called by `/upstream/webhook` alone.

use std::sync::Arc;

use serde_json::{Value, json};
use stentor_core::id::AccountId;
use stentor_core::template::{Category, Quality, RejectedReason, TemplateStatus};

use super::{Verdict, reviewed};
use crate::api::error::ApiError;
use crate::api::inbound;
use crate::api::state::AppState;

/// The fields that speak of templates.
const FIELDS: [&str; 4] = [
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "message_template_components_update",
];

/// Takes one change of the upstream's webhook; `false`: it is not about a template that is here.
///
/// # Errors
/// The store.
pub async fn told(
    state: &Arc<AppState>,
    account: AccountId,
    field: &str,
    (value, time_s): (&Value, Option<i64>),
) -> Result<bool, ApiError> {
    let word = |key: &str| value.get(key).and_then(Value::as_str);
    let (Some(name), Some(language)) = (word("message_template_name"), word("message_template_language"))
    else {
        return Ok(false);
    };
    // Meta's samples print `en-US` where the template is `en_US`.
    let snapshot = state.directory.snapshot();
    let found = snapshot.template(account, name, language);
    let found = found.or_else(|| snapshot.template(account, name, &language.replace('-', "_")));
    let Some(template) = found.map(|registered| &registered.template).filter(|_| FIELDS.contains(&field))
    else {
        return Ok(false);
    };
    if let Some(verdict) = verdict(value) {
        // Booking it tells the account, in our own words.
        reviewed(state, account, (name, &template.language), verdict).await?;
        return Ok(true);
    }
    let mut ours = value.clone();
    ours["message_template_id"] = json!(template.id.0);
    inbound::forward(state, account, None, field, (&ours, time_s)).await?;
    Ok(true)
}

/// What it says, told by its keys: Meta's own sample of a quality update carries another field's name. An announced
/// category is none: only the completed form changes what we know.
fn verdict(value: &Value) -> Option<Verdict> {
    let word = |key: &str| value.get(key).and_then(Value::as_str);
    if let Some(score) = word("new_quality_score") {
        return Quality::parse(score).map(Verdict::Scored);
    }
    if word("correct_category").is_some() {
        return None;
    }
    if let Some(category) = word("new_category") {
        return Category::parse(category).map(Verdict::Recategorised);
    }
    let title = value.pointer("/other_info/title").and_then(Value::as_str).unwrap_or_default();
    match word("event")? {
        "FLAGGED" => return Some(Verdict::Flagged),
        "REINSTATED" => return Some(Verdict::Reinstated),
        "LOCKED" => return Some(Verdict::Locked),
        _ => {}
    }
    Some(match TemplateStatus::parse(word("event")?)? {
        TemplateStatus::Approved if title == "UNPAUSE" => Verdict::Unpaused,
        TemplateStatus::Approved => Verdict::Approved,
        TemplateStatus::Rejected => {
            Verdict::Rejected(word("reason").and_then(RejectedReason::parse).unwrap_or(RejectedReason::None))
        }
        TemplateStatus::Paused => Verdict::Paused { title: title.to_owned(), until: None },
        TemplateStatus::Disabled => Verdict::Disabled,
        _ => return None,
    })
}
