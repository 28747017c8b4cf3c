//! The business portfolio that owns an account, and the accounts of it that the token may see: its own.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use stentor_core::registry::Account;
use stentor_wire::error::Shape;

use super::schema::{GraphAccounts, GraphInvitation, GraphObject};
use super::{Seen, account, fields};
use crate::api::error::ApiError;
use crate::api::http::{json as answer, told};
use crate::api::onboarding;
use crate::api::state::AppState;

/// The id of the business.
pub const fn of(account: &Account) -> i64 {
    account.owner_business.0
}

/// How Meta words whether the business is verified.
pub const fn verification(account: &Account) -> &'static str {
    if account.business_verified { "verified" } else { "not_verified" }
}

/// How far the business is with the marketing terms (facts/meta 1.9).
pub fn terms(account: &Account) -> Value {
    let (status, since) = account.terms();
    let day = since.map(|at| at.to_string().chars().take(10).collect::<String>());
    json!({"status": status.as_str(), "time": day})
}

/// `GET /{business_id}`.
#[utoipa::path(
    get, path = "/business", tag = "Graph", summary = "A business",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphObject)),
)]
pub async fn show(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    told(&state, Shape::Meta, one(&seen, &request))
}

fn one(seen: &Seen, request: &Request) -> Result<Response, ApiError> {
    let account = &seen.caller.account;
    let all = Map::from_iter([
        ("id".to_owned(), of(account).to_string().into()),
        ("name".to_owned(), account.name.as_str().into()),
        ("verification_status".to_owned(), verification(account).into()),
        ("marketing_messages_onboarding_status".to_owned(), terms(account)),
    ]);
    Ok(answer(StatusCode::OK, &fields::select(all, request.uri(), &["name"], "Business")?))
}

/// `GET /{business_id}/owned_whatsapp_business_accounts`.
#[utoipa::path(
    get, path = "/business/accounts", tag = "Graph", summary = "A business's accounts",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphAccounts)),
)]
pub async fn accounts(
    State(state): State<Arc<AppState>>,
    seen: Extension<Seen>,
    request: Request,
) -> Response {
    let outcome = account::told(&state, &seen.caller, request.uri()).await;
    let page = outcome.map(|account| answer(StatusCode::OK, &json!({"data": [account]})));
    told(&state, Shape::Meta, page)
}

/// `POST /{business_id}/onboard_partners_to_mm_lite`: its accounts are invited to sign the marketing terms, once.
#[utoipa::path(
    post, path = "/business/invite", tag = "Graph", summary = "Invite a business's accounts to sign the marketing terms",
    responses((status = 200, description = "The invitation's id", body = GraphInvitation)),
)]
pub async fn invite(State(state): State<Arc<AppState>>, seen: Extension<Seen>) -> Response {
    let caller = &seen.caller;
    let invited = onboarding::invite(&state, caller.account.owner_business, &caller.actor()).await;
    let invited = invited.map(|request_id| answer(StatusCode::OK, &json!({"request_id": request_id})));
    told(&state, Shape::Meta, invited)
}
