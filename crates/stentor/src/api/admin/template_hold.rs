//! A template that the autopilot holds: why, and its end by hand.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use stentor_core::registry::Template;
use utoipa::ToSchema;

use super::super::autopilot;
use super::super::state::AppState;
use super::answer::{Answer, at, ok};
use super::audit::ACTOR;
use super::scope::OfAccount;
use super::templates::{TemplateShown, found, id_in, shown};

/// Why a template is held by us.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub(super) struct HoldShown {
    /// RFC 3339.
    since: Option<String>,
    /// `opt_outs`, `failures`, `reads` or `blocks`.
    #[schema(example = "opt_outs")]
    fault: &'static str,
    /// With the figures.
    #[schema(example = "8 of 100 people who got it stopped marketing messages; more than 2.0 % is too many")]
    detail: String,
}

/// The hold of a template, if there is one.
pub(super) fn hold(template: &Template) -> Option<HoldShown> {
    let hold = template.hold.as_ref()?;
    Some(HoldShown { since: at(Some(hold.at)), fault: hold.fault.as_str(), detail: hold.detail.clone() })
}

/// `POST /admin/v1/accounts/{account}/templates/{template}/resume`.
#[utoipa::path(
    post, path = "/templates/{template}/resume", tag = "Templates", summary = "End the autopilot's hold: what waits goes on",
    responses((status = 200, description = "As it is now", body = TemplateShown)),
)]
pub async fn resume(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    let (account, id) = (of.account.id, id_in(path)?);
    found(&state, account, id)?;
    autopilot::resume(&state, (account, id), ACTOR.to_owned()).await?;
    ok(&shown(&*found(&state, account, id)?, state.clock.now()))
}
