//! A number's quality and its business's messaging limit, as a real upstream tells them by webhook: kept here, shown by
//! the Graph twin and `/health_status`. Called by `/upstream/webhook`, which passes the webhook on as it came.

use std::sync::Arc;

use serde_json::{Value, json};
use stentor_core::id::{AccountId, ChannelId};
use stentor_core::messaging_limit::Tier;
use stentor_core::registry::{Channel, Document, DocumentKind};
use stentor_core::template::Quality;
use stentor_store::{Audit, RegistryChange, StoreError};

use super::messaging_limits;
use super::state::AppState;
use crate::registry::{Plan, Snapshot};

/// Where the tier stands, the newest name first (facts/meta 6.4).
const LIMITS: [&str; 3] =
    ["max_daily_conversations_per_business", "current_limit", "max_daily_conversation_per_phone"];

/// The number's quality: green until the upstream tells otherwise.
pub fn of(snapshot: &Snapshot, channel: &Channel) -> Quality {
    let kept = snapshot.document(channel.account, Some(channel.id), DocumentKind::NumberQuality);
    kept.and_then(|text| Quality::parse(text.trim_matches('"'))).unwrap_or(Quality::Green)
}

/// Books a `phone_number_quality_update` or `business_capability_update` of the upstream.
///
/// # Errors
/// The store.
pub async fn told(
    state: &Arc<AppState>,
    account: AccountId,
    channel: Option<ChannelId>,
    value: &Value,
) -> Result<(), StoreError> {
    let (quality, tier) = (quality(value), LIMITS.iter().find_map(|name| tier(value.get(name)?)));
    let number = value.get("display_phone_number").and_then(Value::as_str).map(digits);
    state
        .administer(move |snapshot, at| {
            let is_meant =
                |of: &Channel| Some(of.id) == channel || Some(digits(&of.display_phone_number)) == number;
            let channel = snapshot.channels_of(account).find(|of| is_meant(of)).map(|of| of.id);
            let kept = |account, channel, kind, word: &str| {
                let value = json!(word).to_string();
                RegistryChange::PutDocument(Document { account, channel, kind, value })
            };
            let quality = quality.zip(channel).map(|(quality, channel)| {
                kept(account, Some(channel), DocumentKind::NumberQuality, quality.as_str())
            });
            let limits = tier.into_iter().flat_map(|tier| {
                let holders = messaging_limits::holders(snapshot, account);
                holders.into_iter().map(move |id| kept(id, None, DocumentKind::MessagingLimit, tier.as_str()))
            });
            let changes = quality.into_iter().chain(limits).collect();
            let (actor, action) = ("network".to_owned(), "number_quality.set".to_owned());
            let audit = Audit { at, actor, account, action, detail: String::new() };
            Ok::<_, StoreError>((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    messaging_limits::sync(state);
    let snapshot = state.directory.snapshot();
    if let Some(account) = snapshot.account(account).filter(|_| tier.is_some()) {
        messaging_limits::look_again(state, account).await;
    }
    Ok(())
}

fn quality(value: &Value) -> Option<Quality> {
    match value.get("event")?.as_str()? {
        "FLAGGED" => Some(Quality::Red),
        "UNFLAGGED" => Some(Quality::Green),
        _ => None,
    }
}

/// A word, or as Meta's samples have it a number of people.
fn tier(value: &Value) -> Option<Tier> {
    match value {
        Value::String(word) => Tier::parse(word),
        people => {
            Tier::ALL.into_iter().find(|tier| tier.people_max().is_some_and(|max| *people == json!(max)))
        }
    }
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
