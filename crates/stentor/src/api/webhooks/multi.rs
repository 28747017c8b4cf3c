//! `/multi_webhook`: further destinations of a number, at most three (facts/360dialog 2.5). Each gets a copy of what the
//! number's own webhook has answered with 200, and fails on its own.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use stentor_core::id::EndpointId;
use stentor_core::registry::{Channel, Endpoint, Role};
use stentor_core::time::Timestamp;
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, Object, parse_json};
use stentor_wire::schema::Text;
use utoipa::ToSchema;

use super::{Said, said};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, bytes, json, told};
use crate::api::state::{AppState, Limits};
use crate::api::webhook_config::{self, Wanted, shown_headers};
use crate::registry::{Caller, Plan, Snapshot};

/// Destinations of one number beside its own webhook.
const DESTINATIONS_MAX: usize = 3;
/// Characters of a destination's name.
const NAME_CHARS_MAX: usize = 100;
const FIELDS: [&str; 5] = ["enabled", "destinations", "name", "url", "headers"];

/// The further destinations of a number.
#[derive(Debug, Serialize, ToSchema)]
pub struct MultiWebhook {
    /// Whether the destinations get their copies.
    pub enabled: bool,
    /// In the order they were added.
    pub destinations: Vec<Destination>,
}

/// One further destination.
#[derive(Debug, Serialize, ToSchema)]
pub struct Destination {
    /// Unique within the number, case-sensitive.
    #[schema(example = "analytics")]
    pub name: String,
    /// Where to.
    #[schema(example = "https://example.com/copies")]
    pub url: String,
    /// Sent with every copy.
    #[schema(value_type = Object)]
    pub headers: Map<String, Value>,
}

/// A destination to be added.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct NewDestination {
    /// Unique within the number, case-sensitive.
    #[schema(example = "analytics", max_length = 100)]
    name: Text,
    /// Begins with `https://`.
    #[schema(example = "https://example.com/copies", max_length = 2000)]
    url: String,
    /// At most 20.
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
}

/// Switched on or off, and destinations in place of those there are; one of the two at least.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct MultiWebhookBody {
    /// Absent: as it is.
    enabled: Option<bool>,
    /// At most three; absent: as they are.
    destinations: Option<Vec<NewDestination>>,
}

/// Destinations to be added: a list, or a single one at the root.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
#[serde(untagged)]
pub enum MoreDestinations {
    /// Several.
    List {
        /// Three with those there are.
        destinations: Vec<NewDestination>,
    },
    /// One.
    One(NewDestination),
}

/// What changes of one destination.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct DestinationChange {
    /// Which.
    #[schema(example = "analytics")]
    name: Text,
    /// Absent: as it is.
    url: Option<String>,
    /// Absent: as they are.
    #[schema(value_type = Option<Object>)]
    headers: Option<Map<String, Value>>,
}

/// Which destination goes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct DestinationName {
    /// Absent: all of them, and copies are switched off.
    name: Option<Text>,
}

/// `GET /multi_webhook`.
#[utoipa::path(
    get, path = "/multi_webhook", tag = "Webhooks", summary = "A number's further destinations",
    responses((status = 200, description = "The destinations", body = MultiWebhook)),
)]
pub async fn show(state: State<Arc<AppState>>, request: Request) -> Response {
    multi_webhook(state, request).await
}

/// `POST /multi_webhook`.
#[utoipa::path(
    post, path = "/multi_webhook", tag = "Webhooks", summary = "Switch copies on or off; set the destinations",
    request_body(content = MultiWebhookBody, example = json!({"enabled": true, "destinations": [
        {"name": "analytics", "url": "https://example.com/copies", "headers": {}}]})),
    responses(
        (status = 200, description = "Done", body = Said),
        (status = 409, description = "A name comes twice, or there are more than three", body = Said),
    ),
)]
pub async fn replace(state: State<Arc<AppState>>, request: Request) -> Response {
    multi_webhook(state, request).await
}

/// `PUT /multi_webhook`.
#[utoipa::path(
    put, path = "/multi_webhook", tag = "Webhooks", summary = "Add destinations",
    request_body(content = MoreDestinations, example = json!({"destinations": [
        {"name": "archive", "url": "https://example.com/archive", "headers": {}}]})),
    responses(
        (status = 200, description = "Done", body = Said),
        (status = 409, description = "A name is there already, or there are more than three", body = Said),
    ),
)]
pub async fn add(state: State<Arc<AppState>>, request: Request) -> Response {
    multi_webhook(state, request).await
}

/// `PATCH /multi_webhook`.
#[utoipa::path(
    patch, path = "/multi_webhook", tag = "Webhooks", summary = "Change a destination's URL or headers",
    request_body(content = DestinationChange, example = json!({
        "name": "analytics", "url": "https://example.com/elsewhere"})),
    responses(
        (status = 200, description = "Done", body = Said),
        (status = 404, description = "There is none of that name", body = Said),
    ),
)]
pub async fn change(state: State<Arc<AppState>>, request: Request) -> Response {
    multi_webhook(state, request).await
}

/// `DELETE /multi_webhook`.
#[utoipa::path(
    delete, path = "/multi_webhook", tag = "Webhooks", summary = "Remove a destination, or all of them",
    params(("name" = Option<String>, Query, description = "Which; absent: all")),
    request_body(content = Option<DestinationName>, example = json!({"name": "analytics"})),
    responses(
        (status = 200, description = "Done", body = Said),
        (status = 404, description = "There is none of that name", body = Said),
    ),
)]
pub async fn remove(state: State<Arc<AppState>>, request: Request) -> Response {
    multi_webhook(state, request).await
}

async fn multi_webhook(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = handle(&state, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn handle(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let caller = auth::caller(&snapshot, request.headers(), state.clock.now())?;
    let (method, query) = (request.method().clone(), Query::of(request.uri()));
    if method == Method::GET || method == Method::HEAD {
        return Ok(json(StatusCode::OK, &shown(&snapshot, &caller.channel)));
    }
    let body = bytes(state, request.into_body()).await?;
    let wish = match (&method, body.trim_ascii().is_empty()) {
        (&Method::DELETE, true) => Wish::Remove(query.get("name").map(str::to_owned)),
        _ => Wish::read(&method, &body, &state.limits)?,
    };
    let mut fresh = [(); DESTINATIONS_MAX].map(|()| EndpointId(state.fresh_id(|_| false)));
    // Of one request's destinations the ids tell the order.
    fresh.sort();
    let Caller { channel, .. } = &caller;
    let (channel, actor) = (channel.id, caller.actor());
    let outcome = state
        .administer(move |snapshot, now| {
            let Some(channel) = snapshot.channel(channel) else { return Err(ApiError::invalid_key()) };
            let old: Vec<&Endpoint> = snapshot.copies_of(channel.id).map(AsRef::as_ref).collect();
            let (account, action) = (channel.account, "webhook.copies".to_owned());
            let audit = |detail| Audit { at: now, actor, account, action, detail };
            Ok(match wish.apply(channel, &old, fresh, now) {
                Ok(changes) => {
                    let detail = format!("channel {}: {} changes", channel.id, changes.len());
                    (Plan { audit: audit(detail), changes, notices: Vec::new() }, Ok(()))
                }
                Err(refused) => {
                    let none = Plan { audit: audit(String::new()), changes: vec![], notices: vec![] };
                    (none, Err(refused))
                }
            })
        })
        .await?;
    Ok(match outcome {
        Ok(()) => said(StatusCode::OK, "Operation started: the destinations are being updated."),
        Err((status, message)) => said(status, message),
    })
}

fn shown(snapshot: &Snapshot, channel: &Channel) -> MultiWebhook {
    let mut copies: Vec<_> = snapshot.copies_of(channel.id).collect();
    copies.sort_by_key(|e| (e.created_at, e.id));
    let destination = |e: &Arc<Endpoint>| Destination {
        name: e.name().unwrap_or_default().to_owned(),
        url: e.url.clone(),
        headers: shown_headers(e),
    };
    MultiWebhook {
        enabled: channel.multi_webhook,
        destinations: copies.into_iter().map(destination).collect(),
    }
}

/// A named destination.
type Named = (String, Wanted);
/// HTTP status and sentence.
type Refused = (StatusCode, String);

/// What a request wants.
#[derive(Debug)]
enum Wish {
    /// Switched on or off, and these in place of those there are.
    Set { enabled: Option<bool>, destinations: Option<Vec<Named>> },
    /// These too.
    Add(Vec<Named>),
    /// Another URL, or other headers, for the one of that name.
    Change { name: String, url: Option<String>, headers: Option<Vec<(String, String)>> },
    /// The one of that name, or with `None` all of them.
    Remove(Option<String>),
}

impl Wish {
    fn read(method: &Method, body: &[u8], limits: &Limits) -> Result<Self, ApiError> {
        let (value, notes) = (parse_json(body)?, Notes::default());
        let root = Cursor::root(&value, &notes);
        let root = root.object(&FIELDS)?;
        match *method {
            Method::PATCH => {
                let name = name(&root)?;
                let headers = webhook_config::headers(&root, limits)?;
                let url = webhook_config::read(&root, limits)?.map(|(url, _)| url);
                if url.is_none() && headers.is_none() {
                    return Err(root.missing("url").into());
                }
                Ok(Self::Change { name, url, headers })
            }
            Method::DELETE => Ok(Self::Remove(root.string("name")?)),
            Method::PUT => match destinations(&root, limits)? {
                Some(all) => Ok(Self::Add(all)),
                None => Ok(Self::Add(vec![named(&root, limits)?])),
            },
            _ => {
                let (enabled, destinations) = (root.bool("enabled")?, destinations(&root, limits)?);
                match (enabled, &destinations) {
                    (None, None) => Err(root.missing("enabled").into()),
                    _ => Ok(Self::Set { enabled, destinations }),
                }
            }
        }
    }

    fn apply(
        self,
        channel: &Channel,
        old: &[&Endpoint],
        fresh: [EndpointId; DESTINATIONS_MAX],
        now: Timestamp,
    ) -> Result<Vec<RegistryChange>, Refused> {
        let switched = |on: bool| {
            let differs = on != channel.multi_webhook;
            differs.then(|| RegistryChange::PutChannel(Channel { multi_webhook: on, ..channel.clone() }))
        };
        let gone = |e: &&Endpoint| RegistryChange::RemoveEndpoint(e.id);
        let find = |name: &str| {
            let found = old.iter().find(|e| e.name() == Some(name)).copied();
            found.ok_or_else(|| (StatusCode::NOT_FOUND, format!("There is no destination named `{name}`.")))
        };
        // In the order they were added, also within a millisecond.
        let last = old.iter().map(|e| e.created_at + Duration::from_millis(1)).max();
        let next = last.map_or(now, |last| last.max(now));
        let make = |(id, (name, (url, headers))): (EndpointId, Named)| {
            let known = old.iter().find(|e| e.name() == Some(&name));
            RegistryChange::PutEndpoint(Endpoint {
                id: known.map_or(id, |e| e.id),
                account: channel.account,
                channel: Some(channel.id),
                role: Role::Copy { name },
                url,
                headers,
                created_at: known.map_or(next, |e| e.created_at),
            })
        };
        match self {
            Self::Set { enabled, destinations } => {
                let mut changes: Vec<_> = enabled.and_then(switched).into_iter().collect();
                if let Some(all) = destinations {
                    fits(&all, &[])?;
                    let stays = |e: &&&Endpoint| all.iter().any(|(name, _)| e.name() == Some(name));
                    changes.extend(old.iter().filter(|e| !stays(e)).map(gone));
                    changes.extend(fresh.into_iter().zip(all).map(make));
                }
                Ok(changes)
            }
            Self::Add(all) => {
                fits(&all, old)?;
                Ok(fresh.into_iter().zip(all).map(make).collect())
            }
            Self::Change { name, url, headers } => {
                let known = find(&name)?.clone();
                let url = url.unwrap_or_else(|| known.url.clone());
                let headers = headers.unwrap_or_else(|| known.headers.clone());
                Ok(vec![RegistryChange::PutEndpoint(Endpoint { url, headers, ..known })])
            }
            Self::Remove(Some(name)) => Ok(vec![gone(&find(&name)?)]),
            Self::Remove(None) => Ok(old.iter().map(gone).chain(switched(false)).collect()),
        }
    }
}

/// Whether these fit beside those there are: every name once, no more than there may be.
fn fits(new: &[Named], old: &[&Endpoint]) -> Result<(), Refused> {
    let mut names: Vec<&str> = old.iter().filter_map(|e| e.name()).collect();
    for (name, _) in new {
        if names.contains(&name.as_str()) {
            return Err((StatusCode::CONFLICT, format!("There is a destination named `{name}` already.")));
        }
        names.push(name);
    }
    if names.len() > DESTINATIONS_MAX {
        let message = format!("At most {DESTINATIONS_MAX} destinations are allowed for a number.");
        return Err((StatusCode::CONFLICT, message));
    }
    Ok(())
}

fn destinations(root: &Object<'_, '_>, limits: &Limits) -> Result<Option<Vec<Named>>, ApiError> {
    let Some(list) = root.get("destinations") else { return Ok(None) };
    let mut all = Vec::new();
    for item in list.items()? {
        all.push(named(&item.object(&["name", "url", "headers"])?, limits)?);
    }
    Ok(Some(all))
}

fn named(object: &Object<'_, '_>, limits: &Limits) -> Result<Named, ApiError> {
    let name = name(object)?;
    let wanted = webhook_config::read(object, limits)?.ok_or_else(|| object.missing("url"))?;
    Ok((name, wanted))
}

fn name(object: &Object<'_, '_>) -> Result<String, ApiError> {
    let name = object.need_string("name")?;
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(ApiError::new(100, format!("name: must be at most {NAME_CHARS_MAX} characters long")));
    }
    Ok(name)
}
