//! The paths. Customers' and operators' routers are separate, so that they can listen on separate addresses; each is
//! made of the routes of its areas, which describe themselves.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::front::Front;
use super::graph::{self, Twin};
use super::http::{contained, no_such_method, no_such_path};
use super::openapi::{self, Described, Side};
use super::state::AppState;
use super::{admin, automation, block_users, clicks, health, hub, marketing, profile, settings_legacy, sim};
use super::{media, messages, templates, upstream_webhook, webhook_config, webhooks};

/// Swagger UI's documents: title and address.
const CUSTOMERS: (&str, &str) = ("Customers", "/openapi.json");
const OPERATORS: (&str, &str) = ("Operators", "/admin/openapi.json");

/// What customers call.
fn customers(described: &Described) -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .merge(messages::routes())
        .merge(templates::routes())
        .merge(webhook_config::routes())
        .merge(webhooks::routes())
        .merge(hub::routes())
        .merge(health::routes())
        .merge(profile::routes())
        .merge(marketing::routes())
        .merge(block_users::routes())
        .merge(automation::routes())
        .merge(settings_legacy::routes())
        .merge(media::routes())
        .merge(media::routes_v1())
        .merge(upstream_webhook::routes())
        .merge(clicks::routes())
        .merge(health::open_routes())
        .routes(described.at(CUSTOMERS.1))
}

/// What operators call, with the admin key.
fn operators(simulates: bool) -> OpenApiRouter<Arc<AppState>> {
    let sim = if simulates { sim::routes() } else { OpenApiRouter::default() };
    admin::routes().merge(sim)
}

/// What operators may call without it.
fn open(described: &Described) -> OpenApiRouter<Arc<AppState>> {
    health::open_routes().routes(routes!(health::metrics)).routes(described.at(OPERATORS.1))
}

/// What is answered on one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// 360dialog's paths, and Meta's beside them.
    Customers,
    /// Everything under `/admin/v1`, and `/sim/*` where there is a simulated network.
    Operators,
    /// Both, and the pages of both.
    Both,
}

/// What is answered on one address.
pub fn front(state: &Arc<AppState>, serves: Serves) -> Front {
    let operators = (serves != Serves::Customers).then(|| operators_router(state));
    match operators {
        Some(operators) if serves == Serves::Operators => Front::of_operators(operators),
        operators => {
            let dialog = customers_router(state, operators.is_some());
            Front::of_customers(Twin::new(dialog, state), &state.cors_origins, operators)
        }
    }
}

fn customers_router(state: &Arc<AppState>, with_operators: bool) -> Router {
    let described = Described::default();
    let (router, api) = customers(&described).split_for_parts();
    described.set(with_errors(api, Side::Customers), Side::Customers);
    let documents = [CUSTOMERS, OPERATORS];
    let pages = openapi::pages("/docs", &documents[..1 + usize::from(with_operators)]);
    finish(router.merge(pages), Arc::clone(state))
}

fn operators_router(state: &Arc<AppState>) -> Router {
    let described = Described::default();
    let (guarded, mut api) = operators(state.network.is_some()).split_for_parts();
    let (open, service) = open(&described).split_for_parts();
    api.merge(service);
    described.set(with_errors(api, Side::Operators), Side::Operators);
    let router = admin::guarded(state, guarded).merge(open);
    finish(router.merge(openapi::pages("/admin/docs", &[OPERATORS])), Arc::clone(state))
}

/// The description of what customers call.
#[must_use]
pub fn describe_customers() -> Value {
    openapi::described(
        &with_errors(customers(&Described::default()).into_openapi(), Side::Customers),
        Side::Customers,
    )
}

/// The description of what operators call, the simulated network included.
#[must_use]
pub fn describe_operators() -> Value {
    let api = operators(true).merge(open(&Described::default())).into_openapi();
    openapi::described(&with_errors(api, Side::Operators), Side::Operators)
}

fn with_errors(mut api: OpenApi, side: Side) -> OpenApi {
    if side == Side::Customers {
        graph::describe(&mut api);
    }
    api.components.get_or_insert_default().schemas.extend(openapi::error_schemas(side));
    api
}

/// A router that answers everything as JSON, and survives a panic.
pub(super) fn finish(router: Router<Arc<AppState>>, state: Arc<AppState>) -> Router {
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(Arc::clone(&state), contained))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;

    /// What a router serves, `GET /path`, by its own account: so that a route without a description is seen.
    fn served(router: &Router<Arc<AppState>>) -> BTreeSet<String> {
        let told = format!("{router:?}");
        let (mut methods, mut served) = (BTreeMap::new(), BTreeSet::new());
        for (id, rest) in told.split("RouteId(").filter_map(|part| part.split_once("): ")) {
            if let Some((_, allow)) = rest.split_once("allow_header: Bytes(b\"") {
                methods.insert(id, allow.split('"').next().unwrap_or_default());
            } else if let Some(path) = rest.strip_prefix('"').and_then(|path| path.split('"').next()) {
                // axum's own, for what no path fits.
                if path == "/" || path.starts_with("/{*") {
                    continue;
                }
                let of_path = methods.get(id).into_iter().flat_map(|allow| allow.split(','));
                served.extend(
                    of_path.filter(|method| *method != "HEAD").map(|method| format!("{method} {path}")),
                );
            }
        }
        served
    }

    #[test]
    fn every_served_path_describes_itself() {
        let described = Described::default();
        for area in [customers(&described), operators(true), open(&described)] {
            let (router, api) = area.split_for_parts();
            let paths = json!(api.paths);
            let described: BTreeSet<String> = paths
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(m, _)| (m, path)))
                .map(|(method, path)| format!("{} {path}", method.to_ascii_uppercase()))
                .collect();
            assert!(!described.is_empty());
            assert_eq!(served(&router), described);
        }
    }
}
