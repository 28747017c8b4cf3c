//! Messages of an account: listed, shown with their timeline, waited for, told again.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use http::{StatusCode, Uri};
use serde::Serialize;
use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::message::State as MessageState;
use stentor_core::wamid;
use stentor_store::{MessageFilter, MessageView};
use stentor_wire::schema::Whole;
use utoipa::ToSchema;

use super::super::http::{Query, json as answer};
use super::super::state::AppState;
use super::answer::{AdminError, AdminErrorBody, AdminErrorObject, Answer, at, ok};
use super::audit::audit;
use super::fields::Fields;
use super::scope::OfAccount;
use super::timeline::{TemplateName, Timeline, template, timeline};
use super::waits::waits;
use crate::clock::{instant, pause};
use crate::registry::Snapshot;

/// How often a message that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The longest wait in one request, seconds.
const WAIT_S_MAX: usize = 300;

/// A message's name: its wamid, the id of the request that it was accepted with, or its number (where the address is
/// erased and no wamid can be made).
pub(super) fn id_of(state: &AppState, name: &str) -> Result<MessageId, AdminError> {
    let number = name.parse().ok().filter(|id| *id > 0).map(MessageId);
    let id = wamid::decode(&state.wamid_key, name).or_else(|| wamid::accepted_as(&state.wamid_key, name));
    let id = id.or(number);
    id.ok_or_else(|| AdminError::not_found("there is no such message: give a wamid as a send answered it"))
}

/// The id of the request that the message was accepted with: in its answer's headers, and in the log.
fn request_of(state: &AppState, view: &MessageView) -> String {
    wamid::request_id(&state.wamid_key, view.message.id)
}

/// The wamid of a message; `None` once its address is erased.
pub(super) fn wamid_of(state: &AppState, view: &MessageView) -> Option<String> {
    let address = view.body.as_ref().map(|body| body.address.as_str()).filter(|address| !address.is_empty());
    address.map(|address| wamid::encode(&state.wamid_key, view.message.id, address))
}

fn known_state(word: &str) -> Result<MessageState, AdminError> {
    let words = MessageState::ALL.map(MessageState::as_str).join(", ");
    MessageState::parse(word).ok_or_else(|| AdminError::field("state", format!("must be one of {words}")))
}

/// A message in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
struct MessageRow {
    /// Null once its address is erased.
    #[schema(required = true)]
    wamid: Option<String>,
    id: String,
    phone_number_id: String,
    #[schema(example = "delivered")]
    state: &'static str,
    /// What a waiting message waits for.
    #[schema(required = true, example = "sync")]
    waits_for: Option<&'static str>,
    /// Null once it is erased.
    #[schema(required = true, example = "441234567890")]
    recipient: Option<String>,
    /// Null for free-form messages.
    #[schema(required = true)]
    template: Option<TemplateName>,
    #[schema(example = "optimised")]
    route: &'static str,
    activity_sharing: bool,
    #[schema(required = true)]
    accepted_at: Option<String>,
    #[schema(required = true)]
    deadline: Option<String>,
    /// Why it failed.
    #[schema(required = true)]
    code: Option<u32>,
    attempts: u32,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
struct Messages {
    messages: Vec<MessageRow>,
    /// For the next page; null: this is the last.
    #[schema(required = true)]
    before: Option<String>,
}

/// Which event is told again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct Replay {
    /// The event's number; all when absent.
    seq: Option<Whole>,
}

/// What is told again.
#[derive(Serialize, ToSchema)]
struct Replayed {
    /// Events.
    queued: u64,
}

fn row(state: &AppState, view: &MessageView, snapshot: &Snapshot) -> MessageRow {
    let message = &view.message;
    MessageRow {
        wamid: wamid_of(state, view),
        id: message.id.to_string(),
        phone_number_id: message.channel.to_string(),
        state: message.state.as_str(),
        waits_for: message.wait.map(stentor_core::message::WaitReason::as_str),
        recipient: view.body.as_ref().map(|body| body.address.clone()),
        template: template(message, snapshot),
        route: message.route.as_str(),
        activity_sharing: message.sharing,
        accepted_at: at(Some(message.id.accepted_at())),
        deadline: at(Some(message.deadline)),
        code: message.code,
        attempts: message.attempts,
    }
}

/// `GET /admin/v1/accounts/{account}/messages?state=&channel=&limit=&before=`: newest first; `before`: a wamid.
#[utoipa::path(
    get, path = "/messages", tag = "Messages", summary = "Messages of an account, newest first",
    params(
        ("state" = Option<String>, Query, description = "Those in this state", example = "unknown"),
        ("channel" = Option<String>, Query, description = "Those of this channel"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Messages on a page; 20 at first"),
        ("before" = Option<String>, Query, description = "A wamid or id: messages before it"),
    ),
    responses((status = 200, description = "A page", body = Messages)),
)]
pub async fn list(State(state): State<Arc<AppState>>, of: OfAccount, uri: Uri) -> Answer {
    let query = Query::of(&uri);
    let channel = query.get("channel").map(|id| id.parse::<ChannelId>());
    let filter = MessageFilter {
        channel: channel
            .transpose()
            .map_err(|_| AdminError::field("channel", "must be an id, digits only"))?,
        state: query.get("state").map(known_state).transpose()?,
        before: query.get("before").map(|name| id_of(&state, name)).transpose()?,
        limit: query.number("limit", 1..=1_000, 20)?,
    };
    let limit = filter.limit;
    let views = state.store.messages(of.account.id, filter).await?;
    let before = views.last().filter(|_| views.len() == limit).map(|view| view.message.id.to_string());
    let rows: Vec<_> = views.iter().map(|view| row(&state, view, &of.snapshot)).collect();
    ok(&Messages { messages: rows, before })
}

async fn view(state: &AppState, account: AccountId, name: &str) -> Result<MessageView, AdminError> {
    let id = id_of(state, name)?;
    let found = state.store.message(account, id).await?;
    found.ok_or_else(|| AdminError::not_found(format!("account {account} has no such message")))
}

/// The last piece of a path called `name`.
fn piece(path: Vec<(String, String)>, name: &str) -> String {
    path.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}

/// `GET /admin/v1/accounts/{account}/messages/{wamid}`: the timeline.
#[utoipa::path(
    get, path = "/messages/{wamid}", tag = "Messages", summary = "One message with its timeline",
    responses((status = 200, description = "The timeline", body = Timeline)),
)]
pub async fn show(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    let name = piece(path, "wamid");
    let view = view(&state, of.account.id, &name).await?;
    ok(&told(&state, &of.snapshot, &view, &name).await?)
}

/// The timeline of a message that was asked for by this name.
async fn told(
    state: &AppState,
    snapshot: &Snapshot,
    view: &MessageView,
    name: &str,
) -> Result<Timeline, AdminError> {
    let now = state.clock.now();
    let waits = waits(state, snapshot, &view.message, now).await?.map(|why| (now, why));
    let wamid = wamid_of(state, view).unwrap_or_else(|| name.to_owned());
    Ok(timeline(view, (&wamid, &request_of(state, view)), snapshot, waits))
}

/// Whether a message in `now` is in `wanted`, or beyond it on the way to played.
fn has_reached(now: MessageState, wanted: MessageState) -> bool {
    const WAY: [MessageState; 4] =
        [MessageState::Sent, MessageState::Delivered, MessageState::Read, MessageState::Played];
    let rank = |state: MessageState| WAY.iter().position(|on_the_way| *on_the_way == state);
    now == wanted || rank(now).zip(rank(wanted)).is_some_and(|(now, wanted)| now >= wanted)
}

/// `GET …/{wamid}/wait?state=read&timeout_s=30`: the timeline once it is there, else 408 with the state it is in.
#[utoipa::path(
    get, path = "/messages/{wamid}/wait", tag = "Messages", summary = "Wait until a message is in a state, or beyond it",
    params(
        ("state" = Option<String>, Query, description = "`read` when absent", example = "delivered"),
        ("timeout_s" = Option<u32>, Query, maximum = 300, description = "Seconds of patience; 30 when absent"),
    ),
    responses(
        (status = 200, description = "The timeline", body = Timeline),
        (status = 408, description = "It was not there in time.", body = AdminErrorBody),
    ),
)]
pub async fn wait(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    uri: Uri,
) -> Answer {
    let name = piece(path, "wamid");
    let query = Query::of(&uri);
    let wanted = query.get("state").map_or(Ok(MessageState::Read), known_state)?;
    let seconds = query.number("timeout_s", 0..=WAIT_S_MAX, 30)?;
    let (began, patience) = (instant(), Duration::from_secs(seconds as u64));
    loop {
        let view = view(&state, of.account.id, &name).await?;
        if has_reached(view.message.state, wanted) {
            return ok(&told(&state, &of.snapshot, &view, &name).await?);
        }
        if began.elapsed() >= patience || state.lifecycle.is_stopping() {
            let now = view.message.state.as_str();
            let message = format!("not {} within {seconds} s: it is {now}", wanted.as_str());
            let error = AdminErrorObject { message, field: None, state: Some(now) };
            return Ok(answer(StatusCode::REQUEST_TIMEOUT, &AdminErrorBody { error }));
        }
        pause(LOOK_EVERY).await;
    }
}

/// `POST …/{wamid}/replay` `{"seq"?}`: queues its reported events again, or one of them.
#[utoipa::path(
    post, path = "/messages/{wamid}/replay", tag = "Messages", summary = "Tell a message's events again",
    request_body(content = Option<Replay>, example = json!({})),
    responses((status = 200, description = "How many", body = Replayed)),
)]
pub async fn replay(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
    mut fields: Fields,
) -> Answer {
    let seq = fields.number("seq", 0..=i64::from(u32::MAX))?.and_then(|seq| u32::try_from(seq).ok());
    fields.end()?;
    let name = piece(path, "wamid");
    let (account, now) = (of.account.id, state.clock.now());
    let id = view(&state, account, &name).await?.message.id;
    let queued = state.store.replay(now, account, id, seq).await?;
    let audit = audit(now, account, "webhook.replay", format!("{id} queued={queued}"));
    state.store.administer(now, audit, Vec::new(), Vec::new()).await?;
    state.wake.deliveries();
    ok(&Replayed { queued })
}
