//! `/sim/phones/{number}`: what a simulated phone shows, waited for where wanted, and its person's doings by hand.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::{StatusCode, Uri};
use stentor_core::id::ChannelId;
use stentor_core::media::MediaKind;
use stentor_core::recipient;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::admin::{AdminError, AdminErrorBody, Answer, ok};
use super::super::http::{Query, bytes, bytes_within};
use super::super::media::{Sent, receive, specimen};
use super::super::state::AppState;
use super::{network, recorded};
use crate::clock::pause;
use crate::registry::Snapshot;
use crate::sim::{Acted, Asked, Card, Phone, Place, Press, React, Refused, Say, Switch, business};

/// Bytes of a file that a person sends: what the largest documents have.
const FILE_BYTES_MAX: usize = 100 << 20;
/// The longest wait in one request, seconds.
const WAIT_S_MAX: usize = 300;

pub(super) fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(phone))
        .routes(routes!(say))
        .routes(routes!(press))
        .routes(routes!(react))
        .routes(routes!(media))
        .routes(routes!(location))
        .routes(routes!(contact))
        .routes(routes!(stop))
        .routes(routes!(resume))
        .routes(routes!(block))
        .routes(routes!(unblock))
}

impl From<Refused> for AdminError {
    fn from(refused: Refused) -> Self {
        let status = StatusCode::from_u16(refused.http).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, refused.message)
    }
}

/// The number as WhatsApp writes it.
pub(super) fn person(number: &str) -> Result<String, AdminError> {
    let address = recipient::parse(number).map_err(|problem| AdminError::field("number", problem))?;
    Ok(address.canonical().to_owned())
}

/// `GET /sim/phones/{number}?limit=&wait=&timeout_s=`
#[utoipa::path(
    get, path = "/phones/{number}", tag = "Simulated network",
    summary = "What a phone shows and its person did; waits for the newest message's state",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Messages and doings each; 20 when absent"),
        ("wait" = Option<String>, Query, description = "Answer once the newest message is in this state, or beyond it: `held`, `sent`, `delivered`, `read`, `failed`, `expired`", example = "delivered"),
        ("timeout_s" = Option<u32>, Query, maximum = 300, description = "Seconds of patience; 30 when absent", example = 5),
    ),
    responses(
        (status = 200, description = "The phone", body = Phone),
        (status = 408, description = "It was not there in time.", body = AdminErrorBody),
    ),
)]
async fn phone(State(state): State<Arc<AppState>>, Path(number): Path<String>, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let limit = query.number("limit", 1..=1_000, 20)?;
    let seconds = query.number("timeout_s", 0..=WAIT_S_MAX, 30)?;
    let (network, number) = (network(&state)?, person(&number)?);
    let Some(wanted) = query.get("wait") else { return ok(&network.phone(&number, limit)) };
    if !Phone::TICKS.contains(&wanted) {
        return Err(AdminError::field("wait", format!("must be one of {}", Phone::TICKS.join(", "))));
    }
    let mut changes = network.changes();
    let patience = pause(Duration::from_secs(seconds as u64));
    tokio::pin!(patience);
    loop {
        changes.mark_unchanged();
        let phone = network.phone(&number, limit);
        if phone.has_reached(wanted) {
            return ok(&phone);
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = state.lifecycle.stopping() => {}
            () = &mut patience => {
                let now = phone.messages.first().map_or("there is no message", |newest| newest.ticks);
                let message = format!("not {wanted} within {seconds} s: {now}");
                return Err(AdminError::new(StatusCode::REQUEST_TIMEOUT, message));
            }
        }
        if state.lifecycle.is_stopping() {
            return Err(AdminError::new(StatusCode::REQUEST_TIMEOUT, "the server is stopping".to_owned()));
        }
    }
}

/// `POST /sim/phones/{number}/{verb}`: the body decides, the network does.
async fn act(state: &AppState, verb: &str, number: &str, request: Request) -> Answer {
    let body = bytes(state, request.into_body()).await?;
    let asked = Asked::read(verb, &body).ok_or_else(|| AdminError::not_found("there is no such verb"))??;
    done(state, number, asked).await
}

/// `POST /sim/phones/{number}/media?type=&caption=&filename=&reply_to=&to=`: the file itself as the body.
#[utoipa::path(
    post, path = "/phones/{number}/media", tag = "Simulated network", summary = "A person sends a file",
    params(
        ("type" = String, Query, description = "`image`, `audio`, `video`, `document` or `sticker`", example = "image"),
        ("caption" = Option<String>, Query, description = "Words under it"),
        ("filename" = Option<String>, Query, description = "Documents: the file's name"),
        ("reply_to" = Option<String>, Query, description = "The message it quotes: a wamid, or `latest`"),
        ("to" = Option<String>, Query, description = "The channel it is sent to"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file, its type in `Content-Type`; nothing: a small specimen"),
    responses(
        (status = 200, description = "Done; the webhook names the medium, which the business can fetch", body = Acted),
        (status = 409, description = "Not now: the business is blocked."),
    ),
)]
async fn media(State(state): State<Arc<AppState>>, Path(number): Path<String>, request: Request) -> Answer {
    let query = Query::of(request.uri());
    let taken = |name: &str| query.get(name).map(str::to_owned);
    let kind = taken("type").unwrap_or_default();
    let (texts, links) = ((taken("caption"), taken("filename")), (taken("reply_to"), taken("to")));
    // Refused before anything is kept.
    let none = || (String::new(), String::new(), String::new());
    drop(Asked::file(&kind, none(), texts.clone(), links.clone())?);
    let (network, number) = (network(&state)?, person(&number)?);
    let snapshot = state.directory.snapshot();
    let to = links.1.as_deref().map(|named| channel(&snapshot, named)).transpose()?;
    let newest = || network.phone(&number, 1).messages.first()?.phone_number_id.parse().ok().map(ChannelId);
    let to = to.or_else(newest).or_else(|| only(&snapshot)).and_then(|id| snapshot.channel(id));
    let to = to.ok_or_else(|| AdminError::field("to", "is missing: which channel is it sent to?"))?;
    let mime = request.headers().get(CONTENT_TYPE).and_then(|mime| mime.to_str().ok()).map(str::to_owned);
    let bytes = bytes_within(&state.limits, FILE_BYTES_MAX, request.into_body()).await?;
    let mut sent = specimen(kind_of(&kind));
    if !bytes.is_empty() {
        let named = mime.as_deref().filter(|mime| !mime.starts_with("application/octet-stream"));
        let (mime, file_name) = (named.unwrap_or(sent.mime), texts.1.as_deref());
        sent = Sent { mime, bytes: &bytes, file_name };
    }
    let file_name = texts.1.clone().or_else(|| sent.file_name.map(str::to_owned));
    let medium = receive(&state, to.account, to.id, sent).await?;
    let about = (medium.id.to_string(), medium.mime.clone(), STANDARD.encode(medium.sha256));
    let to = Some(to.id.to_string());
    done(&state, &number, Asked::file(&kind, about, (texts.0, file_name), (links.0, to))?).await
}

fn kind_of(word: &str) -> MediaKind {
    match word {
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        "document" => MediaKind::Document,
        "sticker" => MediaKind::Sticker,
        _ => MediaKind::Image,
    }
}

/// Has it done. A test that has somebody stop and then sends means it in this order: the answer comes once the business
/// has recorded what it is told.
async fn done(state: &AppState, number: &str, asked: Asked) -> Answer {
    let (network, number) = (network(state)?, person(number)?);
    let snapshot = state.directory.snapshot();
    let to = asked.to.as_deref().map(|named| channel(&snapshot, named)).transpose()?;
    let known = |id: ChannelId| snapshot.channel(id).map(|channel| business(&channel.account, &channel.id));
    let done = network.act(&number, asked, to.and_then(known), only(&snapshot).and_then(known))?;
    recorded(state, network).await;
    ok(&done)
}

/// The channel with this id or number.
pub(super) fn channel(snapshot: &Snapshot, named: &str) -> Result<ChannelId, AdminError> {
    let is_meant =
        |id: &ChannelId, number: &str| id.to_string() == named || number == named.trim_start_matches('+');
    let found = snapshot.channels().find(|its| is_meant(&its.id, &its.display_phone_number));
    found.map(|channel| channel.id).ok_or_else(|| {
        let there: Vec<_> = snapshot.channels().map(|channel| channel.id.to_string()).take(10).collect();
        AdminError::field("to", format!("there is no channel {named:?}; there are {}", there.join(", ")))
    })
}

/// The only channel there is.
pub(super) fn only(snapshot: &Snapshot) -> Option<ChannelId> {
    let mut channels = snapshot.channels();
    let first = channels.next()?.id;
    channels.next().is_none().then_some(first)
}

macro_rules! doings {
    ($($verb:ident $body:ident $path:literal $summary:literal $example:tt)*) => {$(
        #[doc = concat!("`POST /sim", $path, "`")]
        #[utoipa::path(
            post, path = $path, tag = "Simulated network", summary = $summary,
            request_body(content = $body, example = json!($example)),
            responses(
                (status = 200, description = "Done; what the business is told comes as a webhook", body = Acted),
                (status = 409, description = "Not now: the message has not arrived, or the business is blocked."),
            ),
        )]
        async fn $verb(
            State(state): State<Arc<AppState>>,
            Path(number): Path<String>,
            request: Request,
        ) -> Answer {
            act(&state, stringify!($verb), &number, request).await
        }
    )*};
}

doings! {
    say Say "/phones/{number}/say" "A person writes a text" {"text": "How much is it?", "reply_to": "latest"}
    press Press "/phones/{number}/press" "A person taps a button, or a row of a list" {"button": 0}
    react React "/phones/{number}/react" "A person reacts to a message, or takes it back" {"emoji": "👍"}
    location Place "/phones/{number}/location" "A person shares a place" {"latitude": 52.52, "longitude": 13.405, "name": "Berlin"}
    contact Card "/phones/{number}/contact" "A person shares a contact" {"name": "Ann Lee", "phone": "+44 1234 567891"}
    stop Switch "/phones/{number}/stop" "A person stops the account's marketing messages" {}
    resume Switch "/phones/{number}/resume" "A person wants the account's marketing messages again" {}
    block Switch "/phones/{number}/block" "A person blocks the account" {}
    unblock Switch "/phones/{number}/unblock" "A person no longer blocks the account" {}
}
