//! `POST /marketing/{dataset_id}/events`: conversions, in the shape of the Conversions API. Each is counted once, put
//! down to the message that the person last clicked or read, and kept only where that message's activity is shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::learning::{Conversion, Deed};
use stentor_core::lift::{self, Attribution, CLICK_WINDOW, LATE_MAX, Touch};
use stentor_core::recipient;
use stentor_core::time::Timestamp;
use stentor_store::NewInbound;
use stentor_wire::error::Shape;
use stentor_wire::reader::tree;
use utoipa::ToSchema;

use super::dataset;
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{bytes, json as answer, told, trace};
use crate::api::inbound::name_of;
use crate::api::state::AppState;

/// Events of one call (360dialog R4).
const EVENTS_MAX: usize = 1_000;
const NAME_CHARS_MAX: usize = 50;
const ID_CHARS_MAX: usize = 256;
/// Events may be so far ahead of our clock.
const AHEAD_MAX: Duration = Duration::from_mins(5);

/// Conversions.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversionEvents)]
struct Events {
    /// At most 1,000; one that is wrong refuses them all.
    data: Vec<Event>,
}

/// One conversion.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversionEvent)]
struct Event {
    /// `AddToCart`, `InitiateCheckout`, `Purchase` or any other name.
    #[schema(example = "Purchase")]
    event_name: String,
    /// When it happened, seconds since 1970: at most 7 days ago.
    #[schema(example = 1_800_000_000)]
    event_time: i64,
    /// With the name, what makes it the same event when it is told again; without it every telling counts.
    event_id: Option<String>,
    /// `app` counts as an app's; anything else as a website's.
    action_source: Option<String>,
    /// Who: `ph`, a number or its SHA-256 in hex (digits with the country's code), or a list of them.
    user_data: UserData,
    /// What it was worth.
    custom_data: Option<CustomData>,
}

/// Who it was.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversionUser)]
struct UserData {
    /// One number or hash, or a list of them.
    #[schema(value_type = Option<Object>)]
    ph: Option<Value>,
}

/// What it was worth.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversionValue)]
struct CustomData {
    /// A decimal number, or one as text.
    #[schema(value_type = Option<f64>)]
    value: Option<Value>,
    /// ISO 4217.
    #[schema(example = "EUR")]
    currency: Option<String>,
}

/// What was taken.
#[derive(Serialize, ToSchema)]
#[schema(as = EventsReceived)]
struct Received {
    /// How many there were, told before or not.
    events_received: usize,
    messages: Vec<String>,
    fbtrace_id: String,
}

/// `POST /marketing/{dataset_id}/events`.
#[utoipa::path(
    post, path = "/marketing/{id}/events", tag = "Marketing", summary = "Tell conversions",
    description = "Each is put down to the message that the person clicked within 7 days before it, else read within a \
                   day; what fits no message with shared activity is not kept.",
    params(("id" = String, Path, description = "The account's dataset")),
    request_body(content = Events),
    responses((status = 200, description = "Taken", body = Received)),
)]
pub async fn take(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = receive(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn receive(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), now)?;
    let id =
        request.uri().path().trim_end_matches("/events").rsplit('/').next().unwrap_or_default().to_owned();
    if dataset::kept(state, &caller).is_none_or(|dataset| dataset.id != id) {
        let details =
            format!("there is no dataset `{id}` in this account: POST /marketing/dataset makes one");
        return Err(ApiError::not_found(details));
    }
    let body = bytes(state, request.into_body()).await?;
    let events = tree(&body).and_then(serde_json::from_value::<Events>);
    let events = events.map_err(|error| ApiError::new(100, error.to_string()))?;
    let events = events.data;
    if !(1..=EVENTS_MAX).contains(&events.len()) {
        return Err(ApiError::new(100, format!("data: must have 1 to {EVENTS_MAX} events")));
    }
    let parsed: Result<Vec<Parsed>, ApiError> = events
        .iter()
        .enumerate()
        .map(|(n, event)| parse(state, caller.account.id, (n, event), now))
        .collect();
    let told = attributed(state, caller.account.id, &parsed?).await?;
    state.store.take_in(now, told).await?;
    let received = Received { events_received: events.len(), messages: Vec::new(), fbtrace_id: trace(state) };
    Ok(answer(StatusCode::OK, &received))
}

/// One event, read.
struct Parsed {
    at: Timestamp,
    conversion: Conversion,
    key: Option<[u8; 16]>,
    /// People it may be of, by their numbers.
    people: Vec<RecipientKey>,
    /// And by the hashes of their numbers.
    hashes: Vec<[u8; 32]>,
}

fn parse(
    state: &AppState,
    account: AccountId,
    (n, event): (usize, &Event),
    now: Timestamp,
) -> Result<Parsed, ApiError> {
    let refuse = |field: &str, why: String| ApiError::new(100, format!("data[{n}].{field}: {why}"));
    let name = event.event_name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(refuse("event_name", format!("must have 1 to {NAME_CHARS_MAX} characters")));
    }
    if event.event_id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > ID_CHARS_MAX) {
        return Err(refuse("event_id", format!("must have 1 to {ID_CHARS_MAX} characters")));
    }
    let at = Timestamp::from_secs(event.event_time.clamp(0, 253_402_300_799));
    if at > now + AHEAD_MAX {
        return Err(refuse("event_time", "is in the future; seconds since 1970 are meant".to_owned()));
    }
    if !lift::is_accepted(at.min(now), now) {
        let days = LATE_MAX.as_secs() / 86_400;
        return Err(refuse(
            "event_time",
            format!("is more than {days} days ago: no event of this call is taken"),
        ));
    }
    let (value, currency) = worth(event.custom_data.as_ref()).map_err(|why| refuse("custom_data", why))?;
    let (people, hashes) = who(state, account, event).map_err(|why| refuse("user_data.ph", why))?;
    let is_app = event.action_source.as_deref() == Some("app");
    let of_id = |id: &String| name_of(&[b"conversion", name.as_bytes(), id.as_bytes()]);
    let name = name.to_owned();
    Ok(Parsed {
        at: at.min(now),
        key: event.event_id.as_ref().map(of_id),
        conversion: Conversion { name, is_app, value, currency, is_click_through: false },
        people,
        hashes,
    })
}

fn worth(data: Option<&CustomData>) -> Result<(Option<f64>, Option<String>), String> {
    let Some(CustomData { value, currency }) = data else { return Ok((None, None)) };
    let value = match value {
        None | Some(Value::Null) => None,
        Some(value) => {
            let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            let number = number.filter(|number| number.is_finite());
            Some(number.ok_or("value must be a number".to_owned())?)
        }
    };
    let is_code = |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic());
    if currency.as_ref().is_some_and(|code| !is_code(code)) {
        return Err("currency must be a code such as EUR".to_owned());
    }
    if value.is_some() && currency.is_none() {
        return Err("currency is missing beside value".to_owned());
    }
    Ok((value, currency.as_ref().map(|code| code.to_ascii_uppercase())))
}

type People = (Vec<RecipientKey>, Vec<[u8; 32]>);

fn who(state: &AppState, account: AccountId, event: &Event) -> Result<People, String> {
    let missing = "must be a number, its SHA-256, or a list of them";
    let listed: Vec<&str> = match &event.user_data.ph {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => return Err(missing.to_owned()),
    };
    let (mut people, mut hashes) = (Vec::new(), Vec::new());
    for text in listed.into_iter().take(8) {
        match hash(text.trim()) {
            Some(hash) => hashes.push(hash),
            None => {
                let address = recipient::parse(text).map_err(|error| error.to_string())?;
                people.push(address.key(&state.recipient_key, account));
            }
        }
    }
    if people.is_empty() && hashes.is_empty() { Err(missing.to_owned()) } else { Ok((people, hashes)) }
}

/// 64 hex digits.
fn hash(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut hash = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

/// As far as windows are concerned all names are alike.
const fn bought(at: Timestamp) -> lift::Conversion {
    lift::Conversion { name: lift::Name::Purchase, at }
}

/// The events that fit a message, each with it.
async fn attributed(
    state: &AppState,
    account: AccountId,
    events: &[Parsed],
) -> Result<Vec<NewInbound>, ApiError> {
    let earliest = events.iter().map(|event| event.at).min().unwrap_or_default();
    let is_hashed = events.iter().any(|event| !event.hashes.is_empty());
    let asked: BTreeSet<RecipientKey> =
        events.iter().flat_map(|event| event.people.iter().copied()).collect();
    // Whose hash it is, only those who have clicked or read something can tell.
    let people = (!is_hashed).then(|| asked.into_iter().collect());
    let found = state.store.touches(account, people, earliest - CLICK_WINDOW).await?;
    let mut touches: BTreeMap<RecipientKey, Vec<Touch>> = BTreeMap::new();
    for (person, touch) in found {
        touches.entry(person).or_default().push(touch);
    }
    let hashes = if is_hashed { by_hash(state, account, &touches).await? } else { BTreeMap::new() };
    let fit = |event: &Parsed| {
        let named = event.people.iter().chain(event.hashes.iter().filter_map(|hash| hashes.get(hash)));
        let mine: Vec<Touch> = named.filter_map(|person| touches.get(person)).flatten().copied().collect();
        let (message, is_click_through) = match lift::attribute(&bought(event.at), &mine) {
            Attribution::Click(message) => (message, true),
            Attribution::Read(message) => (message, false),
            Attribution::None => return None,
        };
        let deed = Deed::Conversion(Conversion { is_click_through, ..event.conversion.clone() });
        let learns = Some((MessageId(message.cast_signed()), deed, event.at));
        let (aliases, notes, notices) = (Vec::new(), Vec::new(), Vec::new());
        Some(NewInbound { account, key: event.key, aliases, notes, answered: None, learns, notices })
    };
    Ok(events.iter().filter_map(fit).collect())
}

/// Those who have clicked or read something, by the hash of their number.
async fn by_hash(
    state: &AppState,
    account: AccountId,
    touches: &BTreeMap<RecipientKey, Vec<Touch>>,
) -> Result<BTreeMap<[u8; 32], RecipientKey>, ApiError> {
    let last = touches
        .iter()
        .filter_map(|(person, touched)| Some((*person, MessageId(touched.last()?.message.cast_signed()))));
    let (people, messages): (Vec<RecipientKey>, Vec<MessageId>) = last.unzip();
    let addresses = state.store.addresses(account, messages).await?;
    let hashed = people
        .into_iter()
        .zip(addresses)
        .filter_map(|(person, address)| Some((Sha256::digest(address?.as_bytes()).into(), person)));
    Ok(hashed.collect())
}
