//! Channels (business numbers): made, listed, shown, changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use serde_json::Value;
use stentor_core::id::ChannelId;
use stentor_core::message::UnknownPolicy;
use stentor_core::rate::Throttle;
use stentor_core::recipient;
use stentor_core::registry::{
    ApiKey, Channel, ChannelState, Character, Echo, PausedPolicy, SyncPolicy, UpstreamKind,
};
use stentor_core::time::Timestamp;
use stentor_store::{LookAgain, RegistryChange};

use super::super::hub::channels_max;
use super::super::moves::look_again;
use super::super::state::AppState;
use super::accounts::IDS;
use super::answer::{AdminError, Answer, at, created, ok};
use super::api_keys;
use super::audit::audit;
use super::channels_schema::{ChannelChange, ChannelShown, Channels, NewChannel};
use super::fields::{Fields, required};
use super::keys;
use super::scope::{OfAccount, OfChannel, account as find_account, channel as find};
use super::waits::throttle;
use crate::envelope::notice;
use crate::registry::{Plan, hash_key};

/// A channel as the operator sees it.
fn shown(channel: &Channel, throttle: Throttle, now: Timestamp) -> ChannelShown {
    ChannelShown {
        id: channel.id.to_string(),
        phone_number_id: channel.id.to_string(),
        account_id: channel.account.to_string(),
        display_phone_number: channel.display_phone_number.clone(),
        state: channel.state.as_str(),
        character: channel.character.as_str(),
        sync_policy: channel.sync_policy().as_str(),
        rate_per_s: channel.rate_per_s,
        effective_rate_per_s: throttle.rate(channel.rate_per_s, now),
        rests_until: at(throttle.rests_until(now)),
        unknown_policy: channel.unknown_policy.as_str(),
        upstream: channel.upstream.as_str(),
        simulated: channel.upstream == UpstreamKind::Simulated,
        echo: channel.echo.as_str(),
        paused_policy: channel.paused_policy.as_str(),
        pair_limit: channel.pair_limit,
        automatic_routing: channel.automatic_routing,
        account_events: channel.hears_account(),
        multi_webhook: channel.multi_webhook,
        created_at: at(Some(channel.created_at)),
        api_key: None,
        keys: None,
    }
}

/// `GET /admin/v1/channels`.
#[utoipa::path(
    get, path = "/channels", tag = "Channels", summary = "All channels",
    responses((status = 200, description = "The channels", body = Channels)),
)]
pub async fn list(State(state): State<Arc<AppState>>) -> Answer {
    let snapshot = state.directory.snapshot();
    all(&state, snapshot.channels()).await
}

/// `GET /admin/v1/accounts/{account}/channels`.
#[utoipa::path(
    get, path = "/channels", tag = "Channels", summary = "An account's channels",
    responses((status = 200, description = "The channels", body = Channels)),
)]
pub async fn list_of(State(state): State<Arc<AppState>>, of: OfAccount) -> Answer {
    all(&state, of.snapshot.channels_of(of.account.id)).await
}

async fn all(state: &AppState, channels: impl Iterator<Item = &Arc<Channel>>) -> Answer {
    let (paces, now) = (state.store.paces().await?, state.clock.now());
    let throttles: BTreeMap<_, _> = paces.into_iter().map(|(id, pace)| (id, pace.throttle)).collect();
    let throttle = |id| throttles.get(&id).copied().unwrap_or_default();
    ok(&Channels { channels: channels.map(|c| shown(c, throttle(c.id), now)).collect() })
}

/// `GET /admin/v1/channels/{channel}`: with its keys, by name only.
#[utoipa::path(
    get, path = "/", tag = "Channels", summary = "One channel, with its keys by name",
    responses((status = 200, description = "The channel", body = ChannelShown)),
)]
pub async fn show(State(state): State<Arc<AppState>>, of: OfChannel) -> Answer {
    let keys = of.snapshot.keys_of(of.channel.id).iter().map(api_keys::shown).collect();
    let throttle = throttle(&state, of.channel.id).await?;
    ok(&ChannelShown { keys: Some(keys), ..shown(&of.channel, throttle, state.clock.now()) })
}

/// What this process can send through; channels start with it.
fn upstream(state: &AppState) -> Result<UpstreamKind, AdminError> {
    match (&state.network, &state.upstream_webhook) {
        (Some(_), _) => Ok(UpstreamKind::Simulated),
        (None, Some(_)) => Ok(UpstreamKind::CloudApi),
        (None, None) => Err(AdminError::field(
            "upstream",
            "this server has none to send through: set `upstream.kind` in its configuration and start it again",
        )),
    }
}

fn number(text: &str) -> Result<String, AdminError> {
    let parsed =
        recipient::parse(text).map_err(|problem| AdminError::field("display_phone_number", problem))?;
    Ok(parsed.canonical().to_owned())
}

/// `POST /admin/v1/accounts/{account}/channels` `{"display_phone_number", "id"?}`, or `POST /admin/v1/channels`:
/// answers with the API key, which is shown this once.
#[utoipa::path(
    post, path = "/channels", tag = "Channels", summary = "Make a channel; its API key is shown this once",
    request_body(content = NewChannel, example = json!({"display_phone_number": "+1 555 000 1111"})),
    responses(
        (status = 201, description = "Made", body = ChannelShown),
        (status = 409, description = "The id or the number is taken."),
    ),
)]
pub async fn create(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let given = fields.text("display_phone_number", 40)?;
    let number = number(&required("display_phone_number", given.or(fields.text("number", 40)?))?)?;
    let wanted = fields.number("id", IDS)?;
    fields.end()?;
    let (account, upstream) = (of.account.id, upstream(&state)?);
    let (key, id_state) = (keys::api_key(), Arc::clone(&state));
    let hash = hash_key(&key);
    let made = state
        .administer(move |snapshot, now| {
            let is_taken = |id: i64| snapshot.channel(ChannelId(id)).is_some();
            let id = match wanted {
                Some(id) if is_taken(id) => {
                    return Err(AdminError::conflict("id", "there is such a channel already"));
                }
                Some(id) => id,
                None => id_state.fresh_id(is_taken),
            };
            if let Some(other) = snapshot.channels().find(|c| c.display_phone_number == number) {
                let problem = format!("this number is channel {} already", other.id);
                return Err(AdminError::conflict("display_phone_number", problem));
            }
            let owner = find_account(snapshot, account)?;
            if let Some((max, _)) = channels_max(snapshot, &owner).filter(|(max, has)| has >= max) {
                let problem = format!("the account's business may have {max} channels, and has them");
                return Err(AdminError::conflict("account", problem));
            }
            let simulated = upstream == UpstreamKind::Simulated;
            let channel = Channel {
                character: id_state.default_character,
                echo: if simulated { Echo::Yes } else { Echo::Unproven },
                ..Channel::new(ChannelId(id), account, &number, upstream, now)
            };
            let key = ApiKey {
                hash,
                account,
                channel: channel.id,
                created_at: now,
                expires_at: None,
                used_at: None,
            };
            let changes = vec![RegistryChange::PutChannel(channel.clone()), RegistryChange::PutKey(key)];
            let audit = audit(now, account, "channel.create", id.to_string());
            let limit = snapshot.messaging_limit(&owner).as_str();
            let notices = vec![notice::number_onboarded(&channel, limit)];
            Ok((Plan { audit, changes, notices }, channel))
        })
        .await?;
    created(&ChannelShown { api_key: Some(key), ..shown(&made, Throttle::default(), state.clock.now()) })
}

/// What a PATCH may change; `None`: as it is.
struct Wanted {
    character: Option<Character>,
    sync_policy: Option<Option<SyncPolicy>>,
    rate_per_s: Option<u32>,
    state: Option<ChannelState>,
    unknown_policy: Option<UnknownPolicy>,
    paused_policy: Option<PausedPolicy>,
    pair_limit: Option<bool>,
    upstream: Option<UpstreamKind>,
    automatic_routing: Option<bool>,
    account_events: Option<Option<bool>>,
}

impl Wanted {
    fn read(mut fields: Fields) -> Result<Self, AdminError> {
        let sync_policy = match fields.take("sync_policy") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(Value::String(word)) if SyncPolicy::parse(&word).is_some() => Some(SyncPolicy::parse(&word)),
            Some(_) => {
                let problem = "must be reject, hold or send; null follows the character";
                return Err(AdminError::field("sync_policy", problem));
            }
        };
        let rate = fields.number("rate_per_s", 1..=1_000)?;
        let wanted = Self {
            character: fields.word("character", Character::parse, &["twin", "gateway"])?,
            sync_policy,
            rate_per_s: rate.and_then(|rate| u32::try_from(rate).ok()),
            state: fields.word(
                "state",
                ChannelState::parse,
                &["active", "blocked", "unregistered", "unavailable"],
            )?,
            unknown_policy: fields.word(
                "unknown_policy",
                UnknownPolicy::parse,
                &["at_most_once", "at_least_once"],
            )?,
            paused_policy: fields.word("paused_policy", PausedPolicy::parse, &["hold", "fail"])?,
            pair_limit: fields.flag("pair_limit")?,
            upstream: fields.word("upstream", UpstreamKind::parse, &["simulated", "cloud_api"])?,
            automatic_routing: fields.flag("automatic_routing")?,
            account_events: match fields.take("account_events") {
                None => None,
                Some(Value::Null) => Some(None),
                Some(Value::Bool(hears)) => Some(Some(hears)),
                Some(_) => {
                    let problem = "must be true or false; null follows the character";
                    return Err(AdminError::field("account_events", problem));
                }
            },
        };
        fields.end()?;
        Ok(wanted)
    }

    fn applied(&self, old: &Channel) -> Result<Channel, AdminError> {
        let is_other = self.upstream.is_some_and(|upstream| upstream != old.upstream);
        let new = Channel {
            character: self.character.unwrap_or(old.character),
            sync_policy: self.sync_policy.unwrap_or(old.sync_policy),
            rate_per_s: self.rate_per_s.unwrap_or(old.rate_per_s),
            state: self.state.unwrap_or(old.state),
            unknown_policy: self.unknown_policy.unwrap_or(old.unknown_policy),
            paused_policy: self.paused_policy.unwrap_or(old.paused_policy),
            pair_limit: self.pair_limit.unwrap_or(old.pair_limit),
            upstream: self.upstream.unwrap_or(old.upstream),
            automatic_routing: self.automatic_routing.unwrap_or(old.automatic_routing),
            account_events: self.account_events.unwrap_or(old.account_events),
            // What one upstream does says nothing of another.
            echo: if is_other { Echo::Unproven } else { old.echo },
            ..old.clone()
        };
        if new.unknown_policy == UnknownPolicy::AtLeastOnce && new.echo != Echo::Yes {
            let problem = format!(
                "at_least_once is refused while echo is {}: without the upstream's echo a message could be sent twice",
                new.echo.as_str()
            );
            return Err(AdminError::field("unknown_policy", problem));
        }
        Ok(new)
    }
}

/// `PATCH /admin/v1/channels/{channel}`.
#[utoipa::path(
    patch, path = "/", tag = "Channels", summary = "Change a channel",
    request_body(content = ChannelChange, example = json!({"character": "gateway", "rate_per_s": 80})),
    responses((status = 200, description = "As it is now", body = ChannelShown)),
)]
pub async fn change(State(state): State<Arc<AppState>>, of: OfChannel, fields: Fields) -> Answer {
    let wanted = Wanted::read(fields)?;
    if let Some(other) = wanted.upstream.filter(|wanted| upstream(&state).ok() != Some(*wanted)) {
        let problem = format!(
            "this server has no {} upstream: set `upstream.kind` in its configuration",
            other.as_str()
        );
        return Err(AdminError::field("upstream", problem));
    }
    let frees = wanted.state.is_some()
        || wanted.sync_policy.is_some()
        || wanted.paused_policy.is_some()
        || wanted.character.is_some();
    let id = of.channel.id;
    let changed = state
        .administer(move |snapshot, now| {
            let old = find(snapshot, id)?;
            let new = wanted.applied(&old)?;
            let detail = format!(
                "{id} character={} sync_policy={} rate_per_s={} state={} unknown_policy={} paused_policy={} \
                 pair_limit={} upstream={} automatic_routing={} account_events={}",
                new.character.as_str(),
                new.sync_policy().as_str(),
                new.rate_per_s,
                new.state.as_str(),
                new.unknown_policy.as_str(),
                new.paused_policy.as_str(),
                new.pair_limit,
                new.upstream.as_str(),
                new.automatic_routing,
                new.hears_account()
            );
            let changes =
                if new == *old { Vec::new() } else { vec![RegistryChange::PutChannel(new.clone())] };
            let audit = audit(now, new.account, "channel.set", detail);
            let owner = find_account(snapshot, new.account)?;
            let limit = snapshot.messaging_limit(&owner).as_str();
            let notices = notice::rate_changed(&old, &new, limit).into_iter().collect();
            Ok::<_, AdminError>((Plan { audit, changes, notices }, new))
        })
        .await?;
    if frees && changed.state == ChannelState::Active {
        look_again(&state, changed.account, Some(id), LookAgain::Stopped).await;
    }
    state.wake.queue();
    ok(&shown(&changed, throttle(&state, id).await?, state.clock.now()))
}
