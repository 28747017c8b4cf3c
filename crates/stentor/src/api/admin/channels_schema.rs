//! Channels as the operator sees and writes them. Filled by `channels`.

use serde::Serialize;
use stentor_wire::schema::{Text, Whole};
use utoipa::ToSchema;

/// A channel as the operator sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelShown {
    /// The channel's id.
    #[schema(example = "222000222000222")]
    pub id: String,
    /// The same.
    pub phone_number_id: String,
    /// Whose it is.
    pub account_id: String,
    /// Digits.
    #[schema(example = "15550001111")]
    pub display_phone_number: String,
    /// `active`, `blocked`, `unregistered` or `unavailable`.
    #[schema(example = "active")]
    pub state: &'static str,
    /// `twin` or `gateway`.
    #[schema(example = "twin")]
    pub character: &'static str,
    /// `reject`, `hold` or `send`: what becomes of a message whose template still syncs.
    #[schema(example = "reject")]
    pub sync_policy: &'static str,
    /// Messages a second.
    #[schema(example = 80)]
    pub rate_per_s: u32,
    /// Messages a second it may send now: fewer while its upstream refuses for speed.
    #[schema(example = 80)]
    pub effective_rate_per_s: u32,
    /// RFC 3339: nothing leaves before, for the upstream asked to wait; null: it does not rest.
    #[schema(required = true)]
    pub rests_until: Option<String>,
    /// `at_most_once` or `at_least_once`.
    #[schema(example = "at_most_once")]
    pub unknown_policy: &'static str,
    /// `simulated` or `cloud_api`.
    #[schema(example = "simulated")]
    pub upstream: &'static str,
    /// Whether nothing leaves this machine.
    pub simulated: bool,
    /// `yes`, `no` or `unproven`: whether the upstream gives our marks back.
    #[schema(example = "yes")]
    pub echo: &'static str,
    /// `hold` or `fail`: what becomes of queued messages whose template is paused (132015).
    #[schema(example = "hold")]
    pub paused_policy: &'static str,
    /// Whether messages to one person keep to the pair limit (131056): a twin refuses above it, a gateway waits.
    pub pair_limit: bool,
    /// Whether the route is chosen here.
    pub automatic_routing: bool,
    /// Whether its webhook hears of the account's events where the account has none.
    pub account_events: bool,
    /// Whether its further destinations get copies.
    pub multi_webhook: bool,
    /// RFC 3339.
    #[schema(required = true)]
    pub created_at: Option<String>,
    /// When it is made: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub api_key: Option<String>,
    /// When it is shown alone: its keys, by name only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub keys: Option<Vec<KeyShown>>,
}

/// All channels.
#[derive(Serialize, ToSchema)]
pub struct Channels {
    /// By id.
    pub channels: Vec<ChannelShown>,
}

/// An API key without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyShown {
    /// What it is called in the audit.
    pub name: String,
    /// RFC 3339.
    #[schema(required = true)]
    pub created_at: Option<String>,
    /// RFC 3339; null: never.
    #[schema(required = true)]
    pub expires_at: Option<String>,
    /// RFC 3339, to the day; null: never.
    #[schema(required = true)]
    pub last_used_on: Option<String>,
}

/// A new API key.
#[derive(Serialize, ToSchema)]
pub struct NewKey {
    /// The channel's id.
    pub phone_number_id: String,
    /// The account's id.
    pub account_id: String,
    /// Shown this once.
    pub api_key: String,
    /// RFC 3339; null: they are kept.
    #[schema(required = true)]
    pub old_keys_end_at: Option<String>,
}

/// A channel's API keys.
#[derive(Serialize, ToSchema)]
pub struct Keys {
    /// The oldest first, also those that have ended.
    pub keys: Vec<KeyShown>,
}

/// A channel to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct NewChannel {
    /// The number; `number` is read too.
    #[schema(example = "+1 555 000 1111")]
    display_phone_number: Option<Text>,
    /// The same.
    number: Option<Text>,
    /// An id of one's own, where it is free.
    id: Option<Whole>,
}

/// What changes of a channel; absent: as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct ChannelChange {
    /// `twin` or `gateway`.
    character: Option<String>,
    /// `reject`, `hold` or `send`; null follows the character.
    sync_policy: Option<String>,
    /// 1 to 1000 messages a second.
    rate_per_s: Option<Whole>,
    /// `active`, `blocked`, `unregistered` or `unavailable`.
    state: Option<String>,
    /// `at_most_once` or `at_least_once`.
    unknown_policy: Option<String>,
    /// `hold` or `fail`: what becomes of queued messages whose template is paused (132015).
    paused_policy: Option<String>,
    /// Whether messages to one person keep to the pair limit (131056): a twin refuses above it, a gateway waits.
    pair_limit: Option<bool>,
    /// `simulated` or `cloud_api`.
    upstream: Option<String>,
    /// Whether the route is chosen here.
    automatic_routing: Option<bool>,
    /// Whether its webhook hears of the account's events where the account has none; null follows the character.
    account_events: Option<bool>,
}

/// How the old keys end.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct Rotation {
    /// Seconds the old keys go on working, at most 30 days; 0 for a twin.
    grace_secs: Option<Whole>,
    /// The old keys are kept; not with a twin.
    keep_others: Option<bool>,
}
