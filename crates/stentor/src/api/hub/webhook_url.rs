//! `…/webhook_url`: where the partner hears of clients, channels and templates; signed with a secret of its own.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use stentor_core::id::{AccountId, EndpointId};
use stentor_core::registry::{Endpoint, Role};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, parse_json};
use utoipa::ToSchema;

use super::access::partner;
use crate::api::admin::webhook_secret;
use crate::api::error::ApiError;
use crate::api::http::{bytes, json, told};
use crate::api::state::{AppState, Limits};
use crate::api::webhook_config::check_url;
use crate::registry::Plan;

/// Where management events go.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerWebhookUrl)]
pub struct Shown {
    /// Null: nowhere.
    #[schema(required = true, example = "https://example.com/partner")]
    webhook_url: Option<String>,
    /// Signs them (`x-360dialog-signature`); null where there is no URL.
    #[schema(required = true)]
    platform_secret: Option<String>,
}

/// Where management events are to go.
#[derive(ToSchema)]
#[schema(as = PartnerWebhookUrlBody)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct Wanted {
    /// Begins with `https://`; null or empty removes it.
    #[schema(required = true, example = "https://example.com/partner", max_length = 2000)]
    webhook_url: Option<String>,
}

/// `GET /api/v2/partners/{partner_id}/webhook_url`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/webhook_url", tag = "Partner",
    summary = "Where management events go", responses((status = 200, description = "The address", body = Shown)),
)]
pub async fn show(State(state): State<Arc<AppState>>, Path(of): Path<String>, request: Request) -> Response {
    let outcome = partner(&state, request.headers(), &of).map(|_| shown(&state));
    told(&state, Shape::Config, outcome)
}

fn shown(state: &AppState) -> Response {
    let snapshot = state.directory.snapshot();
    let endpoint = snapshot.own_endpoint(AccountId::INSTALLATION, None);
    let platform_secret = endpoint.and_then(|e| match &e.role {
        Role::Partner { secret } => Some(secret.clone()),
        _ => None,
    });
    json(StatusCode::OK, &Shown { webhook_url: endpoint.map(|e| e.url.clone()), platform_secret })
}

/// `POST /api/v2/partners/{partner_id}/webhook_url`.
#[utoipa::path(
    post, path = "/api/v2/partners/{partner_id}/webhook_url", tag = "Partner",
    summary = "Set where management events go",
    request_body(content = Wanted, example = json!({"webhook_url": "https://example.com/partner"})),
    responses((status = 200, description = "As it is now", body = Shown)),
)]
pub async fn set(State(state): State<Arc<AppState>>, Path(of): Path<String>, request: Request) -> Response {
    let outcome = put(&state, &of, request).await;
    told(&state, Shape::Config, outcome)
}

fn read(body: &[u8], limits: &Limits) -> Result<Option<String>, ApiError> {
    let (value, notes) = (parse_json(body)?, Notes::default());
    let root = Cursor::root(&value, &notes);
    let root = root.object(&["webhook_url"])?;
    if value.get("webhook_url").is_none() {
        return Err(root.missing("webhook_url").into());
    }
    let url = root.string("webhook_url")?.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
    url.map(|url| check_url(&url, limits).map(|()| url)).transpose()
}

async fn put(state: &Arc<AppState>, of: &str, request: Request) -> Result<Response, ApiError> {
    let by = partner(state, request.headers(), of)?;
    let body = bytes(state, request.into_body()).await?;
    let url = read(&body, &state.limits)?;
    let fresh = EndpointId(state.fresh_id(|_| false));
    state
        .administer(move |snapshot, now| {
            let account = AccountId::INSTALLATION;
            let known = snapshot.own_endpoint(account, None);
            let role = known.map_or_else(|| Role::Partner { secret: webhook_secret() }, |e| e.role.clone());
            let id = known.map_or(fresh, |e| e.id);
            let (channel, headers, created_at) = (None, Vec::new(), now);
            let change = match url {
                None => known.map(|e| RegistryChange::RemoveEndpoint(e.id)),
                Some(url) => {
                    let endpoint = Endpoint { id, account, channel, role, url, headers, created_at };
                    Some(RegistryChange::PutEndpoint(endpoint))
                }
            };
            let (action, detail) = ("partner.webhook".to_owned(), String::new());
            let audit = Audit { at: now, actor: by.actor(), account, action, detail };
            let changes = change.into_iter().collect();
            Ok::<_, ApiError>((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    Ok(shown(state))
}
