//! `POST /message_templates/{id}/unpause`: ends the pause that pacing made. One for low quality ends by itself.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::registry::Template;
use stentor_core::template::{Refusal, TemplateStatus, UNPAUSE_AFTER};
use stentor_core::time::Timestamp;
use stentor_wire::error::Shape;

use super::{found, id_in, known};
use crate::api::error::ApiError;
use crate::api::http::{DONE, Done, json as answer, told};
use crate::api::moves;
use crate::api::state::{AppState, Review};
use crate::api::verdicts::Verdict;

/// `POST`.
#[utoipa::path(
    post, path = "/message_templates/{id}/unpause", tag = "Templates", summary = "End the pause that pacing made",
    params(("id" = String, Path, description = "Meta's id, or 360dialog's", example = "333000333000333")),
    responses((status = 200, description = "It can be sent again", body = Done)),
)]
pub async fn unpause(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = ask(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn ask(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (snapshot, caller) = known(state, &request)?;
    let id = id_in(&snapshot, caller.account.id, &request, 1)?;
    unpaused(state, (caller.account.id, id), caller.actor()).await?;
    Ok(answer(StatusCode::OK, &DONE))
}

/// Why a hand cannot end the pause now.
fn refusal(template: &Template, now: Timestamp) -> Option<String> {
    if template.status != TemplateStatus::Paused {
        return Some(format!("is {}, not PAUSED", template.status));
    }
    if let Some(until) = template.health.paused_until.filter(|until| *until > now) {
        return Some(format!("is paused for its quality; the pause ends by itself at {until}"));
    }
    let from = template.modified_at + UNPAUSE_AFTER;
    // What was paused by an operator, or by an upstream, has no pause of ours to wait for.
    let is_paced = template.modified_by == "network" && template.health.paused_until.is_none();
    (is_paced && now < from).then(|| format!("was paused less than 5 minutes ago; try again at {from}"))
}

/// Ends the pause, tells of it, and lets go what it held.
///
/// # Errors
/// 404; 100 when it is not paused, or its pause cannot be ended yet; the store.
pub async fn unpaused(
    state: &Arc<AppState>,
    (account, id): (AccountId, TemplateId),
    actor: String,
) -> Result<(), ApiError> {
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let old = Arc::clone(&found(&snapshot, account, id)?.template);
    if let Some(message) = refusal(&old, now) {
        return Err(Refusal { field: "status".to_owned(), subcode: None, message }.into());
    }
    moves::change(state, (account, id), (actor, "template.unpause"), |template, now| {
        Verdict::Unpaused.applied(template, now)
    })
    .await?;
    state.review(Review::Unpause(old));
    Ok(())
}
