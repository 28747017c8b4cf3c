//! What the simulated network says of itself, as its description tells it: the network writes these bodies, and the API
//! knows no network. Used by the annotations of `sim`.
#![expect(dead_code, reason = "schemas: no value of these types is ever made")]

use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How badly the network behaves. Shares are 0 to 1, of requests or of statuses.
#[derive(ToSchema)]
pub struct Profile {
    #[schema(example = "calm")]
    name: String,
    /// Requests per second and number; null: the network's own throughput.
    #[schema(required = true)]
    throttle_per_sec: Option<u32>,
    reply_ms: u64,
    slow_reply: f64,
    slow_reply_ms: u64,
    error_5xx: f64,
    error_5xx_taken: f64,
    lost_reply_taken: f64,
    lost_reply_not_taken: f64,
    reset_taken: f64,
    reset_not_taken: f64,
    status_delay: f64,
    status_delay_ms: u64,
    status_duplicate: f64,
    status_reorder: f64,
    status_lost: f64,
    statuses_held: bool,
    /// Statuses in one webhook at most.
    batch_max: u16,
    pair_limit: bool,
    /// Null: new templates are not paced.
    #[schema(required = true)]
    pacing: Option<Pacing>,
    inject: Vec<Injected>,
}

/// The first messages of a new marketing template go out, the rest is held.
#[derive(ToSchema)]
pub struct Pacing {
    #[schema(minimum = 1)]
    first: u32,
    decide_secs: u64,
}

/// An error to rehearse.
#[derive(ToSchema)]
pub struct Injected {
    /// `reply` or `status`.
    #[schema(example = "status")]
    at: String,
    #[schema(example = 131_026)]
    code: u32,
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    #[schema(minimum = 400, maximum = 599, nullable = false)]
    http: Option<u16>,
}

/// A profile's name (`calm`, `busy`, `lossy`, `storm`, `throttled`, `down`), or the fields that differ from calm.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum ProfileBody {
    /// By name.
    Name(String),
    /// What differs.
    #[schema(value_type = Object)]
    Fields(Map<String, Value>),
}

/// How far the clock leaps.
#[derive(ToSchema)]
pub struct Advance {
    #[schema(example = "8d")]
    by: Span,
}

/// A whole number with `s`, `m`, `h` or `d`, at most 3650 days; or seconds.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Span {
    /// With a unit.
    Text(String),
    /// Seconds.
    Seconds(u64),
}

/// A number that behaves the same way every time.
#[derive(ToSchema)]
pub struct Recipient {
    #[schema(example = "441234567890")]
    number: String,
    #[schema(example = "reader")]
    name: String,
    behaviour: String,
    /// In the order they come.
    statuses: Vec<String>,
    /// The error's code, in the status or the reply.
    #[schema(required = true)]
    code: Option<u32>,
}

/// A word that decides a template's review.
#[derive(ToSchema)]
pub struct Trigger {
    word: String,
    effect: String,
}

/// What a person sees of a business in their chat, beside its messages.
#[derive(ToSchema)]
pub struct PhoneChat {
    account_id: String,
    number: String,
    /// What the person wrote until then was read: two blue ticks.
    #[schema(required = true)]
    read_until: Option<String>,
    /// The business is seen to type, at most until then.
    #[schema(required = true)]
    typing_until: Option<String>,
}

/// What was counted and what is held.
#[derive(ToSchema)]
pub struct Stats {
    /// RFC 3339: the network's time.
    now: String,
    /// The name of the profile in force.
    profile: String,
    requests: u64,
    taken: u64,
    refused: u64,
    /// Requests that met a 5xx, a lost reply or a reset.
    disturbed: u64,
    sent: u64,
    delivered: u64,
    read: u64,
    failed: u64,
    inbound: u64,
    pending: usize,
    inbox: usize,
    remembered: usize,
}
