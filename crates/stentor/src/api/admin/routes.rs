//! The paths under `/admin/v1`. Nothing here is reached without the admin key.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, patch, post};
use http::StatusCode;

use super::super::auth;
use super::super::state::AppState;
use super::answer::AdminError;
use super::{accounts, audit, channels, endpoints, messages, status, templates, webhooks};

/// The paths, under their guard.
pub fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    let of_account = Router::new()
        .route("/", get(accounts::show).patch(accounts::change))
        .route("/terms", post(accounts::terms).delete(accounts::withdraw))
        .route("/channels", get(channels::list_of).post(channels::create))
        .route("/audit", get(audit::list))
        .merge(things());
    let of_channel = Router::new()
        .route("/", get(channels::show).patch(channels::change))
        .route("/keys", post(channels::rotate))
        .route("/webhook", webhook());
    let admin = Router::new()
        .route("/status", get(status::status))
        .route("/accounts", get(accounts::list).post(accounts::create))
        .route("/channels", get(channels::list).post(channels::create))
        .route("/audit", get(audit::list))
        .nest("/accounts/{account}", of_account)
        .nest("/channels/{channel}", of_channel)
        .merge(things());
    guarded(state, Router::new().nest("/admin/v1", admin))
}

/// What an account has: under its path, or beside the accounts for the only one (or `?account=`).
fn things() -> Router<Arc<AppState>> {
    Router::new()
        .route("/templates", get(templates::list).post(templates::create).delete(templates::delete_named))
        .route("/templates/{template}", patch(templates::edit).delete(templates::delete))
        .route("/templates/{template}/move", post(templates::relocate))
        .route("/messages", get(messages::list))
        .route("/messages/{wamid}", get(messages::show))
        .route("/messages/{wamid}/wait", get(messages::wait))
        .route("/messages/{wamid}/replay", post(messages::replay))
        .route("/deliveries", get(webhooks::log))
        .route("/webhook", webhook())
}

fn webhook() -> MethodRouter<Arc<AppState>> {
    get(endpoints::show).put(endpoints::put).delete(endpoints::delete)
}

/// The same router behind the admin key.
pub fn guarded(state: &Arc<AppState>, router: Router<Arc<AppState>>) -> Router<Arc<AppState>> {
    router.route_layer(from_fn_with_state(Arc::clone(state), guard))
}

async fn guard(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    match auth::admin(&state, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(_) => {
            let message = "the admin key is missing or wrong: send `Authorization: Bearer <admin key>`";
            AdminError::new(StatusCode::UNAUTHORIZED, message).into_response()
        }
    }
}
