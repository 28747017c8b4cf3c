//! Who may use the partner's API (`/api/v2`): users with a password, and keys. Secrets are shown once, kept hashed.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde::Serialize;
use stentor_core::id::AccountId;
use stentor_store::{PartnerLogin, PartnerLoginKind, RegistryChange};
use stentor_wire::schema::Text;
use utoipa::ToSchema;

use super::super::hub::{hash_password, partner_id};
use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, created, ok};
use super::audit::audit;
use super::fields::{Fields, required};
use super::keys;
use crate::registry::{Plan, hash_key};

const NAME_CHARS_MAX: usize = 100;
const PASSWORD_CHARS_MAX: usize = 200;
/// Passwords that are chosen are at least so long.
const PASSWORD_CHARS_MIN: usize = 12;
/// Logins of one installation.
const LOGINS_MAX: usize = 100;

/// A login of the partner's.
#[derive(Serialize, ToSchema)]
#[schema(as = PartnerLogin)]
pub struct LoginShown {
    #[schema(example = "ops@example.com")]
    name: String,
    /// `password` or `key`.
    #[schema(example = "password")]
    kind: &'static str,
    /// RFC 3339.
    #[schema(required = true)]
    created_at: Option<String>,
    /// The id in the partner's paths.
    #[schema(example = "123456PA")]
    partner_id: String,
    /// When it is made, unless it was given: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    password: Option<String>,
    /// When it is made: shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    api_key: Option<String>,
}

/// All logins of the partner's.
#[derive(Serialize, ToSchema)]
pub struct PartnerLogins {
    /// The id in the partner's paths.
    #[schema(example = "123456PA")]
    partner_id: String,
    /// By name.
    logins: Vec<LoginShown>,
}

/// A login to be made, or its password anew.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
pub struct NewPartnerLogin {
    #[schema(example = "ops@example.com")]
    name: Text,
    /// `password` (when absent) or `key`.
    kind: Option<String>,
    /// At least 12 characters; made here when absent.
    password: Option<Text>,
}

fn shown(state: &AppState, login: &PartnerLogin) -> LoginShown {
    LoginShown {
        name: login.name.clone(),
        kind: login.kind.as_str(),
        created_at: at(Some(login.created_at)),
        partner_id: partner_id(state),
        password: None,
        api_key: None,
    }
}

/// `GET /admin/v1/partner/logins`.
#[utoipa::path(
    get, path = "/partner/logins", tag = "Partner", summary = "Who may use the partner's API",
    responses((status = 200, description = "By name, without secrets", body = PartnerLogins)),
)]
pub async fn list(State(state): State<Arc<AppState>>) -> Answer {
    let snapshot = state.directory.snapshot();
    let logins = snapshot.logins().map(|login| shown(&state, login)).collect();
    ok(&PartnerLogins { partner_id: partner_id(&state), logins })
}

/// `POST /admin/v1/partner/logins` `{"name", "kind"?, "password"?}`: one of that name is replaced, and its tokens end.
#[utoipa::path(
    post, path = "/partner/logins", tag = "Partner", summary = "Make a login for the partner's API; its secret is shown this once",
    request_body(content = NewPartnerLogin, example = json!({"name": "ops@example.com"})),
    responses((status = 201, description = "Made", body = LoginShown)),
)]
pub async fn add(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let name = required("name", fields.text("name", NAME_CHARS_MAX)?)?;
    let kind = fields.word("kind", PartnerLoginKind::parse, &["password", "key"])?;
    let kind = kind.unwrap_or(PartnerLoginKind::Password);
    let given = fields.text("password", PASSWORD_CHARS_MAX)?;
    fields.end()?;
    if given.as_ref().is_some_and(|text| text.chars().count() < PASSWORD_CHARS_MIN) {
        return Err(AdminError::field(
            "password",
            format!("must be at least {PASSWORD_CHARS_MIN} characters long"),
        ));
    }
    let is_given = given.is_some();
    let secret = given.unwrap_or_else(keys::api_key);
    let hash = match kind {
        PartnerLoginKind::Key if is_given => {
            return Err(AdminError::field("password", "a key is made here, not given"));
        }
        PartnerLoginKind::Key => hash_key(&secret).iter().map(|byte| format!("{byte:02x}")).collect(),
        PartnerLoginKind::Password => {
            let password = secret.clone();
            let hashed = tokio::task::spawn_blocking(move || hash_password(&password)).await;
            hashed.map_err(|_| super::super::error::ApiError::internal())?
        }
    };
    let made = state
        .administer(move |snapshot, now| {
            let is_new = !snapshot.logins().any(|login| login.name == name);
            if is_new && snapshot.logins().count() >= LOGINS_MAX {
                return Err(AdminError::conflict("name", format!("there are {LOGINS_MAX} logins already")));
            }
            let audit = audit(now, AccountId::INSTALLATION, "partner.login", name.clone());
            let login = PartnerLogin { name, kind, hash, created_at: now };
            let changes = vec![RegistryChange::PutLogin(login.clone())];
            Ok((Plan { audit, changes, notices: Vec::new() }, login))
        })
        .await?;
    let (is_key, secret) = (kind == PartnerLoginKind::Key, Some(secret));
    created(&LoginShown {
        api_key: secret.clone().filter(|_| is_key),
        password: secret.filter(|_| !is_key && !is_given),
        ..shown(&state, &made)
    })
}

/// `DELETE /admin/v1/partner/logins/{name}`: its tokens end with it.
#[utoipa::path(
    delete, path = "/partner/logins/{name}", tag = "Partner", summary = "Remove a login of the partner's API",
    params(("name" = String, Path, description = "Its name", example = "ops@example.com")),
    responses((status = 200, description = "As it was", body = LoginShown)),
)]
pub async fn remove(State(state): State<Arc<AppState>>, Path(name): Path<String>) -> Answer {
    let gone = state
        .administer(move |snapshot, now| {
            let Some(login) = snapshot.logins().find(|login| login.name == name).cloned() else {
                return Err(AdminError::not_found(format!(
                    "there is no login {name:?}: see `stentor hub list`"
                )));
            };
            let audit = audit(now, AccountId::INSTALLATION, "partner.remove", name.clone());
            let changes = vec![RegistryChange::RemoveLogin(name)];
            Ok((Plan { audit, changes, notices: Vec::new() }, login))
        })
        .await?;
    ok(&shown(&state, &gone))
}
