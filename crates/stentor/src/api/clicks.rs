//! `/c/{token}`: a link of a message, on its way to where its template leads. Counted where the message's activity is
//! shared and a person asked; otherwise the person is led on and nothing is kept.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;
use stentor_core::click::{Token, is_preview};
use stentor_core::id::TemplateId;
use stentor_core::learning::Deed;
use stentor_core::message::Message;
use stentor_core::registry::UpstreamKind;
use stentor_core::time::Timestamp;
use stentor_store::{MessageView, NewInbound};
use stentor_wire::error::{MetaError, Shape};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::told;
use super::inbound;
use super::state::AppState;
use crate::clicks::target;

/// Clicks are told of by webhook for so long after a message was accepted, as by Meta (facts/meta 1.12).
const TOLD_FOR: std::time::Duration = std::time::Duration::from_hours(7 * 24);

/// Their path.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(follow))
}

/// `GET /c/{token}`.
#[utoipa::path(
    get, path = "/c/{token}", tag = "Clicks", security(()), summary = "Follow a link of a message",
    params(("token" = String, Path, description = "As the message carries it")),
    responses(
        (status = 302, description = "Where the template leads", headers(
            ("location" = String, description = "The address"),
            ("referrer-policy" = String, description = "`no-referrer`: where the link came from is nobody's"),
        )),
        (status = 404, description = "The token is none of ours.", body = MetaError),
        (status = 410, description = "Its time is over, or its message is gone.", body = MetaError),
    ),
)]
pub async fn follow(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let token = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let is_person = request.method() != Method::HEAD && !is_preview(agent.unwrap_or_default());
    let outcome = lead(&state, &token, is_person).await;
    told(&state, Shape::Meta, outcome)
}

async fn lead(state: &AppState, text: &str, is_person: bool) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let unknown = || ApiError::not_found("this link leads nowhere");
    let token = state.clicks.as_ref().and_then(|clicks| clicks.open(text)).ok_or_else(unknown)?;
    let over = || ApiError::new(100, "this link has ended").with_status(StatusCode::GONE);
    if token.ends_at <= now {
        return Err(over());
    }
    let view = state.store.message(token.account, token.message).await?.ok_or_else(over)?;
    let to = leads_to(state, &token, &view).ok_or_else(over)?;
    let location = HeaderValue::try_from(to).map_err(|_| over())?;
    if is_person {
        clicked(state, &view.message, (&token, text), now).await?;
    }
    let mut response = Response::default();
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// Where a token's button leads; `None` once message or template are gone.
fn leads_to(state: &AppState, token: &Token, view: &MessageView) -> Option<String> {
    let snapshot = state.directory.snapshot();
    let template: TemplateId = view.message.template?;
    let registered = snapshot.template_by_id(token.account, template)?;
    target(registered, &view.body.as_ref()?.payload, token.place)
}

/// A person follows a link of the simulated network's phone: the same, but that nobody is led anywhere.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn pressed(state: &AppState, text: &str) -> Result<(), ApiError> {
    lead(state, text, true).await.map(drop)
}

/// Keeps the click where that is allowed, and tells of it where no upstream does.
async fn clicked(
    state: &AppState,
    message: &Message,
    (token, text): (&Token, &str),
    now: Timestamp,
) -> Result<(), ApiError> {
    if !message.sharing {
        return Ok(());
    }
    state.metrics.clicks.inc();
    let deed = Deed::Click { button: u32::from(token.place.code()) };
    let learns = Some((message.id, deed, now));
    let account = message.account;
    let click = NewInbound {
        account,
        key: None,
        aliases: Vec::new(),
        notes: Vec::new(),
        answered: None,
        learns,
        notices: Vec::new(),
    };
    state.store.take_in(now, vec![click]).await?;
    let snapshot = state.directory.snapshot();
    let is_ours = snapshot.channel(message.channel).is_some_and(|c| c.upstream == UpstreamKind::Simulated);
    if is_ours && now.since(message.id.accepted_at()) <= TOLD_FOR {
        let action = json!({
            "action_type": "marketing_messages_link_click",
            "timestamp": now.secs().to_string(),
            "marketing_messages_link_click_data": {
                "click_component": "cta", "click_id": super::http::trace(state), "tracking_token": text,
            },
        });
        inbound::acted(state, account, message.channel, action).await?;
    }
    Ok(())
}
