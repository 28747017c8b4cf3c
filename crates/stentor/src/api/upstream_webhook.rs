//! `/upstream/webhook`: what a Meta-shaped upstream tells us. Refused unsigned; committed before our 200.
//! Statuses move our messages; every other change is passed on to the account it is for, freshly signed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use stentor_core::id::{AccountId, BusinessId, ChannelId, MessageId};
use stentor_core::message::{Status, StatusKind, UpstreamStatus};
use stentor_core::recipient;
use stentor_core::time::Timestamp;
use stentor_core::{wamid, webhook};
use stentor_wire::error::{MetaError, Shape};
use stentor_wire::webhook::{IncomingChange, IncomingStatus, IncomingStatusKind, parse_incoming};
use subtle::ConstantTimeEq as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::{DONE, Done, Query, bytes_within, json as answer, told};
use super::inbound;
use super::number_quality;
use super::onboarding;
use super::state::AppState;
use super::verdicts;

const SIGNATURE: &str = "x-hub-signature-256";

/// Their path.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(handshake, receive))
}

/// `GET`: the handshake; the challenge comes back as it was sent.
#[utoipa::path(
    get, path = "/upstream/webhook", tag = "Upstream", security(()), summary = "The upstream's handshake",
    params(
        ("hub.mode" = Option<String>, Query, description = "`subscribe`"),
        ("hub.verify_token" = Option<String>, Query, description = "The one of the configuration"),
        ("hub.challenge" = Option<String>, Query, description = "Given back"),
    ),
    responses(
        (status = 200, description = "The challenge", body = String, content_type = "text/plain"),
        (status = 403, description = "Not the token of the configuration."),
    ),
)]
pub async fn handshake(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let query = Query::of(request.uri());
    let token = query.get("hub.verify_token").unwrap_or_default();
    let known = state.upstream_webhook.as_ref().is_some_and(|upstream| {
        !upstream.verify_token.is_empty() && upstream.verify_token.as_bytes().ct_eq(token.as_bytes()).into()
    });
    match (known, query.get("hub.mode"), query.get("hub.challenge")) {
        (true, Some("subscribe"), Some(challenge)) => plain(challenge),
        _ => {
            let refused = ApiError::new(10, "hub.verify_token: is not the one of the configuration")
                .with_status(StatusCode::FORBIDDEN);
            told(&state, Shape::Meta, Err(refused))
        }
    }
}

fn plain(challenge: &str) -> Response {
    let mut response = Response::new(challenge.to_owned().into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    // Whoever knows the token may have any text back: never as a page.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `POST`: a batch of changes.
#[utoipa::path(
    post, path = "/upstream/webhook", tag = "Upstream", security(()), summary = "What the upstream tells",
    params(("X-Hub-Signature-256" = Option<String>, Header, description = "`sha256=`, and the body's HMAC under the app's secret")),
    request_body(content = serde_json::Map<String, Value>, description = "A webhook in Meta's shape"),
    responses(
        (status = 200, description = "Committed", body = Done),
        (status = 401, description = "Not signed, or not with this app's secret.", body = MetaError),
    ),
)]
pub async fn receive(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = take(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn take(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let (head, body) = request.into_parts();
    let body = bytes_within(&state.limits, state.limits.upstream_body_bytes_max, body).await?;
    let signature = head.headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = state.upstream_webhook.as_ref().is_some_and(|upstream| {
        !upstream.app_secret.is_empty() && webhook::verify(upstream.app_secret.as_bytes(), &body, signature)
    });
    if !signed {
        let details = "X-Hub-Signature-256: is missing or not made with this app's secret";
        return Err(ApiError::new(190, details).with_status(StatusCode::UNAUTHORIZED));
    }
    let mut statuses: BTreeMap<AccountId, Vec<UpstreamStatus>> = BTreeMap::new();
    for change in parse_incoming(&body)? {
        let Some((account, channel)) = owner(state, &change) else {
            tracing::warn!(field = change.field, "a webhook for a number or account that is not here");
            continue;
        };
        if let Some(channel) = channel {
            let of = statuses.entry(account).or_default();
            of.extend(change.statuses.iter().map(|status| read_status(state, account, channel, status)));
        }
        if let Some(value) = change.rest {
            pass_on(state, account, channel, &change.field, (value, change.time_s)).await?;
        }
    }
    for (account, statuses) in statuses {
        inbound::statuses(state, account, statuses).await?;
    }
    Ok(answer(StatusCode::OK, &DONE))
}

/// Whose a change is: by its number, else by its account.
fn owner(state: &AppState, change: &IncomingChange) -> Option<(AccountId, Option<ChannelId>)> {
    let snapshot = state.directory.snapshot();
    let channel = change.phone_number_id.and_then(|id| snapshot.channel(ChannelId(id)).cloned());
    match (channel, change.account_id) {
        (Some(channel), _) => Some((channel.account, Some(channel.id))),
        // Some events of an account come under its business's id.
        (None, of) => {
            let told = change.rest.as_ref().and_then(|value| id_of(value.pointer("/waba_info/waba_id")?));
            let mut ids = of.into_iter().chain(told).map(AccountId);
            ids.find_map(|id| snapshot.account(id)).map(|account| (account.id, None))
        }
    }
}

/// An id: a number, or a string of one.
fn id_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn read_status(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    status: &IncomingStatus,
) -> UpstreamStatus {
    let kind = match &status.kind {
        IncomingStatusKind::Sent => StatusKind::Sent,
        IncomingStatusKind::Delivered => StatusKind::Delivered,
        IncomingStatusKind::Read => StatusKind::Read,
        IncomingStatusKind::Played => StatusKind::Played,
        IncomingStatusKind::Failed { code, details } => {
            StatusKind::Failed { code: *code, detail: details.clone() }
        }
    };
    let address = status
        .recipient
        .as_deref()
        .and_then(|text| recipient::parse(text).or_else(|_| recipient::parse_user(text)).ok());
    UpstreamStatus {
        channel,
        upstream_id: status.id.clone(),
        message: wamid::decode(&state.wamid_key, &status.id),
        mark: status.opaque.as_deref().and_then(mark),
        recipient: address.map(|address| address.key(&state.recipient_key, account)),
        status: Status { kind, at: Timestamp::from_secs(status.timestamp_s) },
    }
}

/// Our mark, `s:<id>.<attempt>`.
fn mark(opaque: &str) -> Option<(MessageId, u32)> {
    let (id, attempt) = opaque.strip_prefix("s:")?.split_once('.')?;
    Some((MessageId(id.parse().ok()?), attempt.parse().ok()?))
}

/// What a change means for us, and on to the account's own webhooks as it came.
async fn pass_on(
    state: &Arc<AppState>,
    account: AccountId,
    channel: Option<ChannelId>,
    field: &str,
    (value, time_s): (Value, Option<i64>),
) -> Result<(), ApiError> {
    match (field, channel) {
        ("messages", Some(channel)) => inbound::messages(state, account, channel, value).await?,
        ("user_preferences", _) => inbound::preferences(state, account, channel, &value).await?,
        ("account_update", _)
            if value.get("event").and_then(Value::as_str) == Some("MM_LITE_TERMS_SIGNED") =>
        {
            let owner = value.pointer("/waba_info/owner_business_id").and_then(id_of).map(BusinessId);
            onboarding::signed_upstream(state, account, owner).await?;
            inbound::forward(state, account, channel, field, (&value, time_s)).await?;
        }
        ("phone_number_quality_update" | "business_capability_update", _) => {
            number_quality::told(state, account, channel, &value).await?;
            inbound::forward(state, account, channel, field, (&value, time_s)).await?;
        }
        // What is said of a template that is here is told under our own id of it.
        _ if verdicts::told(state, account, field, (&value, time_s)).await? => {}
        _ => inbound::forward(state, account, channel, field, (&value, time_s)).await?,
    }
    Ok(())
}
