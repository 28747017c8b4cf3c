//! Webhooks beyond a number's own (`webhook_config`): the account's, set for later, and further destinations.
//! Called by customers with their number's key, and by `app` at a start.

mod effect;
mod multi;
mod waba;

pub use effect::resume;

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::json;
use super::state::AppState;

/// Their paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(waba::show, waba::put, waba::remove)).routes(routes!(
        multi::show,
        multi::replace,
        multi::add,
        multi::change,
        multi::remove
    ))
}

/// How it went, in a sentence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// The sentence.
    #[schema(example = "Operation started: the destinations are being updated.")]
    pub message: String,
}

fn said(status: StatusCode, message: impl Into<String>) -> Response {
    json(status, &Said { message: message.into() })
}
