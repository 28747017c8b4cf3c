//! What people do, as an upstream's `value` tells it: taken in once, with the service window it opens, the opt-out it is,
//! the message of ours it answers, and on to the account's webhooks in our own messages' ids.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stentor_core::consent::{Act, Entry, Source, is_opt_out_payload};
use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
use stentor_core::learning::Deed;
use stentor_core::opt_out::{Wish, wish};
use stentor_core::recipient;
use stentor_core::time::Timestamp;
use stentor_core::wamid;
use stentor_store::{Alias, NewInbound, NewNotice, PersonNote, StoreError};

use super::super::state::AppState;
use super::metadata;

/// How long the person's own message lets the business write freely.
const SERVICE_WINDOW: std::time::Duration = std::time::Duration::from_hours(24);
/// WhatsApp's own switch.
const SWITCH: &str = "user_preferences";
/// Who notes what an upstream tells.
const ACTOR: &str = "network";

/// Takes in a `value` of the field `messages`, statuses taken out: each message once, whatever else is in it as a whole.
///
/// # Errors
/// When the store could not commit it all: the upstream must tell it again.
pub async fn messages(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    mut value: Value,
) -> Result<(), StoreError> {
    let Some(Value::Array(messages)) = value.get_mut("messages").map(Value::take) else {
        return take_in(state, vec![whole(account, Some(channel), "messages", None, &value)]).await;
    };
    let mut told = Vec::with_capacity(messages.len());
    let snapshot = state.directory.snapshot();
    for mut message in messages {
        let from = person(state, account, &message, &["from", "from_user_id"]);
        if from.is_some_and(|(person, _)| snapshot.is_blocked(channel, person)) {
            continue;
        }
        let answered = translate(state, account, channel, &mut message).await?;
        let notes = notes(state, account, &message);
        let aliases = alias(state, account, &message, ["from", "from_user_id"]).into_iter().collect();
        let how = how(&message, &notes);
        value["messages"] = json!([message]);
        let id = value["messages"][0]["id"].as_str();
        told.push(NewInbound {
            account,
            key: id.map(|id| key(&[b"message", &channel.0.to_le_bytes(), id.as_bytes()])),
            aliases,
            learns: answered.and_then(|message| learns(state, &value["messages"][0], message, &notes)),
            answered: answered.map(|message| (message, how)),
            notes,
            notices: vec![notice(account, Some(channel), "messages", &value)],
        });
    }
    take_in(state, told).await
}

/// Takes in a `value` of the field `user_preferences`: who stops and resumes marketing messages.
///
/// # Errors
/// As [`messages`].
pub async fn preferences(
    state: &AppState,
    account: AccountId,
    channel: Option<ChannelId>,
    value: &Value,
) -> Result<(), StoreError> {
    take_in(state, vec![preferring(state, account, channel, value, Some(0))]).await
}

fn preferring(
    state: &AppState,
    account: AccountId,
    channel: Option<ChannelId>,
    value: &Value,
    time_s: Option<i64>,
) -> NewInbound {
    let mut told = whole(account, channel, SWITCH, time_s, value);
    for preference in value.get("user_preferences").and_then(Value::as_array).into_iter().flatten() {
        let act = match preference.get("value").and_then(Value::as_str) {
            Some("stop") => Act::OptedOut,
            Some("resume" | "signup") => Act::OptedIn,
            _ => continue,
        };
        told.aliases.extend(alias(state, account, preference, ["wa_id", "user_id"]));
        let Some((person, address)) = person(state, account, preference, &["wa_id", "user_id"]) else {
            continue;
        };
        let entry = Entry::new(happened(state, preference), act, Source::UserPreferences, None, ACTOR);
        told.notes.push((person, PersonNote::Said { entry, address: Some(address) }));
    }
    told
}

/// Takes in any other change of an upstream and passes it on as it is. `time_s`: its `entry[].time`; without one it
/// cannot be told from the same news at another time, and is passed on again when it comes again.
///
/// # Errors
/// As [`messages`].
pub async fn forward(
    state: &AppState,
    account: AccountId,
    channel: Option<ChannelId>,
    field: &str,
    (value, time_s): (&Value, Option<i64>),
) -> Result<(), StoreError> {
    take_in(state, vec![whole(account, channel, field, time_s, value)]).await
}

/// A person of the simulated network wrote: one of `messages[]`, told as a real upstream tells it.
///
/// # Errors
/// As [`messages`].
pub async fn wrote(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    contact: Value,
    message: Value,
) -> Result<(), StoreError> {
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({
        "messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact], "messages": [message],
    });
    messages(state, account, channel, value).await
}

/// A person of the simulated network used WhatsApp's switch: one of `user_preferences[]`.
///
/// # Errors
/// As [`messages`].
pub async fn preferred(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    contact: Value,
    preference: Value,
) -> Result<(), StoreError> {
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({
        "messaging_product": "whatsapp", "metadata": metadata, "contacts": [contact],
        "user_preferences": [preference],
    });
    // Nothing in it tells two taps within a second apart; but the network in this process tells each once.
    take_in(state, vec![preferring(state, account, Some(channel), &value, None)]).await
}

/// Somebody, nobody says who, did something with a message: one of `user_actions[]`.
///
/// # Errors
/// As [`messages`].
pub async fn acted(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    action: Value,
) -> Result<(), StoreError> {
    let Some(metadata) = metadata(state, channel) else { return Ok(()) };
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "user_actions": [action]});
    messages(state, account, channel, value).await
}

async fn take_in(state: &AppState, told: Vec<NewInbound>) -> Result<(), StoreError> {
    if told.is_empty() {
        return Ok(());
    }
    let snapshot = state.directory.snapshot();
    let notices = told.iter().flat_map(|told| &told.notices);
    notices.for_each(|notice| snapshot.note_unheard(notice.account, notice.channel));
    let was_new = state.store.take_in(state.clock.now(), told).await?;
    let again = was_new.iter().filter(|was_new| !**was_new).count();
    if again > 0 {
        tracing::info!(again, "the upstream told again what it had told before");
    }
    state.wake.deliveries();
    Ok(())
}

/// A change as a whole. With a time, or in `messages`, where nothing happens twice alike, it is known again.
fn whole(
    account: AccountId,
    channel: Option<ChannelId>,
    field: &str,
    time_s: Option<i64>,
    value: &Value,
) -> NewInbound {
    let notice = notice(account, channel, field, value);
    let of = channel.map_or(0, |channel| channel.0).to_le_bytes();
    let name = |time_s: i64| key(&[field.as_bytes(), &of, &time_s.to_le_bytes(), notice.value.as_bytes()]);
    let time_s = time_s.or((field == "messages").then_some(0));
    NewInbound {
        account,
        key: time_s.map(name),
        aliases: Vec::new(),
        notes: Vec::new(),
        answered: None,
        learns: None,
        notices: vec![notice],
    }
}

fn notice(account: AccountId, channel: Option<ChannelId>, field: &str, value: &Value) -> NewNotice {
    NewNotice { account, channel, field: field.to_owned(), value: value.to_string() }
}

/// The name of something told: half of a SHA-256.
pub fn key(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// When it happened: upstreams tell whole seconds, which count as their end; never later than now.
fn happened(state: &AppState, told: &Value) -> Timestamp {
    let now = state.clock.now();
    let seconds = told.get("timestamp").and_then(|at| at.as_i64().or_else(|| at.as_str()?.parse().ok()));
    seconds
        .map_or(now, |at: i64| now.min(Timestamp::from_millis(at.saturating_mul(1_000).saturating_add(999))))
}

/// The person that one of these fields names: their key, and their address.
fn person(
    state: &AppState,
    account: AccountId,
    told: &Value,
    fields: &[&str],
) -> Option<(RecipientKey, String)> {
    let named = fields.iter().find_map(|field| told.get(*field)?.as_str())?;
    let address = recipient::parse(named).or_else(|_| recipient::parse_user(named)).ok()?;
    Some((address.key(&state.recipient_key, account), address.canonical().to_owned()))
}

/// The two names of one person, where both are told: their number, then their user id.
fn alias(state: &AppState, account: AccountId, told: &Value, fields: [&str; 2]) -> Option<Alias> {
    let [number, user] = fields.map(|field| person(state, account, told, &[field]));
    Some(Alias { number: number?, user: user? })
}

/// What a message says of its person: they wrote, and perhaps that they want no more marketing, or want it again.
fn notes(state: &AppState, account: AccountId, message: &Value) -> Vec<(RecipientKey, PersonNote)> {
    let Some((person, address)) = person(state, account, message, &["from", "from_user_id"]) else {
        return Vec::new();
    };
    let at = happened(state, message);
    let snapshot = state.directory.snapshot();
    let listed = snapshot.account(account).map_or(&[][..], |account| &account.opt_out_payloads);
    let said = wished(message, listed).map(|(act, source, words)| {
        let entry = Entry::new(at, act, source, Some(words), ACTOR);
        PersonNote::Said { entry, address: Some(address) }
    });
    let wrote = PersonNote::Wrote { until: at + SERVICE_WINDOW };
    [Some(wrote), said].into_iter().flatten().map(|note| (person, note)).collect()
}

/// Where the words of what was tapped stand: labels, each with its payload.
const TAPS: [(&str, &str); 3] = [
    ("/button/text", "/button/payload"),
    ("/interactive/button_reply/title", "/interactive/button_reply/id"),
    ("/interactive/list_reply/title", "/interactive/list_reply/id"),
];

/// What a message wishes, how that is known, and in which words: what was typed, or the label of what was tapped. A label
/// may say one thing and its payload another: the end of messages is the safer one.
fn wished<'a>(message: &'a Value, listed: &[String]) -> Option<(Act, Source, &'a str)> {
    let at = |place: &str| message.pointer(place).and_then(Value::as_str);
    if let Some(text) = at("/text/body") {
        return wish(text).map(|wish| said(wish, text));
    }
    let (label, payload) =
        TAPS.iter().map(|(label, payload)| (at(label), at(payload))).find(|tap| *tap != (None, None))?;
    let words = label.or(payload)?;
    let both = || [label, payload].into_iter().flatten();
    let wishes: Vec<Wish> = both().filter_map(wish).collect();
    if both().any(|text| is_opt_out_payload(listed, text)) && !wishes.contains(&Wish::Stop) {
        return Some((Act::OptedOut, Source::OptOutPayload, words));
    }
    let wish = if wishes.contains(&Wish::Stop) { Wish::Stop } else { *wishes.first()? };
    Some(said(wish, words))
}

const fn said(wish: Wish, words: &str) -> (Act, Source, &str) {
    match wish {
        Wish::Stop => (Act::OptedOut, Source::StopWord, words),
        Wish::Start => (Act::OptedIn, Source::StartWord, words),
    }
}

/// How a message answers one of ours, for its timeline: its type, and what came of it.
fn how(message: &Value, notes: &[(RecipientKey, PersonNote)]) -> String {
    let kind = message.get("type").and_then(Value::as_str).unwrap_or("message");
    let outcome = notes.iter().find_map(|(_, note)| match note {
        PersonNote::Said { entry, .. } if entry.act == Act::OptedIn => Some("a word to start again"),
        PersonNote::Said { entry, .. } if entry.source == Source::OptOutPayload => {
            Some("an opt-out payload: no more marketing messages")
        }
        PersonNote::Said { .. } => Some("a stop word: no more marketing messages"),
        PersonNote::Wrote { .. } => None,
    });
    outcome.map_or_else(|| kind.to_owned(), |outcome| format!("{kind}, {outcome}"))
}

/// What is learnt from an answer to a message of ours: that it was answered; an end of messages is no such answer.
fn learns(
    state: &AppState,
    answer: &Value,
    message: MessageId,
    notes: &[(RecipientKey, PersonNote)],
) -> Option<(MessageId, Deed, Timestamp)> {
    let stops = |(_, note): &(RecipientKey, PersonNote)| matches!(note, PersonNote::Said { entry, .. } if entry.act == Act::OptedOut);
    let is_quick = answer.get("type").and_then(Value::as_str) == Some("button");
    let deed = Deed::Reply { is_quick };
    (!notes.iter().any(stops)).then(|| (message, deed, happened(state, answer)))
}

/// Puts our own ids where a message names one of ours by its upstream's; the message it answers.
async fn translate(
    state: &AppState,
    account: AccountId,
    channel: ChannelId,
    message: &mut Value,
) -> Result<Option<MessageId>, StoreError> {
    let mut answered = None;
    for place in ["/context/id", "/reaction/message_id"] {
        let Some(Value::String(id)) = message.pointer_mut(place) else { continue };
        answered = wamid::decode(&state.wamid_key, id);
        if answered.is_some() {
            continue;
        }
        let found = state.store.message_of_upstream(account, channel, id.clone()).await?;
        if let Some((message, address)) = found {
            answered = Some(message);
            // Of an erased message there is no wamid any more; the upstream's own says as little.
            if !address.is_empty() {
                *id = wamid::encode(&state.wamid_key, message, &address);
            }
        }
    }
    Ok(answered)
}
