//! What time alone does to templates, booked and told: pauses end, announced categories come, what was put away is
//! deleted, what was deleted is gone. Driven by `app`, which waits for the time this returns.

use std::sync::Arc;

use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{Moment, TemplateStatus, next_moment};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange};

use super::error::ApiError;
use super::moves::{change, status_notice};
use super::state::{AppState, Review};
use super::verdicts::Verdict;
use crate::registry::Plan;

/// Moments of one step; what is beyond comes with the next, at once.
const STEP_TEMPLATES_MAX: usize = 500;

/// Does what is due and says when something is next; `None`: not before the registry changes.
///
/// # Errors
/// The store: try again later.
pub async fn step(state: &Arc<AppState>) -> Result<Option<Timestamp>, ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let moments = snapshot.all_templates().filter_map(|of| Some((next_moment(&of.template)?, &of.template)));
    let mut moments: Vec<((Timestamp, Moment), &Arc<Template>)> = moments.collect();
    moments.sort_unstable_by_key(|((at, _), template)| (*at, template.id));
    let due = moments.iter().take_while(|((at, _), _)| *at <= now).take(STEP_TEMPLATES_MAX);
    let mut done = 0;
    for ((_, moment), template) in due {
        done += 1;
        pass(state, template, *moment).await?;
    }
    // What was done may have brought another moment of the same template.
    Ok(if done > 0 { Some(now) } else { moments.first().map(|((at, _), _)| *at) })
}

async fn pass(state: &Arc<AppState>, template: &Arc<Template>, moment: Moment) -> Result<(), ApiError> {
    let id = (template.account, template.id);
    match moment {
        Moment::Unpause => {
            by_itself(state, id, |template, now| Verdict::Unpaused.applied(template, now)).await?;
            state.review(Review::Unpause(Arc::clone(template)));
        }
        Moment::Recategorise => {
            by_itself(state, id, |template, now| match template.health.correct_category {
                Some(to) if to != template.category => Verdict::Recategorised(to).applied(template, now),
                // It has that category already.
                _ => Some((
                    Template { health: template.health.recategorised(), ..template.clone() },
                    Vec::new(),
                )),
            })
            .await?;
        }
        Moment::Delete => {
            by_itself(state, id, |template, now| {
                let status = TemplateStatus::PendingDeletion;
                let deleted =
                    Template { status, deleted_at: Some(now), modified_at: now, ..template.clone() };
                let notice = status_notice(&deleted, status.as_str(), None);
                Some((deleted, vec![notice]))
            })
            .await?;
            state.review(Review::Withdraw(Arc::clone(template)));
        }
        Moment::Forget => forget(state, id).await?,
    }
    Ok(())
}

/// One change, if it is still due when the registry is locked.
async fn by_itself(
    state: &Arc<AppState>,
    id: (AccountId, TemplateId),
    apply: impl FnOnce(&Template, Timestamp) -> Option<(Template, Vec<stentor_store::NewNotice>)> + Send + 'static,
) -> Result<(), ApiError> {
    let audit = ("system".to_owned(), "template.upkeep");
    let outcome = change(state, id, audit, |template, now| {
        let is_due = next_moment(template).is_some_and(|(at, _)| at <= now);
        if is_due { apply(template, now) } else { None }
    });
    match outcome.await {
        // Deleted in between.
        Err(error) if error.http == http::StatusCode::NOT_FOUND => Ok(()),
        outcome => outcome,
    }
}

/// The row of a deleted template goes: its name is free, and whoever listens hears DELETED.
async fn forget(state: &Arc<AppState>, (account, id): (AccountId, TemplateId)) -> Result<(), ApiError> {
    state
        .administer(move |snapshot, now| {
            let is_due = |template: &Template| next_moment(template).is_some_and(|(at, _)| at <= now);
            let gone = snapshot.template_by_id(account, id).filter(|of| is_due(&of.template));
            let (mut changes, mut notices, mut detail) = (Vec::new(), Vec::new(), String::new());
            if let Some(of) = gone {
                let gone = Template { status: TemplateStatus::Deleted, ..Template::clone(&of.template) };
                notices.push(status_notice(&gone, gone.status.as_str(), None));
                changes.push(RegistryChange::ForgetTemplate(id));
                detail = format!("{id} {} {}", gone.name, gone.language);
            }
            let action = "template.upkeep".to_owned();
            let audit = Audit { at: now, actor: "system".to_owned(), account, action, detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices }, ()))
        })
        .await
}
