//! The WABA as Graph shows and changes it: `GET` and `POST /{waba_id}`, its numbers.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};
use stentor_core::registry::{Account, AccountState, DocumentKind};
use stentor_store::{Audit, RegistryChange};
use stentor_wire::error::Shape;

use super::number::{of_account, success};
use super::schema::{GraphAccount, GraphAccountBody, GraphNumbers};
use super::{Seen, business, fields};
use crate::api::error::ApiError;
use crate::api::health;
use crate::api::http::{Done, json as answer, told as answered};
use crate::api::parameters;
use crate::api::state::AppState;
use crate::registry::{Caller, Plan};

const USUAL: [&str; 4] = ["name", "timezone_id", "currency", "message_template_namespace"];
const NODE: &str = "WhatsAppBusinessAccount";

/// `GET /{waba_id}`.
#[utoipa::path(
    get, path = "/account", tag = "Graph", summary = "An account",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphAccount)),
)]
pub async fn show(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let outcome = told(&state, &seen.caller, request.uri()).await;
    answered(&state, Shape::Meta, outcome.map(|body| answer(StatusCode::OK, &body)))
}

/// The account with the fields asked for.
///
/// # Errors
/// A field there is not; the store.
pub async fn told(state: &AppState, caller: &Caller, uri: &Uri) -> Result<Value, ApiError> {
    let Caller { account, channel, .. } = caller;
    let onboarding = account.onboarding();
    let snapshot = state.directory.snapshot();
    let kept = snapshot.document(account.id, None, DocumentKind::DegreesOfFreedom);
    let freedom: Value = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let id = account.id;
    let all = json!({
        "id": id.to_string(),
        "name": account.name,
        "currency": "USD",
        "timezone_id": "1",
        "country": account.country,
        "message_template_namespace": stentor_wire::template::namespace(id.0),
        "account_review_status": "APPROVED",
        "business_verification_status": business::verification(account),
        "ownership_type": "SELF",
        "status": if account.state == AccountState::Active { "ACTIVE" } else { "DISABLED" },
        "marketing_messages_onboarding_status": onboarding.as_str(),
        "marketing_messages_lite_api_status": onboarding.lite().as_str(),
        "owner_business_info": {
            "id": business::of(account).to_string(),
            "name": account.name,
            "marketing_messages_onboarding_status": business::terms(account),
        },
        "whatsapp_business_manager_messaging_limit": snapshot.messaging_limit(account).as_str(),
        "degrees_of_freedom_spec": freedom,
        "disable_marketing_messages_on_cloud_api": !account.marketing_on_messages,
        "health_status": health::of(state, account, channel).await?,
    });
    let Value::Object(all) = all else { return Ok(all) };
    fields::select(all, uri, &USUAL, NODE)
}

/// `GET /{waba_id}/phone_numbers`.
#[utoipa::path(
    get, path = "/account/phone_numbers", tag = "Graph", summary = "An account's numbers",
    params(("fields" = Option<String>, Query, description = "The fields wanted, with commas between; the usual ones when absent")),
    responses((status = 200, description = "As asked for", body = GraphNumbers)),
)]
pub async fn phone_numbers(
    State(state): State<Arc<AppState>>,
    seen: Extension<Seen>,
    request: Request,
) -> Response {
    let outcome = of_account(&state, &seen.caller.account, request.uri()).await;
    answered(&state, Shape::Meta, outcome.map(|data| answer(StatusCode::OK, &json!({"data": data}))))
}

/// `POST /{waba_id}`: settings of the account.
#[utoipa::path(
    post, path = "/account", tag = "Graph", summary = "Change an account",
    request_body(content((Option<GraphAccountBody> = "application/json"), (Option<GraphAccountBody> = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "As asked for", body = Done)),
)]
pub async fn change(State(state): State<Arc<AppState>>, seen: Extension<Seen>, request: Request) -> Response {
    let outcome = async {
        let fields = parameters::parameters(&state, request).await?;
        set(&state, &seen.caller, &fields).await
    };
    let outcome = outcome.await;
    answered(&state, Shape::Meta, outcome)
}

async fn set(
    state: &Arc<AppState>,
    caller: &Caller,
    fields: &Map<String, Value>,
) -> Result<Response, ApiError> {
    let off = parameters::flag(fields, "disable_marketing_messages_on_cloud_api")?;
    let insights = parameters::flag(fields, "is_enabled_for_insights")?;
    if let Some(spec) = fields.get("degrees_of_freedom_spec") {
        let spec = parameters::object(spec, "degrees_of_freedom_spec")?;
        state.keep(caller, false, DocumentKind::DegreesOfFreedom, Value::Object(spec).to_string()).await?;
    }
    if let Some(on) = insights {
        state.keep(caller, false, DocumentKind::TemplateAnalytics, on.to_string()).await?;
    }
    let (id, actor) = (caller.account.id, caller.actor());
    state
        .administer(move |snapshot, at| {
            let changed =
                snapshot.account(id).zip(off).filter(|(old, off)| old.marketing_on_messages == *off);
            let changed =
                changed.map(|(old, off)| Account { marketing_on_messages: !off, ..Account::clone(old) });
            let detail = changed.as_ref().map_or_else(String::new, |account| {
                format!("marketing_on_messages={}", account.marketing_on_messages)
            });
            let audit = Audit { at, actor, account: id, action: "account.set".to_owned(), detail };
            let changes = changed.map(RegistryChange::PutAccount).into_iter().collect();
            Ok::<_, ApiError>((Plan { audit, changes, notices: Vec::new() }, ()))
        })
        .await?;
    Ok(success())
}
