//! What is left of the on-premise API for clients that still build its paths: `/v1/messages` and `/v1/contacts`. The rest
//! of `/v1/*` is gone with it (2025-10-23) and says so in the shape of its time.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use stentor_core::recipient;
use stentor_wire::error::Shape;
use stentor_wire::reader::tree;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::http::{bytes, json as answer, told};
use super::state::AppState;
use super::{auth, messages};

/// Numbers of one check.
const CONTACTS_MAX: usize = 1_000;

/// The paths that are left, and every other one.
pub fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::default().routes(routes!(send)).routes(routes!(contacts)).route("/v1/{*rest}", any(gone))
}

/// `POST /v1/messages`: as `/messages`, where the body need not name its product and success is 201.
#[utoipa::path(
    post, path = "/v1/messages", tag = "Messages", summary = "Send a message, as the on-premise API took it",
    request_body(content = Object, example = json!({
        "to": "441234567890", "type": "template",
        "template": {"name": "marketing_text_no_param", "language": {"code": "en"}}})),
    responses(
        (status = 201, description = "Accepted and kept; `Done` for a receipt", body = messages::SentOrDone, headers(
            ("x-stentor-held", description = "Why the message waits, and until when"),
            ("x-stentor-route", description = "The route, where it is not the one asked for"),
            ("x-stentor-upstream", description = "`SIMULATED` where nothing leaves this machine"),
            ("idempotent-replayed", description = "`true`: the first answer again"),
        )),
        (status = 403, description = ""),
        (status = 409, description = "The first request under this `Idempotency-Key` is still being answered."),
        (status = 422, description = ""),
        (status = 502, description = "What stands behind this number does not answer."),
    ),
)]
pub async fn send(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = match bytes(&state, body).await {
        Ok(body) => body,
        Err(error) => return told(&state, Shape::Meta, Err(error)),
    };
    let body = match tree(&body) {
        Ok(Value::Object(mut fields)) if !fields.contains_key("messaging_product") => {
            fields.insert("messaging_product".to_owned(), "whatsapp".into());
            Body::from(Value::Object(fields).to_string())
        }
        // Whatever is wrong with it, the reader of messages says.
        _ => body.into(),
    };
    let mut sent = messages::messages(State(state), Request::from_parts(head, body)).await;
    if sent.status() == StatusCode::OK {
        *sent.status_mut() = StatusCode::CREATED;
    }
    sent
}

/// One number that was asked about.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CheckedContact)]
pub struct Contact {
    input: String,
    /// `valid`: it can be a number; whether it is on WhatsApp only a message tells. `invalid` otherwise.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    wa_id: Option<String>,
}

/// What is asked.
#[derive(ToSchema)]
#[expect(dead_code, reason = "read item by item: this is its description")]
struct CheckBody {
    /// 1 to 1,000 numbers.
    contacts: Vec<String>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
struct Checked {
    contacts: Vec<Contact>,
}

/// `POST /v1/contacts` `{"contacts": ["+44 ..."]}`.
#[utoipa::path(
    post, path = "/v1/contacts", tag = "Number", summary = "Whether numbers can be numbers, as the on-premise API told it",
    request_body(content = CheckBody, example = json!({"contacts": ["+44 123 456 7890"]})),
    responses((status = 200, description = "One by one", body = Checked)),
)]
pub async fn contacts(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let outcome = check(&state, &head.headers, body).await;
    told(&state, Shape::Config, outcome)
}

async fn check(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    auth::caller(&state.directory.snapshot(), headers, state.clock.now())?;
    let body = tree(&bytes(state, body).await?)
        .map_err(|error| ApiError::new(100, format!("the body is not JSON: {error}")))?;
    let refused = || ApiError::new(100, format!("contacts: must be a list of 1 to {CONTACTS_MAX} numbers"));
    let items = body["contacts"].as_array().filter(|items| (1..=CONTACTS_MAX).contains(&items.len()));
    let input = |item: &Value| item.as_str().map(str::to_owned).or_else(|| Some(item.as_i64()?.to_string()));
    let inputs: Option<Vec<String>> = items.ok_or_else(refused)?.iter().map(input).collect();
    let contacts: Vec<Contact> = inputs
        .ok_or_else(refused)?
        .into_iter()
        .map(|input| {
            let wa_id = recipient::parse(&input).ok().map(|address| address.canonical().to_owned());
            Contact { status: if wa_id.is_some() { "valid" } else { "invalid" }, input, wa_id }
        })
        .collect();
    Ok(answer(StatusCode::OK, &Checked { contacts }))
}

/// Every other path of the on-premise API.
pub async fn gone(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let details = format!(
        "{}: the on-premise API ended on 2025-10-23; use the path without /v1 (see /docs)",
        request.uri().path()
    );
    told(&state, Shape::Config, Err(ApiError::not_found(details)))
}
