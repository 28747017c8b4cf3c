//! `/{app_id}/subscriptions`: the app's callback URL. It hears of the caller's account where neither the number nor the
//! account has a URL of its own.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use stentor_core::registry::DocumentKind;
use stentor_wire::error::Shape;

use super::address::VERSION;
use super::number::success;
use super::schema::{GraphCallbackBody, GraphSubscriptions};
use super::{Seen, subscribe};
use crate::api::error::ApiError;
use crate::api::http::{Done, json as answer, told};
use crate::api::parameters::{opened, parameters, text};
use crate::api::state::AppState;
use crate::api::webhook_config;
use crate::registry::Caller;

const OBJECT: &str = "whatsapp_business_account";
/// Fields of one subscription.
const FIELDS_MAX: usize = 100;

fn kept(state: &AppState, caller: &Caller) -> Value {
    let snapshot = state.directory.snapshot();
    let kept = snapshot.document(caller.account.id, None, DocumentKind::AppCallback);
    kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// The app's URL, where it has one.
pub fn url(state: &AppState, caller: &Caller) -> Option<String> {
    kept(state, caller)["callback_url"].as_str().map(str::to_owned)
}

/// `GET /{app_id}/subscriptions`.
#[utoipa::path(
    get, path = "/app/subscriptions", tag = "Graph", summary = "The app's callback URL",
    responses((status = 200, description = "It, or nothing", body = GraphSubscriptions)),
)]
pub async fn show(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    let kept = kept(&state, &seen.caller);
    let mut data = Vec::new();
    if !kept["callback_url"].is_null() {
        let names = kept["fields"].as_array().cloned().unwrap_or_default();
        let fields: Vec<Value> =
            names.into_iter().map(|name| json!({"name": name, "version": VERSION})).collect();
        data.push(json!({
            "object": OBJECT, "callback_url": kept["callback_url"], "active": true, "fields": fields,
        }));
    }
    answer(StatusCode::OK, &json!({"data": data}))
}

/// `POST /{app_id}/subscriptions` `{"object", "callback_url", "verify_token", "fields"}`.
#[utoipa::path(
    post, path = "/app/subscriptions", tag = "Graph", summary = "Set the app's callback URL",
    request_body(content((GraphCallbackBody = "application/json"), (GraphCallbackBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "It is set", body = Done)),
)]
pub async fn set(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let outcome = put(&state, &seen.caller, request).await;
    told(&state, Shape::Meta, outcome)
}

async fn put(state: &Arc<AppState>, caller: &Caller, request: Request) -> Result<Response, ApiError> {
    let fields = parameters(state, request).await?;
    if text(&fields, "object")?.is_some_and(|object| object != OBJECT) {
        return Err(ApiError::new(100, format!("object: must be {OBJECT}")));
    }
    let url = text(&fields, "callback_url")?.filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| ApiError::new(100, "callback_url: is missing"))?;
    let names: Vec<String> = match fields.get("fields").map(opened) {
        Some(Value::Array(names)) => names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect(),
        Some(Value::String(names)) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        _ => vec!["messages".to_owned()],
    };
    if names.len() > FIELDS_MAX {
        return Err(ApiError::new(100, format!("fields: at most {FIELDS_MAX} are allowed")));
    }
    let wanted = subscribe::proved(state, ("callback_url", &url), &fields).await?;
    let before = self::url(state, caller);
    let value = json!({"callback_url": url, "fields": names}).to_string();
    state.keep(caller, false, DocumentKind::AppCallback, value).await?;
    if stands_in(state, caller, before.as_deref()) {
        webhook_config::set(state, caller.account.id, None, Some(wanted), caller.actor()).await?;
    }
    Ok(success())
}

/// Whether the account's endpoint is none, or only the app's.
fn stands_in(state: &AppState, caller: &Caller, of_app: Option<&str>) -> bool {
    let snapshot = state.directory.snapshot();
    let own = snapshot.own_endpoint(caller.account.id, None);
    own.is_none_or(|endpoint| Some(endpoint.url.as_str()) == of_app)
}

/// `DELETE /{app_id}/subscriptions`.
#[utoipa::path(
    delete, path = "/app/subscriptions", tag = "Graph", summary = "Drop the app's callback URL",
    responses((status = 200, description = "It is gone", body = Done)),
)]
pub async fn remove(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    let outcome = async {
        let before = url(&state, &seen.caller);
        state.keep(&seen.caller, false, DocumentKind::AppCallback, "{}".to_owned()).await?;
        if before.is_some() && stands_in(&state, &seen.caller, before.as_deref()) {
            webhook_config::set(&state, seen.caller.account.id, None, None, seen.caller.actor()).await?;
        }
        Ok(success())
    };
    let outcome = outcome.await;
    told(&state, Shape::Meta, outcome)
}
