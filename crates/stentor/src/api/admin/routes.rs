//! The paths under `/admin/v1`. Nothing here is reached without the admin key.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::auth;
use super::super::state::AppState;
use super::answer::AdminError;
use super::{
    accounts, api_keys, audit, channels, delivery, endpoints, messages, partner, people, restored, status,
    suppressions, template_hold, template_set, templates, webhooks,
};

/// What whoever has no admin key is told.
pub const WRONG_KEY: &str = "the admin key is missing or wrong: send `Authorization: Bearer <admin key>`";

/// The paths.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    let of_account = OpenApiRouter::default()
        .routes(routes!(accounts::show, accounts::change))
        .routes(routes!(accounts::terms, accounts::withdraw))
        .routes(routes!(accounts::invite))
        .routes(routes!(channels::list_of, channels::create))
        .routes(routes!(audit::list))
        .merge(things());
    let of_channel = OpenApiRouter::default()
        .routes(routes!(channels::show, channels::change))
        .routes(routes!(api_keys::list, api_keys::make))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(endpoints::show, endpoints::put, endpoints::delete));
    let of_the_only_one = OpenApiRouter::default()
        .routes(routes!(channels::create))
        .routes(routes!(audit::list))
        .merge(things());
    let admin = OpenApiRouter::default()
        .routes(routes!(status::status))
        .routes(routes!(restored::resume))
        .routes(routes!(accounts::list, accounts::create))
        .routes(routes!(channels::list))
        .routes(routes!(partner::list, partner::add))
        .routes(routes!(partner::remove))
        .merge(or_named(of_the_only_one))
        .nest("/accounts/{account}", of_account)
        .nest("/channels/{channel}", of_channel);
    OpenApiRouter::default().nest("/admin/v1", admin)
}

/// What an account has: under its path, or beside the accounts for the only one (or `?account=`).
fn things() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default()
        .routes(routes!(templates::list, templates::create, templates::delete_named))
        .routes(routes!(templates::edit, templates::delete))
        .routes(routes!(templates::relocate))
        .routes(routes!(templates::archive))
        .routes(routes!(templates::unarchive))
        .routes(routes!(templates::unpause))
        .routes(routes!(template_hold::resume))
        .routes(routes!(templates::compare))
        .routes(routes!(template_set::set))
        .routes(routes!(messages::list))
        .routes(routes!(messages::show))
        .routes(routes!(messages::wait))
        .routes(routes!(messages::replay))
        .routes(routes!(webhooks::log))
        .routes(routes!(suppressions::note))
        .routes(routes!(suppressions::check))
        .routes(routes!(suppressions::import::import))
        .routes(routes!(suppressions::export::export))
        .routes(routes!(delivery::show, delivery::change))
        .routes(routes!(delivery::lift))
        .routes(routes!(people::export))
        .routes(routes!(people::erase))
        .routes(routes!(people::set))
        .routes(routes!(endpoints::show, endpoints::put, endpoints::delete))
}

/// Tells of `?account=` where no account is in the path.
fn or_named(mut router: OpenApiRouter<Arc<AppState>>) -> OpenApiRouter<Arc<AppState>> {
    let account = ParameterBuilder::new()
        .name("account")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("The account's id; not needed where there is only one"))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    for item in router.get_openapi_mut().paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            operation.parameters.get_or_insert_default().push(account.clone().into());
        }
    }
    router
}

/// The same router behind the admin key.
pub fn guarded(state: &Arc<AppState>, router: Router<Arc<AppState>>) -> Router<Arc<AppState>> {
    router.route_layer(from_fn_with_state(Arc::clone(state), guard))
}

async fn guard(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    match auth::admin(&state, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(_) => AdminError::new(StatusCode::UNAUTHORIZED, WRONG_KEY).into_response(),
    }
}
