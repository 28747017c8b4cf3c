//! A channel's API keys: listed by name, made (shown this once), made anew, revoked. Kept as hashes only.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use stentor_core::registry::{ApiKey, Channel, Character};
use stentor_core::time::Timestamp;
use stentor_store::RegistryChange;

use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, created, ok};
use super::audit::{ACTOR, audit};
use super::channels_schema::{KeyShown, Keys, NewKey, Rotation};
use super::fields::Fields;
use super::keys;
use super::scope::{OfChannel, channel as find};
use crate::registry::{Plan, Snapshot, hash_key, key_name};

/// The longest that old keys may go on working: 30 days.
const GRACE_SECS_MAX: i64 = 30 * 86_400;

/// A key as the operator sees it: by name only.
pub(super) fn shown(key: &ApiKey) -> KeyShown {
    KeyShown {
        name: key_name(&key.hash),
        created_at: at(Some(key.created_at)),
        expires_at: at(key.expires_at),
        last_used_on: at(key.used_at),
    }
}

/// `GET /admin/v1/channels/{channel}/keys`: the oldest first, also those that have ended.
#[utoipa::path(
    get, path = "/keys", tag = "Channels", summary = "A channel's API keys, by name",
    responses((status = 200, description = "The oldest first", body = Keys)),
)]
pub async fn list(of: OfChannel) -> Answer {
    let keys = of.snapshot.keys_of(of.channel.id);
    ok(&Keys { keys: keys.iter().map(shown).collect() })
}

/// `POST /admin/v1/channels/{channel}/keys` `{"grace_secs"?, "keep_others"?}`: a new key, shown this once; the others
/// end at once or after the grace, unless they are to be kept. A twin's webhook goes with them, as 360dialog's does.
#[utoipa::path(
    post, path = "/keys", tag = "Channels", summary = "Make a new API key, shown this once; the others end",
    request_body(content = Option<Rotation>, example = json!({"grace_secs": 3600})),
    responses((status = 201, description = "Made", body = NewKey)),
)]
pub async fn make(State(state): State<Arc<AppState>>, of: OfChannel, mut fields: Fields) -> Answer {
    let grace = fields.number("grace_secs", 0..=GRACE_SECS_MAX)?.unwrap_or(0).unsigned_abs();
    let keeps = fields.flag("keep_others")?.unwrap_or(false);
    fields.end()?;
    let fate = if keeps { Fate::Keep } else { Fate::End(Duration::from_secs(grace)) };
    let Made { key, ends, channel } = anew(&state, &of.channel, fate, ACTOR).await?;
    created(&NewKey {
        phone_number_id: channel.id.to_string(),
        account_id: channel.account.to_string(),
        api_key: key,
        old_keys_end_at: at(ends),
    })
}

/// What becomes of a channel's other keys when it gets a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go on working.
    Keep,
    /// They end after this long.
    End(Duration),
}

/// A new key.
#[derive(Debug)]
pub struct Made {
    /// Its text, told this once.
    pub key: String,
    /// When the others end; `None`: they do not.
    pub ends: Option<Timestamp>,
    /// The channel it selects.
    pub channel: Arc<Channel>,
}

/// Makes a key for a channel; what a rotation means for a twin's webhook is done with it.
///
/// # Errors
/// 400 for a grace in a twin; the store.
pub async fn anew(state: &Arc<AppState>, of: &Channel, fate: Fate, actor: &str) -> Result<Made, AdminError> {
    let (id, actor) = (of.id, actor.to_owned());
    let key = keys::api_key();
    let hash = hash_key(&key);
    let (channel, ends) = state
        .administer(move |snapshot, now| {
            let channel = find(snapshot, id)?;
            let is_twin = channel.character == Character::Twin;
            if is_twin && fate != Fate::End(Duration::ZERO) {
                let field = if fate == Fate::Keep { "keep_others" } else { "grace_secs" };
                let problem = "a twin's old keys end at once, as at 360dialog; only a gateway's may go on";
                return Err(AdminError::field(field, problem));
            }
            let ends = if let Fate::End(grace) = fate { Some(now + grace) } else { None };
            let changes = rotation(snapshot, &channel, hash, now, ends);
            let action = if ends.is_some() { "key.rotate" } else { "key.create" };
            let detail =
                format!("{id} {} old keys end {}", key_name(&hash), at(ends).as_deref().unwrap_or("never"));
            let mut audit = audit(now, channel.account, action, detail);
            audit.actor = actor;
            Ok((Plan { audit, changes, notices: Vec::new() }, (channel, ends)))
        })
        .await?;
    Ok(Made { key, ends, channel })
}

fn rotation(
    snapshot: &Snapshot,
    channel: &Channel,
    hash: [u8; 32],
    now: Timestamp,
    ends: Option<Timestamp>,
) -> Vec<RegistryChange> {
    let (account, id) = (channel.account, channel.id);
    let key = ApiKey { hash, account, channel: id, created_at: now, expires_at: None, used_at: None };
    let mut changes = vec![RegistryChange::PutKey(key)];
    if let Some(at) = ends {
        changes.push(RegistryChange::EndKeys { channel: id, keep: vec![hash], at });
    }
    if channel.character == Character::Twin {
        let endpoint = snapshot.own_endpoint(account, Some(id));
        changes.extend(endpoint.map(|endpoint| RegistryChange::RemoveEndpoint(endpoint.id)));
    }
    changes
}

/// `DELETE /admin/v1/channels/{channel}/keys/{key}`: ends at once. `key`: as the list names it, `key:` may be left away.
#[utoipa::path(
    delete, path = "/keys/{key}", tag = "Channels", summary = "Revoke an API key",
    params(("key" = String, Path, description = "As the list names it; `key:` may be left away", example = "key:1a2b3c4d")),
    responses((status = 200, description = "As it is now: it has ended", body = KeyShown)),
)]
pub async fn revoke(
    State(state): State<Arc<AppState>>,
    of: OfChannel,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    let named = path.into_iter().find(|(key, _)| key == "key").map(|(_, value)| value).unwrap_or_default();
    let name = if named.starts_with("key:") { named } else { format!("key:{named}") };
    let id = of.channel.id;
    let revoked = state
        .administer(move |snapshot, now| {
            let channel = find(snapshot, id)?;
            let (gone, keep): (Vec<_>, Vec<_>) =
                snapshot.keys_of(id).into_iter().partition(|key| key_name(&key.hash) == name);
            let Some(key) = gone.into_iter().next() else {
                let message = format!("channel {id} has no {name}: see `stentor channel key list {id}`");
                return Err(AdminError::not_found(message));
            };
            let keep = keep.iter().map(|key| key.hash).collect();
            let changes = vec![RegistryChange::EndKeys { channel: id, keep, at: now }];
            let audit = audit(now, channel.account, "key.revoke", format!("{id} {name}"));
            let ends = key.expires_at.map_or(now, |ends| ends.min(now));
            Ok((Plan { audit, changes, notices: Vec::new() }, ApiKey { expires_at: Some(ends), ..key }))
        })
        .await?;
    ok(&shown(&revoked))
}
