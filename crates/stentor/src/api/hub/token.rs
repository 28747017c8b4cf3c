//! `POST /api/v2/token`: a name and a password for a token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use stentor_store::PartnerLoginKind;
use stentor_wire::error::Shape;
use stentor_wire::reader::{Cursor, Notes, parse_json};
use stentor_wire::schema::Text;
use utoipa::ToSchema;

use super::access::{TOKEN_AGE, issue};
use super::password::is_password;
use crate::api::error::ApiError;
use crate::api::http::{bytes, json, told};
use crate::api::state::AppState;

/// A partner's user.
#[derive(ToSchema)]
#[schema(as = PartnerCredentials)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct Credentials {
    /// As it was made with `stentor hub add`.
    username: Text,
    /// Its password.
    password: Text,
}

/// A token.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerToken)]
pub struct Token {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds.
    #[schema(example = 86_400)]
    expires_in: u64,
}

/// `POST /api/v2/token`.
#[utoipa::path(
    post, path = "/api/v2/token", tag = "Partner", security(()), summary = "A token for a name and a password",
    request_body(content = Credentials, example = json!({"username": "ops@example.com", "password": "your own"})),
    responses(
        (status = 200, description = "Good for a day", body = Token),
        (status = 400, description = ""),
        (status = 401, description = "No such name, or not its password."),
    ),
)]
pub async fn token(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let outcome = made(&state, request).await;
    told(&state, Shape::Config, outcome)
}

fn read(body: &[u8]) -> Result<(String, String), ApiError> {
    let (value, notes) = (parse_json(body)?, Notes::default());
    let root = Cursor::root(&value, &notes);
    let root = root.object(&["username", "password"])?;
    Ok((root.need_string("username")?, root.need_string("password")?))
}

async fn made(state: &Arc<AppState>, request: Request) -> Result<Response, ApiError> {
    let body = bytes(state, request.into_body()).await?;
    let (name, password) = read(&body)?;
    let snapshot = state.directory.snapshot();
    let is_user = |login: &stentor_store::PartnerLogin| login.kind == PartnerLoginKind::Password;
    let login = snapshot.logins().find(|login| is_user(login) && login.name == name).cloned();
    let kept = login.as_ref().map(|login| login.hash.clone());
    // Two at a time: each takes its 19 MiB and a while.
    let _turn = state.password_checks.acquire().await.map_err(|_| ApiError::internal())?;
    let checked = tokio::task::spawn_blocking(move || is_password(&password, kept.as_deref())).await;
    let login = login.filter(|_| checked.unwrap_or(false)).ok_or_else(ApiError::invalid_key)?;
    let access_token = issue(state, &login, state.clock.now());
    Ok(json(StatusCode::OK, &Token { access_token, token_type: "Bearer", expires_in: TOKEN_AGE.as_secs() }))
}
