//! Whether the server lives, is ready, what it counts; and whether a number can send.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use stentor_core::id::ChannelId;
use stentor_core::message::State as MessageState;
use stentor_core::rate::{Pace, Throttle};
use stentor_core::reason::dialog360;
use stentor_core::registry::{Account, AccountState, Channel, ChannelState, UpstreamKind};
use stentor_core::template::Quality;
use stentor_core::time::Timestamp;
use stentor_store::StoreError;
use stentor_wire::error::Shape;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth;
use super::autopilot;
use super::error::ApiError;
use super::graph::{APP_ID, business_id};
use super::http::{json, told};
use super::number_quality;
use super::state::AppState;

/// What both addresses answer without a key.
pub fn open_routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(alive)).routes(routes!(ready))
}

/// The number's own standing.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(health_status))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct Standing {
    /// `ok`, `ready` or `not ready`.
    #[schema(example = "ready")]
    status: &'static str,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// `GET /healthz`: the process answers.
#[utoipa::path(
    get, path = "/healthz", tag = "Service", security(()), summary = "Whether the process answers",
    responses((status = 200, description = "It does", body = Standing)),
)]
pub async fn alive() -> Response {
    json(StatusCode::OK, &Standing { status: "ok", reason: None })
}

/// `GET /readyz`: the store can commit; 503 with the reason otherwise.
#[utoipa::path(
    get, path = "/readyz", tag = "Service", security(()), summary = "Whether the store can commit",
    responses(
        (status = 200, description = "It can", body = Standing),
        (status = 503, description = "It cannot", body = Standing),
    ),
)]
pub async fn ready(State(state): State<Arc<AppState>>) -> Response {
    match state.store.ready().await {
        Ok(()) => json(StatusCode::OK, &Standing { status: "ready", reason: None }),
        Err(error) => json(
            StatusCode::SERVICE_UNAVAILABLE,
            &Standing { status: "not ready", reason: Some(error.to_string()) },
        ),
    }
}

/// `GET /metrics`: Prometheus text, with the store's counts of the moment.
#[utoipa::path(
    get, path = "/metrics", tag = "Service", security(()), summary = "What is counted",
    responses((
        status = 200, description = "Prometheus text", body = String,
        content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
    )),
)]
pub async fn metrics(State(state): State<Arc<AppState>>) -> Response {
    let (metrics, folder) = (&state.metrics, &state.media.folder);
    metrics.media_bytes.set(i64::try_from(folder.used_bytes()).unwrap_or(i64::MAX));
    metrics.media_files.set(i64::try_from(folder.files()).unwrap_or(i64::MAX));
    metrics.disk_free_bytes.set(i64::try_from(state.disk.free_bytes()).unwrap_or(i64::MAX));
    let counts = match state.store.counts().await {
        Ok(counts) => counts,
        Err(error) => return told(&state, Shape::Meta, Err(error.into())),
    };
    let paces = match state.store.paces().await {
        Ok(paces) => paces.into_iter().collect(),
        Err(error) => return told(&state, Shape::Meta, Err(error.into())),
    };
    let now = state.clock.now();
    metrics.channel_rates(rates(&state, &paces, now));
    let mut response = Response::new(metrics.render(&counts, now).into());
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What each channel may send a second at this moment; 0 while it rests.
fn rates<'a>(
    state: &AppState,
    paces: &'a BTreeMap<ChannelId, Pace>,
    now: Timestamp,
) -> impl Iterator<Item = (ChannelId, u32)> + use<'a> {
    let channels: Vec<_> = state.directory.snapshot().channels().cloned().collect();
    channels.into_iter().map(move |channel| {
        let throttle = paces.get(&channel.id).map_or_else(Throttle::default, |pace| pace.throttle);
        let rests = throttle.rests_until(now).is_some();
        (channel.id, if rests { 0 } else { throttle.rate(channel.rate_per_s, now) })
    })
}

/// `GET /health_status`: whether this number can send, entity by entity; the worst one speaks for all.
#[utoipa::path(
    get, path = "/health_status", tag = "Number", summary = "Whether this number can send",
    responses((status = 200, description = "Entity by entity", body = HealthAnswer)),
)]
pub async fn health_status(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = standing(&state, request.headers()).await;
    told(&state, Shape::Meta, outcome)
}

async fn standing(state: &AppState, headers: &HeaderMap) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    let health_status = of(state, &caller.account, &caller.channel).await?;
    let answer = HealthAnswer { health_status, id: caller.channel.id.to_string() };
    Ok(json(StatusCode::OK, &answer))
}

/// The answer of `/health_status`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthAnswer {
    health_status: HealthStatus,
    /// The phone-number id.
    id: String,
}

/// Whether a number can send.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HealthStatus {
    can_send_message: CanSend,
    entities: Vec<Entity>,
}

/// From best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CanSend {
    /// It can.
    Available,
    /// It can, but not everything or not much more: see `additional_info`.
    Limited,
    /// It cannot: see `errors`.
    Blocked,
}

/// One of what a message passes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entity {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS` or `APP`.
    entity_type: &'static str,
    id: String,
    can_send_message: CanSend,
    /// Calls over SIP: never here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    can_receive_call_sip: Option<CanSend>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    additional_info: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    errors: Vec<EntityError>,
}

/// Why an entity is BLOCKED.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntityError {
    error_code: u32,
    error_description: String,
    possible_solution: String,
}

impl Entity {
    fn new(entity_type: &'static str, id: i64) -> Self {
        Self {
            entity_type,
            id: id.to_string(),
            can_send_message: CanSend::Available,
            can_receive_call_sip: None,
            additional_info: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn info(mut self, applies: bool, text: impl FnOnce() -> String) -> Self {
        self.additional_info.extend(applies.then(text));
        self
    }

    fn limited(mut self, applies: bool, text: impl FnOnce() -> String) -> Self {
        if applies {
            self.can_send_message = self.can_send_message.max(CanSend::Limited);
        }
        self.info(applies, text)
    }

    fn blocked(mut self, why: Option<(&str, &str)>) -> Self {
        if let Some((description, solution)) = why {
            self.can_send_message = CanSend::Blocked;
            self.errors.push(EntityError {
                error_code: BLOCKED_CODE,
                error_description: description.to_owned(),
                possible_solution: solution.to_owned(),
            });
        }
        self
    }
}

/// A number that is also used in the WhatsApp Business app sends no faster (facts/meta 7).
const COEXISTENCE_PER_S: u32 = 20;
/// From here on a messaging limit is nearly used up.
const NEARLY_PERCENT: usize = 90;
/// Held templates told; the admin API lists all.
const HELD_SHOWN: usize = 5;
/// Meta's code of a health error.
const BLOCKED_CODE: u32 = 141_000;

/// Whether the channel can send.
///
/// # Errors
/// The store.
pub async fn of(state: &AppState, account: &Account, channel: &Channel) -> Result<HealthStatus, ApiError> {
    let counts = state.store.counts_of(account.id).await?;
    let unknown = counts.iter().find(|(state, _)| *state == MessageState::Unknown).map_or(0, |(_, n)| *n);
    let quality = number_quality::of(&state.directory.snapshot(), channel);
    let snapshot = state.directory.snapshot();
    let held =
        snapshot.templates(account.id).filter_map(|of| Some((&of.template, of.template.hold.as_ref()?)));
    let held: Vec<String> = held.take(HELD_SHOWN).map(|(of, hold)| autopilot::words(of, hold)).collect();
    let throttle = state.store.pace(channel.id).await?.throttle;
    let slowed = throttle.describe(channel.rate_per_s, state.clock.now());
    let entities = vec![
        number(channel, quality, slowed),
        waba(account, unknown, &held),
        business(state, account, channel).await?,
        Entity::new("APP", APP_ID),
    ];
    let worst = entities.iter().map(|entity| entity.can_send_message).max();
    Ok(HealthStatus { can_send_message: worst.unwrap_or(CanSend::Available), entities })
}

/// `slowed`: how the upstream slows it, in words.
fn number(channel: &Channel, quality: Quality, slowed: Option<String>) -> Entity {
    let number =
        Entity { can_receive_call_sip: Some(CanSend::Blocked), ..Entity::new("PHONE_NUMBER", channel.id.0) };
    let number = number.info(channel.upstream == UpstreamKind::Simulated, || {
        "SIMULATED: nothing leaves this machine".to_owned()
    });
    let number = number
        .limited(quality == Quality::Red, || {
            "the number's quality is RED: people block or report it".to_owned()
        })
        .limited(channel.rate_per_s <= COEXISTENCE_PER_S, || {
            format!("the number sends at most {} messages a second", channel.rate_per_s)
        })
        .limited(slowed.is_some(), || format!("upstream_limit: {}", slowed.unwrap_or_default()));
    number.blocked(match channel.state {
        ChannelState::Active => None,
        ChannelState::Blocked => {
            Some((dialog360::BLOCKED, "Unblock the channel: `stentor channel set ID state=active`."))
        }
        ChannelState::Unregistered => Some(("The number is not registered", "Register the number.")),
        ChannelState::Unavailable => Some((dialog360::UNAVAILABLE, "Wait, or look at the upstream.")),
    })
}

/// The limit is the business's; how much of it is used, the simulated network tells, or what a gateway has counted.
async fn business(state: &AppState, account: &Account, channel: &Channel) -> Result<Entity, StoreError> {
    let business = Entity::new("BUSINESS", business_id(account));
    let tier = state.directory.snapshot().messaging_limit(account);
    let network = state.network.as_ref().filter(|_| channel.upstream == UpstreamKind::Simulated);
    let Some(max) = tier.people_max() else { return Ok(business) };
    let begun = match network {
        Some(network) => network.people_begun(&account.id.to_string()).unwrap_or(0),
        None => state.store.begun(state.clock.now(), account.owner_business).await?,
    };
    Ok(business.limited(begun * 100 >= max * NEARLY_PERCENT, || {
        format!("{}: messages to {begun} of {max} people were begun in 24 hours", tier.as_str())
    }))
}

/// `held`: templates that the autopilot holds, in words.
fn waba(account: &Account, unknown: u64, held: &[String]) -> Entity {
    let waba = Entity::new("WABA", account.id.0)
        .info(unknown > 0, || {
            format!("{unknown} messages are unknown: nobody can say yet whether they were sent")
        })
        .limited(account.terms_signed_at.is_none(), || {
            format!(
                "the marketing messages terms are not signed: `stentor account terms {} accept`",
                account.id
            )
        });
    let waba = held.iter().fold(waba, |waba, words| waba.limited(true, || words.clone()));
    waba.blocked(match account.state {
        AccountState::Active => None,
        AccountState::Disabled => Some((dialog360::DISABLED, "Ask the operator to switch it on.")),
        AccountState::Unpaid => Some((dialog360::LACK_OF_PAYMENT, "Settle the invoices.")),
        AccountState::Restricted => {
            Some(("Temporarily blocked for policy violations", "Wait until the restriction ends."))
        }
        AccountState::Locked => Some(("Account has been locked", "Ask the operator to unlock it.")),
    })
}
