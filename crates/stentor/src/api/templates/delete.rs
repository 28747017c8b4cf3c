//! Deleting templates: their messages still go, their names are locked for 30 days. The account is told.

use std::sync::Arc;

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{Refusal, TemplateStatus};
use stentor_store::{Audit, RegistryChange};

use super::found;
use crate::api::error::ApiError;
use crate::api::moves::status_notice;
use crate::api::state::{AppState, Review};
use crate::registry::Plan;

/// Deletes templates, all or none.
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
                let template = &found(snapshot, account, *id)?.template;
                if template.status == TemplateStatus::Disabled {
                    let message =
                        format!("{} is disabled, and a disabled template cannot be deleted", template.name);
                    return Err(Refusal { field: "name".to_owned(), subcode: None, message }.into());
                }
                changes.push(Template {
                    status: TemplateStatus::PendingDeletion,
                    deleted_at: Some(now),
                    modified_at: now,
                    modified_by: actor.clone(),
                    ..Template::clone(template)
                });
            }
            let notices = changes.iter().map(|t| status_notice(t, "PENDING_DELETION", None)).collect();
            let detail = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            let audit = Audit { at: now, actor, account, action: "template.delete".to_owned(), detail };
            let puts = changes.iter().cloned().map(RegistryChange::PutTemplate).collect();
            Ok::<_, ApiError>((Plan { audit, changes: puts, notices }, changes))
        })
        .await?;
    for template in gone {
        state.review(Review::Withdraw(Arc::new(template)));
    }
    Ok(())
}
