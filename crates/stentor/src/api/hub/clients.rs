//! Clients (business portfolios) and their channels, as a partner sees them; and what a partner notes on a client.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, Value, json as object};
use stentor_core::id::BusinessId;
use stentor_core::registry::{Account, AccountState, Channel, ChannelState, Document, DocumentKind};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, parse_json};
use stentor_wire::schema::{Text, Whole};
use utoipa::ToSchema;

use super::access::partner;
use super::ids;
use super::listing::page;
use crate::api::error::ApiError;
use crate::api::http::{Query, bytes, json, told};
use crate::api::state::AppState;
use crate::registry::{Plan, Snapshot};

/// Characters of a partner's note on a client.
const PAYLOAD_CHARS_MAX: usize = 2_000;

/// A client.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerClient)]
pub struct Client {
    #[schema(example = "111000111000111CL")]
    id: String,
    #[schema(example = "Shop")]
    name: String,
    /// `active` or `inactive`.
    #[schema(example = "active")]
    status: &'static str,
    organisation: String,
    #[schema(value_type = Object)]
    meta_info: Map<String, Value>,
    #[schema(value_type = Object)]
    contact_info: Map<String, Value>,
    /// What the partner has noted.
    #[schema(required = true)]
    partner_payload: Option<String>,
    /// Channels it may have; null: any number.
    #[schema(required = true)]
    max_channels: Option<u32>,
    /// RFC 3339.
    created_at: String,
}

/// A page of clients.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerClients)]
pub struct Clients {
    count: usize,
    #[schema(value_type = Object)]
    filters: Map<String, Value>,
    limit: usize,
    offset: usize,
    sort: Vec<String>,
    total: usize,
    #[schema(value_type = Vec<Client>)]
    clients: Vec<Value>,
}

/// A channel as a partner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerChannel)]
pub struct Number {
    #[schema(example = "222000222000222CH")]
    id: String,
    client_id: String,
    client: Named,
    /// `running` or `stopped`.
    #[schema(example = "running")]
    status: &'static str,
    setup_info: SetupInfo,
    waba_account: Waba,
    /// RFC 3339.
    created_at: String,
}

/// A client, named.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerClientName)]
pub struct Named {
    id: String,
    name: String,
}

/// A channel's number.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerChannelSetup)]
pub struct SetupInfo {
    #[schema(example = "15550001111")]
    phone_number: String,
    phone_name: String,
}

/// A channel's account.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerWaba)]
pub struct Waba {
    #[schema(example = "111000111000111WA")]
    id: String,
    /// The WABA id.
    external_id: String,
    name: String,
    /// `active`, `disabled`, `unpaid`, `restricted` or `locked`.
    status: &'static str,
    /// The business portfolio's id.
    fb_business_id: String,
}

/// A page of channels.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerChannels)]
pub struct Numbers {
    count: usize,
    #[schema(value_type = Object)]
    filters: Map<String, Value>,
    limit: usize,
    offset: usize,
    sort: Vec<String>,
    total: usize,
    #[schema(value_type = Vec<Number>)]
    partner_channels: Vec<Value>,
}

/// What a partner notes on a client; absent: as it is, null: none.
#[derive(ToSchema)]
#[schema(as = PartnerClientChange)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct ClientChange {
    /// At most 2000 characters.
    partner_payload: Option<Text>,
    /// 0 to 100,000.
    max_channels: Option<Whole>,
}

/// `GET /api/v2/partners/{partner_id}/clients`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/clients", tag = "Partner", summary = "The partner's clients",
    params(
        ("filters" = Option<String>, Query, description = "A JSON object: `id`, `name`, `status`, `created_at`"),
        ("sort" = Option<String>, Query, description = "Of the same, by commas; `-` in front: downwards"),
        ("limit" = Option<u32>, Query, description = "1 to 1000"),
        ("offset" = Option<u64>, Query, description = "From 0"),
    ),
    responses((status = 200, description = "A page", body = Clients)),
)]
pub async fn list(State(state): State<Arc<AppState>>, Path(of): Path<String>, request: Request) -> Response {
    let outcome = partner(&state, request.headers(), &of).and_then(|_| listed(&state, request.uri()));
    told(&state, Shape::Config, outcome)
}

fn listed(state: &AppState, uri: &Uri) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let mut all: BTreeMap<BusinessId, Vec<&Arc<Account>>> = BTreeMap::new();
    for account in snapshot.accounts() {
        all.entry(account.owner_business).or_default().push(account);
    }
    let rows = all.into_values().map(|own| row(&client(&snapshot, &own))).collect();
    let page = page(rows, &Query::of(uri), &["id", "name", "status", "created_at"])?;
    let clients = Clients {
        count: page.rows.len(),
        filters: page.filters,
        limit: page.limit,
        offset: page.offset,
        sort: page.sort,
        total: page.total,
        clients: page.rows,
    };
    Ok(json(StatusCode::OK, &clients))
}

fn row(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn of_business(snapshot: &Snapshot, business: BusinessId) -> Vec<&Arc<Account>> {
    snapshot.accounts().filter(|account| account.owner_business == business).collect()
}

/// What is noted on a client: kept with its first account.
fn note(snapshot: &Snapshot, own: &[&Arc<Account>]) -> Value {
    let kept = own.first().and_then(|first| snapshot.document(first.id, None, DocumentKind::Client));
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| object!({}))
}

/// Channels the business of an account may have, and how many it has; `None`: any number.
pub fn channels_max(snapshot: &Snapshot, account: &Account) -> Option<(usize, usize)> {
    let own = of_business(snapshot, account.owner_business);
    let max = usize::try_from(note(snapshot, &own)["max_channels"].as_u64()?).ok()?;
    Some((max, own.iter().map(|account| snapshot.channels_of(account.id).count()).sum()))
}

fn client(snapshot: &Snapshot, own: &[&Arc<Account>]) -> Client {
    let note = note(snapshot, own);
    let name = own.first().map(|first| first.name.clone()).unwrap_or_default();
    let is_active = own.iter().any(|account| account.state == AccountState::Active);
    Client {
        id: own.first().map(|first| ids::client(first.owner_business)).unwrap_or_default(),
        organisation: name.clone(),
        name,
        status: if is_active { "active" } else { "inactive" },
        meta_info: Map::new(),
        contact_info: Map::new(),
        partner_payload: note["partner_payload"].as_str().map(str::to_owned),
        max_channels: note["max_channels"].as_u64().and_then(|n| u32::try_from(n).ok()),
        created_at: own.iter().map(|account| account.created_at).min().unwrap_or_default().to_string(),
    }
}

/// `PATCH /api/v2/partners/{partner_id}/clients/{client_id}`.
#[utoipa::path(
    patch, path = "/api/v2/partners/{partner_id}/clients/{client_id}", tag = "Partner",
    summary = "Note something on a client, or bound its channels",
    request_body(content = ClientChange, example = json!({"partner_payload": "customer 7", "max_channels": 3})),
    responses((status = 200, description = "As it is now", body = Client)),
)]
pub async fn change(
    State(state): State<Arc<AppState>>,
    Path((of, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let outcome = changed(&state, &of, &id, request).await;
    told(&state, Shape::Config, outcome)
}

async fn changed(state: &Arc<AppState>, of: &str, id: &str, request: Request) -> Result<Response, ApiError> {
    let by = partner(state, request.headers(), of)?;
    let business = BusinessId(ids::number(id, "CL")?);
    let body = bytes(state, request.into_body()).await?;
    let news = read(&body)?;
    let id = id.to_owned();
    state
        .administer(move |snapshot, now| {
            let own = of_business(snapshot, business);
            let Some(first) = own.first() else {
                return Err(ApiError::not_found(format!("there is no client {id}")));
            };
            let mut kept = note(snapshot, &own);
            for (name, value) in news {
                kept[name] = value;
            }
            let (account, value) = (first.id, kept.to_string());
            let document = Document { account, channel: None, kind: DocumentKind::Client, value };
            let (action, detail) = ("client.set".to_owned(), format!("business {business}"));
            let audit = Audit { at: now, actor: by.actor(), account, action, detail };
            let changes = vec![RegistryChange::PutDocument(document)];
            Ok((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    let snapshot = state.directory.snapshot();
    Ok(json(StatusCode::OK, &client(&snapshot, &of_business(&snapshot, business))))
}

/// The fields that a body gives, null among them.
fn read(body: &[u8]) -> Result<Vec<(&'static str, Value)>, ApiError> {
    let (value, notes) = (parse_json(body)?, Notes::default());
    let root = Cursor::root(&value, &notes);
    let root = root.object(&["partner_payload", "max_channels"])?;
    let (payload, max) = (root.string("partner_payload")?, root.integer("max_channels")?);
    if payload.as_ref().is_some_and(|text| text.chars().count() > PAYLOAD_CHARS_MAX) {
        return Err(ApiError::new(100, "partner_payload: must be at most 2000 characters long"));
    }
    if max.is_some_and(|max| !(0..=100_000).contains(&max)) {
        return Err(ApiError::new(100, "max_channels: must be a whole number from 0 to 100000"));
    }
    let given = [("partner_payload", object!(payload)), ("max_channels", object!(max))];
    Ok(given.into_iter().filter(|(name, _)| value.get(name).is_some()).collect())
}

const CHANNEL_FIELDS: [&str; 9] = [
    "id",
    "client_id",
    "client.id",
    "client.name",
    "status",
    "setup_info.phone_number",
    "waba_account.id",
    "waba_account.external_id",
    "created_at",
];

/// `GET /api/v2/partners/{partner_id}/channels`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/channels", tag = "Partner", summary = "All clients' channels",
    params(
        ("filters" = Option<String>, Query, description = "A JSON object: `id`, `client_id`, `status`, ..."),
        ("sort" = Option<String>, Query, description = "Of the same, by commas; `-` in front: downwards"),
        ("limit" = Option<u32>, Query, description = "1 to 1000"),
        ("offset" = Option<u64>, Query, description = "From 0"),
    ),
    responses((status = 200, description = "A page", body = Numbers)),
)]
pub async fn channels(
    State(state): State<Arc<AppState>>,
    Path(of): Path<String>,
    request: Request,
) -> Response {
    let outcome = partner(&state, request.headers(), &of).and_then(|_| numbers(&state, request.uri()));
    told(&state, Shape::Config, outcome)
}

fn numbers(state: &AppState, uri: &Uri) -> Result<Response, ApiError> {
    let snapshot = state.directory.snapshot();
    let rows = snapshot.channels().filter_map(|channel| {
        let account = snapshot.account(channel.account)?;
        let client = of_business(&snapshot, account.owner_business).first()?.name.clone();
        Some(row(&shown(channel, account, client)))
    });
    let page = page(rows.collect(), &Query::of(uri), &CHANNEL_FIELDS)?;
    let numbers = Numbers {
        count: page.rows.len(),
        filters: page.filters,
        limit: page.limit,
        offset: page.offset,
        sort: page.sort,
        total: page.total,
        partner_channels: page.rows,
    };
    Ok(json(StatusCode::OK, &numbers))
}

fn shown(channel: &Channel, account: &Account, client_name: String) -> Number {
    let client_id = ids::client(account.owner_business);
    Number {
        id: ids::channel(channel.id),
        client: Named { id: client_id.clone(), name: client_name },
        client_id,
        status: if channel.state == ChannelState::Active { "running" } else { "stopped" },
        setup_info: SetupInfo {
            phone_number: channel.display_phone_number.clone(),
            phone_name: account.name.clone(),
        },
        waba_account: Waba {
            id: ids::waba(account.id),
            external_id: account.id.to_string(),
            name: account.name.clone(),
            status: account.state.as_str(),
            fb_business_id: account.owner_business.to_string(),
        },
        created_at: channel.created_at.to_string(),
    }
}
