//! The paths. Customers' and operators' routers are separate, so that they can listen on separate addresses.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};

use super::http::{contained, no_such_method, no_such_path};
use super::state::AppState;
use super::{admin, graph, health, sim};
use super::{messages, templates, upstream_webhook, webhook_config};

/// What customers call: 360dialog's paths, and Meta's beside them.
pub fn router(state: Arc<AppState>) -> Router {
    let dialog = finish(
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/messages", post(messages::messages))
            .route("/marketing_messages", post(messages::marketing))
            .route("/marketing/marketing_messages", post(messages::marketing))
            .route(
                "/v1/configs/webhook",
                get(webhook_config::webhook).post(webhook_config::webhook).delete(webhook_config::webhook),
            )
            .route(
                "/v1/configs/templates",
                get(templates::list_legacy).post(templates::create_legacy).delete(templates::delete_legacy),
            )
            .route("/v1/configs/templates/{which}", delete(templates::delete_legacy))
            .route(
                "/message_templates",
                get(templates::list_meta).post(templates::create_meta).delete(templates::delete_meta),
            )
            .route("/marketing/message_templates", get(templates::list_meta))
            .route("/message_templates/{id}", get(templates::show_meta).post(templates::edit_meta))
            .route("/health_status", get(health::health_status))
            .route("/upstream/webhook", get(upstream_webhook::handshake).post(upstream_webhook::receive)),
        Arc::clone(&state),
    );
    graph::beside(dialog, &state)
}

/// What operators call: everything under `/admin/v1`, and `/sim/*` where there is a simulated network.
pub fn admin_router(state: Arc<AppState>) -> Router {
    finish(
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(health::metrics))
            .merge(admin::routes(&state))
            .merge(sim::routes(&state)),
        state,
    )
}

/// A router that answers everything as JSON, and survives a panic.
pub(super) fn finish(router: Router<Arc<AppState>>, state: Arc<AppState>) -> Router {
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Arc::clone(&state), contained))
        .with_state(state)
}
