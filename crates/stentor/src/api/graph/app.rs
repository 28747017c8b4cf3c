//! The app, the user and the token, as client libraries look at them before they begin. There is one app: this server.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use stentor_wire::error::Shape;

use super::schema::{GraphDebug, GraphObject};
use super::{Seen, business, fields};
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::http::{Query, json as answer, told};
use crate::api::state::AppState;

/// The app's id: 14 digits, so that no id that is made here is the same.
pub const ID: i64 = 36_000_000_000_001;
const NAME: &str = "Stentor";
const SCOPES: [&str; 3] = ["whatsapp_business_management", "whatsapp_business_messaging", "public_profile"];

/// `GET /{app_id}` and `GET /app`.
#[utoipa::path(
    get, path = "/app", tag = "Graph", summary = "The app: this server",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphObject)),
)]
pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let all = Map::from_iter([
        ("id".to_owned(), ID.to_string().into()),
        ("name".to_owned(), NAME.into()),
        ("category".to_owned(), "Messaging".into()),
        ("link".to_owned(), "/docs".into()),
    ]);
    let selected = fields::select(all, request.uri(), &["category", "link", "name"], "Application");
    told(&state, Shape::Meta, selected.map(|body| answer(StatusCode::OK, &body)))
}

/// `GET /me`: the system user whose token the key is, one to each number.
#[utoipa::path(
    get, path = "/me", tag = "Graph", summary = "The user whose token it is",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphObject)),
)]
pub async fn me(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let all = Map::from_iter([
        ("id".to_owned(), seen.caller.channel.id.to_string().into()),
        ("name".to_owned(), seen.caller.account.name.as_str().into()),
    ]);
    let selected = fields::select(all, request.uri(), &["name"], "User");
    told(&state, Shape::Meta, selected.map(|body| answer(StatusCode::OK, &body)))
}

/// `GET /debug_token?input_token=`: what a token may do.
#[utoipa::path(
    get, path = "/debug_token", tag = "Graph", summary = "What a token may do",
    params(("input_token" = String, Query, description = "The token")),
    responses((status = 200, description = "As asked for", body = GraphDebug)),
)]
pub async fn debug_token(
    State(state): State<Arc<AppState>>,
    seen: Extension<Seen>,
    request: Request,
) -> Response {
    told(&state, Shape::Meta, inspect(&state, &seen, &request))
}

fn inspect(state: &AppState, seen: &Seen, request: &Request) -> Result<Response, ApiError> {
    let query = Query::of(request.uri());
    let missing = || ApiError::new(100, "input_token: is missing");
    let input = query.get("input_token").ok_or_else(missing)?;
    let (snapshot, now) = (state.directory.snapshot(), state.clock.now());
    // Only tokens of the caller's own account are told about; any other is nobody's.
    let found = auth::of_token(&snapshot, input, now).filter(|c| c.account.id == seen.caller.account.id);
    let Some(found) = found else {
        let error = json!({"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"});
        return Ok(answer(
            StatusCode::OK,
            &json!({"data": {"error": error, "is_valid": false, "scopes": []}}),
        ));
    };
    let expires = snapshot
        .keys_of(found.channel.id)
        .into_iter()
        .find(|key| key.hash == found.key)
        .and_then(|key| key.expires_at)
        .map_or(0, stentor_core::time::Timestamp::secs);
    let granular: Vec<Value> = SCOPES[..2]
        .iter()
        .map(|scope| json!({"scope": scope, "target_ids": [found.account.id.to_string()]}))
        .collect();
    let data = json!({
        "app_id": ID.to_string(),
        "type": "SYSTEM_USER",
        "application": NAME,
        "data_access_expires_at": 0,
        "expires_at": expires,
        "is_valid": true,
        "scopes": SCOPES,
        "granular_scopes": granular,
        "user_id": found.channel.id.to_string(),
        "profile_id": business::of(&found.account).to_string(),
    });
    Ok(answer(StatusCode::OK, &json!({"data": data})))
}
