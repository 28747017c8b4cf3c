//! `/block_users`: whom a number does not hear and does not write to. Only a person who wrote in the last 24 hours can be
//! blocked. A request that succeeds for some and not for others is a 400 that carries both lists.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use stentor_core::id::RecipientKey;
use stentor_core::reason::{message, reason};
use stentor_core::recipient::{self, Address};
use stentor_core::registry::{BLOCKS_MAX, Block};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::{ErrorBody, ErrorObject, Shape};
use stentor_wire::reader::tree;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::{Query, asked_path, bytes, json as answer, told, trace};
use super::parameters::is_whatsapp;
use super::state::AppState;
use super::{auth, relayed};
use crate::registry::{Caller, Plan};

const EDGE: &str = "block_users";
const PAGE: usize = 100;
const PAGE_MAX: usize = 1_000;
/// People in one request.
const PEOPLE_MAX: usize = 1_000;
/// Some of them could not be blocked or unblocked.
const SOME_FAILED: u32 = 139_100;
/// The list is full.
const FULL: u32 = 139_101;
/// The business itself.
const SELF: u32 = 131_021;
/// The person has not written in the last 24 hours.
const NOT_WRITTEN: u32 = 131_047;
const NO_ADDRESS: u32 = 131_009;

/// One person of an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BlockPerson)]
pub struct Person {
    /// As it was given.
    input: String,
    /// As WhatsApp names the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    wa_id: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<PersonError>,
}

/// Why a person could not be blocked or unblocked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BlockPersonError)]
pub struct PersonError {
    code: u32,
    message: String,
    error_data: Details,
}

/// What to do about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BlockErrorDetails)]
pub struct Details {
    details: String,
}

/// What became of a request's people.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[schema(as = BlockOutcome)]
pub struct Outcome {
    added_users: Vec<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    removed_users: Option<Vec<Person>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_users: Vec<Person>,
}

/// The answer of a write.
#[derive(Serialize, ToSchema)]
struct Blocked {
    messaging_product: &'static str,
    block_users: Outcome,
    /// Only when it failed for some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error: Option<ErrorObject>,
}

/// A refusal: of the whole request, or of some people.
#[derive(ToSchema)]
#[schema(as = BlockRefused)]
#[expect(dead_code, reason = "the description of two answers in one")]
struct Refused {
    messaging_product: Option<String>,
    block_users: Option<Outcome>,
    error: ErrorObject,
}

/// What a write names.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read item by item: this is its description")]
struct BlockBody {
    /// `whatsapp`.
    messaging_product: Option<String>,
    /// 1 to 1,000 people.
    block_users: Vec<BlockUser>,
}

/// A person by number or user id.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as above")]
struct BlockUser {
    /// A phone number or a business-scoped user id.
    user: String,
}

/// A page of the list.
#[derive(Serialize, ToSchema)]
struct BlockPage {
    data: Vec<BlockRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    paging: Option<BlockPaging>,
}

/// On 360dialog's path one row with everybody, on Graph's a row for each.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum BlockRow {
    All(BlockList),
    One(Listed),
}

/// Who is blocked.
#[derive(Serialize, ToSchema)]
struct BlockList {
    block_users: Vec<Listed>,
}

/// One of them.
#[derive(Serialize, ToSchema)]
#[schema(as = BlockListed)]
struct Listed {
    messaging_product: &'static str,
    input: String,
    wa_id: String,
}

/// Where the page stands in the list.
#[derive(Serialize, ToSchema)]
struct BlockPaging {
    cursors: BlockCursors,
    /// The next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Its ends.
#[derive(Serialize, ToSchema)]
struct BlockCursors {
    before: String,
    after: String,
}

/// The list's paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(list, block, unblock))
}

fn failed(input: String, code: u32, details: &str) -> Person {
    let title = reason(code).map_or("Invalid parameter", |row| row.title);
    let error = PersonError {
        code,
        message: message(code, title),
        error_data: Details { details: details.to_owned() },
    };
    Person { input, wa_id: None, errors: vec![error] }
}

/// `GET /block_users?limit&after&before`.
#[utoipa::path(
    get, path = "/block_users", tag = "Number", summary = "Whom this number blocks",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "People on a page; 100 at first"),
        ("after" = Option<String>, Query, description = "A cursor: the page after it"),
        ("before" = Option<String>, Query, description = "A cursor: the page before it"),
    ),
    responses((status = 200, description = "A page", body = BlockPage)),
)]
pub async fn list(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let (query, path) = (Query::of(request.uri()), asked_path(&request).to_owned());
    let outcome = page(&state, request.headers(), &query, &path).await;
    told(&state, Shape::Meta, outcome)
}

async fn page(
    state: &AppState,
    headers: &HeaderMap,
    query: &Query,
    path: &str,
) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let caller = auth::caller(&snapshot, headers, state.clock.now())?;
    let limit = query.number("limit", 1..=PAGE_MAX, PAGE)?;
    let named = ["limit", "after", "before"].map(|name| (name, query.get(name)));
    let pairs = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let edge = url::form_urlencoded::Serializer::new(format!("{EDGE}?")).extend_pairs(pairs).finish();
    if let Some(theirs) = relayed::ask(state, &caller, Method::GET, &edge, None).await? {
        return Ok(relayed::passed_on(theirs));
    }
    let (after, before) = (cursor(query, "after")?, cursor(query, "before")?);
    let empty = std::collections::BTreeMap::new();
    let all = snapshot.blocks(caller.channel.id).unwrap_or(&empty);
    let page: Vec<&Block> = match before {
        Some(before) => {
            let mut page: Vec<_> = all.range(..before).rev().take(limit).map(|(_, block)| block).collect();
            page.reverse();
            page
        }
        None => {
            let fits = |person: &RecipientKey| after.is_none_or(|after| *person > after);
            all.values().filter(|block| fits(&block.person)).take(limit).collect()
        }
    };
    let paging = page.first().zip(page.last()).map(|(first, last)| {
        let (before, after) = (encode(first.person), encode(last.person));
        let more = all.last_key_value().is_some_and(|(person, _)| *person > last.person);
        let next = more.then(|| format!("{path}?limit={limit}&after={after}"));
        BlockPaging { cursors: BlockCursors { before, after }, next }
    });
    let listed = |b: &&Block| Listed {
        messaging_product: "whatsapp",
        input: b.address.clone(),
        wa_id: b.address.clone(),
    };
    // Of an erased person there is no address any more; what blocks them stays.
    let people = page.iter().filter(|block| !block.address.is_empty()).map(listed);
    let data = match path.strip_prefix('/') {
        Some(EDGE) => vec![BlockRow::All(BlockList { block_users: people.collect() })],
        _ => people.map(BlockRow::One).collect(),
    };
    Ok(answer(StatusCode::OK, &BlockPage { data, paging }))
}

fn encode(person: RecipientKey) -> String {
    URL_SAFE_NO_PAD.encode(person.0.to_be_bytes())
}

fn cursor(query: &Query, name: &str) -> Result<Option<RecipientKey>, ApiError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    let person = bytes.map(|bytes| RecipientKey(i64::from_be_bytes(bytes)));
    person.map(Some).ok_or_else(|| ApiError::new(131_059, format!("{name}: is not a cursor of this list")))
}

/// `POST /block_users`.
#[utoipa::path(
    post, path = "/block_users", tag = "Number", summary = "Block people who wrote in the last 24 hours",
    request_body(content = BlockBody, example = json!({
        "messaging_product": "whatsapp", "block_users": [{"user": "+441234567890"}]})),
    responses(
        (status = 200, description = "Done for all of them", body = Blocked),
        (status = 400, description = "The request is wrong, or it failed for some: `failed_users` says why", body = Refused),
        (status = 502, description = "The upstream did not answer"),
    ),
)]
pub async fn block(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = write(&state, request, true).await;
    told(&state, Shape::Meta, outcome)
}

/// `DELETE /block_users`.
#[utoipa::path(
    delete, path = "/block_users", tag = "Number", summary = "Unblock people",
    request_body(content = BlockBody, example = json!({
        "messaging_product": "whatsapp", "block_users": [{"user": "+441234567890"}]})),
    responses(
        (status = 200, description = "Done for all of them", body = Blocked),
        (status = 400, description = "The request is wrong, or it failed for some: `failed_users` says why", body = Refused),
        (status = 502, description = "The upstream did not answer"),
    ),
)]
pub async fn unblock(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = write(&state, request, false).await;
    told(&state, Shape::Meta, outcome)
}

async fn write(state: &Arc<AppState>, request: Request, blocks: bool) -> Result<Response, ApiError> {
    let caller = auth::caller(&state.directory.snapshot(), request.headers(), state.clock.now())?;
    let method = request.method().clone();
    let body = tree(&bytes(state, request.into_body()).await?)
        .map_err(|error| ApiError::new(100, format!("the body is not JSON: {error}")))?;
    let people = people(&body)?;
    if let Some(theirs) = relayed::ask(state, &caller, method, EDGE, Some(&body)).await? {
        mirror(state, &caller, blocks, &theirs.body).await?;
        return Ok(relayed::passed_on(theirs));
    }
    let (wanted, mut refused) = judge(state, &caller, people, blocks).await?;
    let (done, full) = commit(state, &caller, wanted, blocks).await?;
    refused.extend(full);
    Ok(reply(state, done, refused, blocks))
}

/// The `user` of each item.
fn people(body: &Value) -> Result<Vec<String>, ApiError> {
    let fields = body.as_object().ok_or_else(|| ApiError::new(100, "the body must be a JSON object"))?;
    is_whatsapp(fields)?;
    let Some(items) = fields.get("block_users").and_then(Value::as_array) else {
        return Err(ApiError::new(100, "block_users: must be a list of {\"user\": \"...\"}"));
    };
    if items.is_empty() || items.len() > PEOPLE_MAX {
        return Err(ApiError::new(100, format!("block_users: must name 1 to {PEOPLE_MAX} people")));
    }
    let user = |(at, item): (usize, &Value)| {
        let given = item.get("user").or_else(|| item.get("user_id"));
        let text = given
            .and_then(|user| user.as_str().map(str::to_owned).or_else(|| Some(user.as_i64()?.to_string())));
        text.ok_or_else(|| ApiError::new(100, format!("block_users[{at}].user: must be a string")))
    };
    items.iter().enumerate().map(user).collect()
}

type Wanted = Vec<(String, Address, RecipientKey)>;

/// Who can be blocked (or unblocked: anybody), and who not.
async fn judge(
    state: &AppState,
    caller: &Caller,
    people: Vec<String>,
    blocks: bool,
) -> Result<(Wanted, Vec<Person>), ApiError> {
    let (now, account) = (state.clock.now(), caller.account.id);
    let (mut wanted, mut refused) = (Vec::new(), Vec::new());
    for input in people {
        let Ok(address) = recipient::parse(&input).or_else(|_| recipient::parse_user(&input)) else {
            refused.push(failed(input, NO_ADDRESS, "user: is neither a phone number nor a user id"));
            continue;
        };
        let person = address.key(&state.recipient_key, account);
        if blocks && address.canonical() == caller.channel.display_phone_number {
            refused.push(failed(input, SELF, "user: is this number itself"));
            continue;
        }
        let wrote =
            !blocks || state.store.person(account, person).await?.window_until.is_some_and(|u| now < u);
        if !wrote {
            let details = "user: has not written in the last 24 hours, so cannot be blocked";
            refused.push(failed(input, NOT_WRITTEN, details));
            continue;
        }
        wanted.push((input, address, person));
    }
    Ok((wanted, refused))
}

/// Writes what is wanted; those for whom the list has no room come back as failed.
async fn commit(
    state: &Arc<AppState>,
    caller: &Caller,
    wanted: Wanted,
    blocks: bool,
) -> Result<(Vec<Person>, Vec<Person>), ApiError> {
    let (account, channel, actor) = (caller.account.id, caller.channel.id, caller.actor());
    let done = state
        .administer(move |snapshot, at| {
            let there = |person| snapshot.is_blocked(channel, person);
            let mut room = BLOCKS_MAX.saturating_sub(snapshot.blocks(channel).map_or(0, |all| all.len()));
            let (mut changes, mut done, mut full) = (Vec::new(), Vec::new(), Vec::new());
            for (input, address, person) in wanted {
                let wa_id = address.canonical().to_owned();
                match blocks {
                    true if there(person) => {}
                    true if room == 0 => {
                        full.push(failed(
                            input,
                            FULL,
                            &format!("at most {BLOCKS_MAX} people can be blocked"),
                        ));
                        continue;
                    }
                    true => {
                        room -= 1;
                        let block = Block { account, channel, person, address: wa_id.clone(), at };
                        changes.push(RegistryChange::PutBlock(block));
                    }
                    false if there(person) => {
                        changes.push(RegistryChange::RemoveBlock { channel, person });
                    }
                    false => {}
                }
                done.push(Person { input, wa_id: Some(wa_id), errors: Vec::new() });
            }
            let action = if blocks { "block.add" } else { "block.remove" }.to_owned();
            let detail = format!("channel {channel}: {} people", changes.len());
            let audit = Audit { at, actor, account, action, detail };
            Ok::<_, ApiError>((Plan { audit, changes, notices: Vec::new() }, (done, full)))
        })
        .await?;
    Ok(done)
}

fn reply(state: &AppState, done: Vec<Person>, failed_users: Vec<Person>, blocks: bool) -> Response {
    let some_failed = !failed_users.is_empty();
    // Unblocked people stand in both lists: 360dialog's answer names them `added_users`, Meta's `removed_users`.
    let removed_users = (!blocks).then(|| done.clone());
    let block_users = Outcome { added_users: done, removed_users, failed_users };
    let verb = if blocks { "block" } else { "unblock" };
    let error = some_failed.then(|| {
        let body = ErrorBody {
            message: message(SOME_FAILED, "Failed to block/unblock some users"),
            code: SOME_FAILED,
            details: format!("Failed to {verb} some users: block_users.failed_users says why"),
            trace: trace(state),
            ..ErrorBody::default()
        };
        body.object()
    });
    let status = if some_failed { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    answer(status, &Blocked { messaging_product: "whatsapp", block_users, error })
}

/// What a real upstream did is done here too: its list is the truth, ours only spares sends that would fail.
async fn mirror(state: &Arc<AppState>, caller: &Caller, blocks: bool, theirs: &[u8]) -> Result<(), ApiError> {
    let theirs: Value = serde_json::from_slice(theirs).unwrap_or_default();
    let lists = ["added_users", "removed_users"].map(|name| theirs["block_users"][name].as_array().cloned());
    let ids = lists.into_iter().flatten().flatten();
    let wanted: Wanted = ids
        .filter_map(|user| {
            let id = user["wa_id"].as_str().or_else(|| user["input"].as_str())?.to_owned();
            let address = recipient::parse(&id).or_else(|_| recipient::parse_user(&id)).ok()?;
            let person = address.key(&state.recipient_key, caller.account.id);
            Some((id, address, person))
        })
        .collect();
    commit(state, caller, wanted, blocks).await.map(drop)
}
