//! Meta's own paths for sending, `/v{N}.0/{phone_number_id}/messages` and `/marketing_messages`: for clients that speak
//! Graph. The bearer token is the channel's API key and must own the number in the path; errors are Meta's.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use stentor_core::admission::Endpoint;
use stentor_wire::error::Shape;

use super::error::ApiError;
use super::http::told;
use super::state::AppState;
use super::{auth, messages};

/// `POST /{version}/{phone_number_id}/messages`.
pub async fn messages(State(state): State<Arc<AppState>>, request: Request) -> Response {
    answer(state, Endpoint::Messages, request).await
}

/// `POST /{version}/{phone_number_id}/marketing_messages`.
pub async fn marketing(State(state): State<Arc<AppState>>, request: Request) -> Response {
    answer(state, Endpoint::Marketing, request).await
}

async fn answer(state: Arc<AppState>, endpoint: Endpoint, request: Request) -> Response {
    let outcome = send(&state, endpoint, request).await;
    if let Err(error) = &outcome {
        state.metrics.refused.get_or_create(&error.kind().into()).inc();
    }
    told(&state, Shape::Meta, outcome)
}

async fn send(state: &Arc<AppState>, endpoint: Endpoint, request: Request) -> Result<Response, ApiError> {
    let (version, number) = parts(request.uri().path());
    if !is_version(version) {
        return Err(ApiError::not_found(format!("{version}: is not a version such as v23.0")));
    }
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    let Ok(caller) = auth::bearer(&snapshot, request.headers(), now) else {
        let details = "Authorization: the bearer token is missing, unknown or expired";
        return Err(ApiError::new(190, details).with_status(StatusCode::UNAUTHORIZED));
    };
    if caller.channel.id.to_string() != number {
        let details = format!("Object with ID '{number}' does not exist or this token does not own it");
        return Err(ApiError::new(100, details).with_status(StatusCode::BAD_REQUEST));
    }
    messages::send(state, &snapshot, caller, endpoint, request, now).await
}

/// The first two segments of the path.
fn parts(path: &str) -> (&str, &str) {
    let mut segments = path.trim_start_matches('/').split('/');
    (segments.next().unwrap_or_default(), segments.next().unwrap_or_default())
}

fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    let digits = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}
