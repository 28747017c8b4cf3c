//! The paths. Customers' and operators' routers are separate, so that they can listen on separate addresses.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use super::health;
use super::http::{contained, no_such_method, no_such_path};
use super::messages;
use super::state::AppState;

/// What customers call.
pub fn router(state: Arc<AppState>) -> Router {
    finish(
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/messages", post(messages::messages))
            .route("/marketing_messages", post(messages::marketing))
            .route("/marketing/marketing_messages", post(messages::marketing)),
        state,
    )
}

/// What operators call: everything under `/admin/v1`, and `/sim/*` where there is a simulated network.
pub fn admin_router(state: Arc<AppState>) -> Router {
    finish(
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(health::metrics)),
        state,
    )
}

fn finish(router: Router<Arc<AppState>>, state: Arc<AppState>) -> Router {
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Arc::clone(&state), contained))
        .with_state(state)
}
