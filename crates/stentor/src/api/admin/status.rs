//! How the server stands: messages by state, unknowns, webhooks, upstream, the oldest waiting.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_core::message::State as MessageState;
use utoipa::ToSchema;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};

/// Endpoints listed; the sums count all.
const ENDPOINTS_SHOWN: usize = 200;
/// Slowed channels listed.
const CHANNELS_SHOWN: usize = 200;
/// Templates at fault listed.
const TEMPLATES_SHOWN: usize = 200;

/// How the server stands.
#[derive(Serialize, ToSchema)]
struct Status {
    /// Messages by state.
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    by_state: Map<String, Value>,
    /// Messages of which nobody can say whether they were sent.
    #[schema(value_type = u64)]
    unknown: Value,
    webhooks: Webhooks,
    upstream: Upstream,
    media: Media,
    disk: Disk,
    autopilot: Standing,
    /// RFC 3339: since when the message of the queue is due that is due first; null: nothing is due.
    #[schema(required = true)]
    oldest_waiting: Option<String>,
    oldest_waiting_s: u64,
    /// Only in a data folder that was restored from a backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    restored: Option<Restored>,
    accounts: usize,
    channels: usize,
    /// Statuses of messages that are not known yet.
    parked: u64,
    /// Messages that were sent twice.
    doubles: u64,
    version: &'static str,
    uptime_s: u64,
}

/// What waits to be told.
#[derive(Serialize, ToSchema)]
struct Webhooks {
    waiting: u64,
    lost: u64,
    /// Events of accounts that nobody heard although their numbers have webhooks.
    unheard: u64,
    /// At most 200; the sums count all.
    endpoints: Vec<EndpointStanding>,
}

/// The backup that the data folder was restored from.
#[derive(Serialize, ToSchema)]
struct Restored {
    /// RFC 3339: when it was taken.
    taken_at: String,
    /// Messages that were queued then and wait for `stentor restore --resume send|settle`.
    held: u64,
}

/// What messages leave through.
#[derive(Serialize, ToSchema)]
struct Upstream {
    /// `simulated`, `cloud_api` or `none`.
    #[schema(example = "simulated")]
    kind: &'static str,
    simulated: bool,
    /// Channels that it makes slower than they are set; at most 200.
    slowed: Vec<Slowed>,
}

/// A channel that its upstream has slowed.
#[derive(Serialize, ToSchema)]
struct Slowed {
    phone_number_id: String,
    /// Messages a second now.
    rate_per_s: u32,
    /// As it is set.
    set_to_per_s: u32,
    /// RFC 3339: nothing leaves before; null: it does not rest.
    #[schema(required = true)]
    rests_until: Option<String>,
}

/// The media folder.
#[derive(Serialize, ToSchema)]
struct Media {
    /// Contents, each once.
    files: u64,
    mib: u64,
    quota_mib: u64,
}

/// The data folder's disk.
#[derive(Serialize, ToSchema)]
struct Disk {
    /// Null: it is not looked at.
    #[schema(required = true)]
    free_mib: Option<u64>,
    /// Below it nothing new is accepted.
    free_mib_min: u64,
}

/// What the autopilot thinks of templates.
#[derive(Serialize, ToSchema)]
#[schema(as = AutopilotStanding)]
struct Standing {
    held: usize,
    /// Held ones, and those that would be where it only watches; at most 200.
    templates: Vec<Doubted>,
}

/// A template at fault.
#[derive(Serialize, ToSchema)]
struct Doubted {
    template_id: String,
    account_id: String,
    #[schema(example = "spring_sale")]
    name: String,
    held: bool,
    /// `opt_outs`, `failures`, `reads` or `blocks`.
    #[schema(example = "opt_outs")]
    fault: &'static str,
    detail: String,
}

/// What waits for one endpoint.
#[derive(Serialize, ToSchema)]
struct EndpointStanding {
    endpoint_id: String,
    account_id: String,
    /// Null: for the whole account.
    #[schema(required = true)]
    phone_number_id: Option<String>,
    /// Of its URL only this: the rest may be a secret.
    #[schema(example = "https://example.com")]
    origin: String,
    waiting: u64,
    lost: u64,
    #[schema(required = true)]
    oldest_at: Option<String>,
}

/// `GET /admin/v1/status`.
#[utoipa::path(
    get, path = "/status", tag = "Service", summary = "How the server stands",
    responses((status = 200, description = "Figures of the moment", body = Status)),
)]
pub async fn status(State(state): State<Arc<AppState>>) -> Answer {
    let (now, snapshot) = (state.clock.now(), state.directory.snapshot());
    let counts = state.store.counts().await?;
    let by_state: Map<String, Value> =
        counts.by_state.iter().map(|(state, n)| (state.as_str().to_owned(), (*n).into())).collect();
    let unknown = by_state.get(MessageState::Unknown.as_str()).cloned().unwrap_or_else(|| 0.into());
    let oldest = counts.oldest_queued_at.filter(|at| *at <= now);
    let endpoints = endpoints(&state).await?;
    let kind = match (&state.network, &state.upstream_webhook) {
        (Some(_), _) => "simulated",
        (None, Some(_)) => "cloud_api",
        (None, None) => "none",
    };
    ok(&Status {
        by_state,
        unknown,
        webhooks: Webhooks {
            waiting: counts.deliveries_waiting,
            lost: counts.deliveries_lost,
            unheard: counts.events_unheard,
            endpoints,
        },
        upstream: Upstream { kind, simulated: state.network.is_some(), slowed: slowed(&state).await? },
        media: Media {
            files: state.media.folder.files(),
            mib: state.media.folder.used_bytes() >> 20,
            quota_mib: state.media.folder.quota_bytes() >> 20,
        },
        disk: Disk {
            free_mib: Some(state.disk.free_bytes()).filter(|free| *free < u64::MAX).map(|free| free >> 20),
            free_mib_min: state.disk.free_bytes_min() >> 20,
        },
        autopilot: standing(&state),
        oldest_waiting: at(oldest),
        oldest_waiting_s: oldest.map_or(0, |at| now.since(at).as_secs()),
        restored: counts
            .restored_to
            .map(|taken_at| Restored { taken_at: taken_at.to_string(), held: counts.held }),
        accounts: snapshot.accounts().count(),
        channels: snapshot.channels().count(),
        parked: counts.parked,
        doubles: counts.doubles,
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: state.started.elapsed().as_secs(),
    })
}

/// Templates that are held, or would be.
fn standing(state: &AppState) -> Standing {
    let snapshot = state.directory.snapshot();
    let held = snapshot.all_templates().filter(|of| of.template.hold.is_some()).count();
    let doubted = snapshot.all_templates().filter_map(|of| {
        let template = &of.template;
        let hold = template.hold.as_ref().map(|hold| (hold.fault, hold.detail.clone()));
        let (fault, detail) = hold.or_else(|| state.autopilot.doubt(template.id))?;
        Some(Doubted {
            template_id: template.id.to_string(),
            account_id: template.account.to_string(),
            name: template.name.clone(),
            held: template.hold.is_some(),
            fault: fault.as_str(),
            detail,
        })
    });
    Standing { held, templates: doubted.take(TEMPLATES_SHOWN).collect() }
}

/// The channels whose upstream refuses for speed.
async fn slowed(state: &AppState) -> Result<Vec<Slowed>, AdminError> {
    let (now, snapshot) = (state.clock.now(), state.directory.snapshot());
    let mut slowed = Vec::new();
    for (id, pace) in state.store.paces().await? {
        let Some(channel) = snapshot.channel(id) else { continue };
        let (throttle, set_to_per_s) = (pace.throttle, channel.rate_per_s);
        if throttle.is_slowed(set_to_per_s, now) && slowed.len() < CHANNELS_SHOWN {
            let (rate_per_s, rests_until) = (throttle.rate(set_to_per_s, now), at(throttle.rests_until(now)));
            slowed.push(Slowed { phone_number_id: id.to_string(), rate_per_s, set_to_per_s, rests_until });
        }
    }
    Ok(slowed)
}

/// What waits for each endpoint. Of its URL only the origin: the rest may be a secret.
async fn endpoints(state: &AppState) -> Result<Vec<EndpointStanding>, AdminError> {
    let snapshot = state.directory.snapshot();
    let mut shown = Vec::new();
    for endpoint in snapshot.endpoints().take(ENDPOINTS_SHOWN) {
        let backlog = state.store.backlog(endpoint.id).await?;
        let origin = url::Url::parse(&endpoint.url).map(|url| url.origin().ascii_serialization());
        shown.push(EndpointStanding {
            endpoint_id: endpoint.id.to_string(),
            account_id: endpoint.account.to_string(),
            phone_number_id: endpoint.channel.map(|id| id.to_string()),
            origin: origin.unwrap_or_default(),
            waiting: backlog.rows,
            lost: backlog.lost,
            oldest_at: at(backlog.oldest_at),
        });
    }
    Ok(shown)
}
