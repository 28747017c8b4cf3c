//! Messages of an account: listed, shown with their timeline, waited for, told again.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use http::{StatusCode, Uri};
use serde_json::{Value, json};
use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::message::State as MessageState;
use stentor_core::wamid;
use stentor_store::{MessageFilter, MessageView};

use super::super::http::{Query, json as answer};
use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, ok};
use super::audit::audit;
use super::fields::Fields;
use super::scope::OfAccount;
use super::timeline::{template, timeline};
use crate::clock::{instant, pause};
use crate::registry::Snapshot;

/// How often a message that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The longest wait in one request, seconds.
const WAIT_S_MAX: usize = 300;

/// A message's name: its wamid, or its number where the address is erased and no wamid can be made.
pub(super) fn id_of(state: &AppState, name: &str) -> Result<MessageId, AdminError> {
    let number = name.parse().ok().filter(|id| *id > 0).map(MessageId);
    let id = wamid::decode(&state.wamid_key, name).or(number);
    id.ok_or_else(|| AdminError::not_found("there is no such message: give a wamid as a send answered it"))
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

fn row(state: &AppState, view: &MessageView, snapshot: &Snapshot) -> Value {
    let message = &view.message;
    json!({
        "wamid": wamid_of(state, view),
        "id": message.id.to_string(),
        "phone_number_id": message.channel.to_string(),
        "state": message.state.as_str(),
        "waits_for": message.wait.map(stentor_core::message::WaitReason::as_str),
        "recipient": view.body.as_ref().map(|body| body.address.as_str()),
        "template": template(message, snapshot),
        "route": message.route.as_str(),
        "activity_sharing": message.sharing,
        "accepted_at": at(Some(message.id.accepted_at())),
        "deadline": at(Some(message.deadline)),
        "code": message.code,
        "attempts": message.attempts,
    })
}

/// `GET /admin/v1/accounts/{account}/messages?state=&channel=&limit=&before=`: newest first; `before`: a wamid.
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
    ok(&json!({"messages": rows, "before": before}))
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
pub async fn show(
    State(state): State<Arc<AppState>>,
    of: OfAccount,
    Path(path): Path<Vec<(String, String)>>,
) -> Answer {
    let name = piece(path, "wamid");
    let view = view(&state, of.account.id, &name).await?;
    let wamid = wamid_of(&state, &view).unwrap_or(name);
    ok(&timeline(&view, &wamid, &of.snapshot))
}

/// Whether a message in `now` is in `wanted`, or beyond it on the way to played.
fn has_reached(now: MessageState, wanted: MessageState) -> bool {
    const WAY: [MessageState; 4] =
        [MessageState::Sent, MessageState::Delivered, MessageState::Read, MessageState::Played];
    let rank = |state: MessageState| WAY.iter().position(|on_the_way| *on_the_way == state);
    now == wanted || rank(now).zip(rank(wanted)).is_some_and(|(now, wanted)| now >= wanted)
}

/// `GET …/{wamid}/wait?state=read&timeout_s=30`: the timeline once it is there, else 408 with the state it is in.
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
        let wamid = wamid_of(&state, &view).unwrap_or_else(|| name.clone());
        if has_reached(view.message.state, wanted) {
            return ok(&timeline(&view, &wamid, &of.snapshot));
        }
        if began.elapsed() >= patience || state.lifecycle.is_stopping() {
            let now = view.message.state.as_str();
            let message = format!("not {} within {seconds} s: it is {now}", wanted.as_str());
            let body = json!({"error": {"message": message, "state": now}});
            return Ok(answer(StatusCode::REQUEST_TIMEOUT, &body));
        }
        pause(LOOK_EVERY).await;
    }
}

/// `POST …/{wamid}/replay` `{"seq"?}`: queues its reported events again, or one of them.
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
    ok(&json!({"queued": queued}))
}
