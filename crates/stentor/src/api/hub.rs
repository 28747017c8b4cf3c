//! The partner's API, `/api/v2`: what 360dialog's hub offers to whoever looks after many clients (facts/360dialog 7).
//! Its credentials are of the whole installation and open nothing else; a number's key opens nothing here.

mod access;
mod clients;
mod ids;
mod keys;
mod listing;
mod password;
mod templates;
mod token;
mod usage;
mod webhook_url;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use clients::channels_max;
pub use ids::partner_id;
pub use password::hash_password;

use super::state::AppState;

/// The paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(token::token))
        .routes(routes!(clients::list))
        .routes(routes!(clients::change))
        .routes(routes!(clients::channels))
        .routes(routes!(keys::make))
        .routes(routes!(usage::usage))
        .routes(routes!(usage::balance))
        .routes(routes!(webhook_url::show, webhook_url::set))
        .routes(routes!(templates::list, templates::create))
        .routes(routes!(templates::delete))
}
