//! Which account or channel a request is about: named in the path or the query, else the only one there is.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::StatusCode;
use http::request::Parts;
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::registry::{Account, Channel};

use super::super::http::Query;
use super::super::state::AppState;
use super::answer::AdminError;
use crate::registry::Snapshot;

/// Ids named in an error's list of choices.
const CHOICES_SHOWN: usize = 10;

/// The account meant.
#[derive(Debug)]
pub struct OfAccount {
    /// The registry it was found in.
    pub snapshot: Arc<Snapshot>,
    /// As it is there.
    pub account: Arc<Account>,
}

/// The channel meant.
#[derive(Debug)]
pub struct OfChannel {
    /// The registry it was found in.
    pub snapshot: Arc<Snapshot>,
    /// As it is there.
    pub channel: Arc<Channel>,
}

/// A channel where one is named, else an account.
#[derive(Debug)]
pub struct OfEither {
    /// The account, of the channel too.
    pub account: AccountId,
    /// The channel, if one is named.
    pub channel: Option<ChannelId>,
}

/// An id by the name `name`, in the path or the query.
async fn named(
    parts: &mut Parts,
    state: &Arc<AppState>,
    name: &'static str,
) -> Result<Option<i64>, AdminError> {
    let path = RawPathParams::from_request_parts(parts, state).await.ok();
    let in_path = path.iter().flatten().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    let text = in_path.or_else(|| Query::of(&parts.uri).get(name).map(str::to_owned));
    let parsed = text
        .map(|text| text.parse::<i64>().map_err(|_| AdminError::field(name, "must be an id, digits only")));
    parsed.transpose()
}

/// The only one of these, or 400 naming the choices, or 404 saying how to make one.
fn only<T>(what: &'static str, mut all: impl Iterator<Item = (i64, T)>) -> Result<T, AdminError> {
    let Some((first, one)) = all.next() else {
        let message = format!("there is no {what}: make one with `stentor {what} create`");
        return Err(AdminError::not_found(message));
    };
    let others: Vec<i64> = all.take(CHOICES_SHOWN).map(|(id, _)| id).collect();
    if others.is_empty() {
        return Ok(one);
    }
    let ids: Vec<String> = std::iter::once(first).chain(others).map(|id| id.to_string()).collect();
    Err(AdminError::field(what, format!("there are several, say which: {}", ids.join(", "))))
}

/// The account of an id.
///
/// # Errors
/// 404.
pub fn account(snapshot: &Snapshot, id: AccountId) -> Result<Arc<Account>, AdminError> {
    let found = snapshot.account(id).cloned();
    found
        .ok_or_else(|| AdminError::not_found(format!("there is no account {id}: see `stentor account list`")))
}

/// The channel of an id.
///
/// # Errors
/// 404.
pub fn channel(snapshot: &Snapshot, id: ChannelId) -> Result<Arc<Channel>, AdminError> {
    let found = snapshot.channel(id).cloned();
    found
        .ok_or_else(|| AdminError::not_found(format!("there is no channel {id}: see `stentor channel list`")))
}

impl FromRequestParts<Arc<AppState>> for OfAccount {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, AdminError> {
        let snapshot = state.directory.snapshot();
        let account = match named(parts, state, "account").await? {
            Some(id) => account(&snapshot, AccountId(id))?,
            None => only("account", snapshot.accounts().map(|a| (a.id.0, Arc::clone(a))))?,
        };
        Ok(Self { snapshot, account })
    }
}

impl FromRequestParts<Arc<AppState>> for OfChannel {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, AdminError> {
        let snapshot = state.directory.snapshot();
        let of = named(parts, state, "account").await?.map(AccountId);
        let channel = match named(parts, state, "channel").await? {
            Some(id) => channel(&snapshot, ChannelId(id))?,
            None => {
                let of_account = |c: &&Arc<Channel>| of.is_none_or(|account| c.account == account);
                only("channel", snapshot.channels().filter(of_account).map(|c| (c.id.0, Arc::clone(c))))?
            }
        };
        if of.is_some_and(|account| account != channel.account) {
            let message = format!("account {} has no channel {}", of.unwrap_or(channel.account), channel.id);
            return Err(AdminError::new(StatusCode::NOT_FOUND, message));
        }
        Ok(Self { snapshot, channel })
    }
}

impl FromRequestParts<Arc<AppState>> for OfEither {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, AdminError> {
        if named(parts, state, "channel").await?.is_some() {
            let OfChannel { channel, .. } = OfChannel::from_request_parts(parts, state).await?;
            return Ok(Self { account: channel.account, channel: Some(channel.id) });
        }
        let OfAccount { account, .. } = OfAccount::from_request_parts(parts, state).await?;
        Ok(Self { account: account.id, channel: None })
    }
}
