//! `…/waba_accounts/{waba_account_id}/waba_templates`: an account's templates, by the handlers of `/v1/configs/templates`.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::Uri;
use stentor_core::id::AccountId;
use stentor_wire::error::Shape;
use stentor_wire::template::schema::{DefinitionBody, WabaTemplateCreated, WabaTemplatePage};

use super::access::partner;
use super::ids;
use crate::api::error::ApiError;
use crate::api::http::told;
use crate::api::state::AppState;
use crate::api::templates;
use crate::registry::Caller;

const ROOT: &str = "/v1/configs/templates";

/// `GET …/waba_templates`.
#[utoipa::path(
    get, path = "/api/v2/partners/{partner_id}/waba_accounts/{waba_account_id}/waba_templates", tag = "Partner",
    summary = "An account's templates, as `/v1/configs/templates` lists them",
    responses((status = 200, description = "As there", body = WabaTemplatePage)),
)]
pub async fn list(
    state: State<Arc<AppState>>,
    Path(of): Path<(String, String)>,
    request: Request,
) -> Response {
    match handed(&state, &of, None, request) {
        Ok(request) => templates::list_legacy(state, request).await,
        Err(error) => told(&state, Shape::Config, Err(error)),
    }
}

/// `POST …/waba_templates`.
#[utoipa::path(
    post, path = "/api/v2/partners/{partner_id}/waba_accounts/{waba_account_id}/waba_templates", tag = "Partner",
    summary = "Create a template, as `POST /v1/configs/templates`",
    request_body(content = DefinitionBody, example = json!({
        "name": "spring_sale", "language": "en", "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Spring is here, and so is our sale."}]})),
    responses((status = 201, description = "As there", body = WabaTemplateCreated)),
)]
pub async fn create(
    state: State<Arc<AppState>>,
    Path(of): Path<(String, String)>,
    request: Request,
) -> Response {
    match handed(&state, &of, None, request) {
        Ok(request) => templates::create_legacy(state, request).await,
        Err(error) => told(&state, Shape::Config, Err(error)),
    }
}

/// `DELETE …/waba_templates/{which}`.
#[utoipa::path(
    delete, path = "/api/v2/partners/{partner_id}/waba_accounts/{waba_account_id}/waba_templates/{which}",
    tag = "Partner", summary = "Delete a template by its name or id",
    responses((status = 200, description = "As there", body = templates::Deleted)),
)]
pub async fn delete(
    state: State<Arc<AppState>>,
    Path((of, waba, which)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    match handed(&state, &(of, waba), Some(&which), request) {
        Ok(request) => templates::delete_legacy(state, request).await,
        Err(error) => told(&state, Shape::Config, Err(error)),
    }
}

/// The request as one of a number of the account, to the customers' path.
fn handed(
    state: &AppState,
    (of, waba): &(String, String),
    which: Option<&str>,
    mut request: Request,
) -> Result<Request, ApiError> {
    partner(state, request.headers(), of)?;
    let id = AccountId(ids::number(waba, "WA")?);
    let snapshot = state.directory.snapshot();
    let gone = |what: &str| ApiError::not_found(format!("{waba}: {what}"));
    let account = snapshot.account(id).ok_or_else(|| gone("there is no such account"))?;
    let channel = snapshot.channels_of(id).next().ok_or_else(|| gone("it has no channel yet"))?;
    let caller = Caller { account: Arc::clone(account), channel: Arc::clone(channel), key: [0; 32] };
    let path = which.map_or_else(|| ROOT.to_owned(), |which| format!("{ROOT}/{which}"));
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let uri = format!("{path}{query}").parse::<Uri>();
    *request.uri_mut() = uri.map_err(|_| gone("there is no such template"))?;
    request.extensions_mut().insert(caller);
    Ok(request)
}
