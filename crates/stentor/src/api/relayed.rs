//! What a channel's real upstream owns: a read or write of it is asked there, and its answer is ours.

use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::Value;
use stentor_core::reason::dialog360;
use stentor_core::registry::UpstreamKind;

use super::error::ApiError;
use super::http::text;
use super::state::AppState;
use crate::outbound::Answer;
use crate::registry::Caller;

/// Asks the caller's upstream for `{phone_number_id}/{edge}`; `None`: it has none that could be asked.
///
/// # Errors
/// 502 when it does not answer.
pub async fn ask(
    state: &AppState,
    caller: &Caller,
    method: Method,
    edge: &str,
    body: Option<&Value>,
) -> Result<Option<Answer>, ApiError> {
    let Some(relay) = state.relay.as_ref().filter(|_| caller.channel.upstream == UpstreamKind::CloudApi)
    else {
        return Ok(None);
    };
    let path = format!("{}/{edge}", caller.channel.id);
    let answer = relay.ask(method, path, body.map(Value::to_string).unwrap_or_default()).await;
    answer.map(Some).map_err(|failure| {
        tracing::warn!(%failure, "the upstream did not answer a request that passes through");
        let details = format!("{}: {failure}", dialog360::UNAVAILABLE);
        ApiError::new(131_016, details).with_status(StatusCode::BAD_GATEWAY)
    })
}

/// The upstream's answer as ours.
pub fn passed_on(answer: Answer) -> Response {
    text(answer.status, answer.body)
}
