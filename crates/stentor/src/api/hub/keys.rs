//! `POST …/channels/{channel_id}/api_keys`: a new key for a channel; the old ones end at once, as at 360dialog.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use stentor_core::id::ChannelId;
use stentor_wire::error::Shape;
use utoipa::ToSchema;

use super::access::partner;
use super::ids;
use crate::api::admin::{Fate, anew};
use crate::api::error::ApiError;
use crate::api::http::{json, told};
use crate::api::state::AppState;

/// A new key.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerNewKey)]
pub struct Made {
    /// Shown this once.
    api_key: String,
}

/// `POST /api/v2/partners/{partner_id}/channels/{channel_id}/api_keys`.
#[utoipa::path(
    post, path = "/api/v2/partners/{partner_id}/channels/{channel_id}/api_keys", tag = "Partner",
    summary = "A new API key for a channel; the others end at once, and a twin's webhook is cleared",
    responses((status = 200, description = "Shown this once", body = Made)),
)]
pub async fn make(
    State(state): State<Arc<AppState>>,
    Path((of, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let outcome = made(&state, &of, &id, request.headers()).await;
    told(&state, Shape::Config, outcome)
}

async fn made(state: &Arc<AppState>, of: &str, id: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let by = partner(state, headers, of)?;
    let channel = state.directory.snapshot().channel(ChannelId(ids::number(id, "CH")?)).cloned();
    let channel = channel.ok_or_else(|| ApiError::not_found(format!("there is no channel {id}")))?;
    let made = anew(state, &channel, Fate::End(Duration::ZERO), &by.actor()).await;
    let made = made.map_err(|error| error.into_api())?;
    Ok(json(StatusCode::OK, &Made { api_key: made.key }))
}
