//! Accounts: made, listed, shown, changed; the marketing terms.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use stentor_core::id::AccountId;
use stentor_core::registry::{Account, AccountState, ProductPolicy};
use stentor_store::{NewNotice, RegistryChange};
use stentor_wire::schema::{Text, Whole};
use utoipa::ToSchema;

use super::super::moves::look_again;
use super::super::state::AppState;
use super::answer::{AdminError, Answer, at, created, ok};
use super::audit::audit;
use super::fields::{Fields, required};
use super::keys;
use super::scope::{OfAccount, account as find};
use crate::registry::Plan;

/// Characters of an account's name.
const NAME_CHARS_MAX: usize = 200;
/// Ids are positive and fit JavaScript's numbers.
pub(super) const IDS: std::ops::RangeInclusive<i64> = 1..=9_007_199_254_740_991;

/// An account as the operator sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
struct AccountShown {
    #[schema(example = "111000111000111")]
    id: String,
    /// The same.
    account_id: String,
    name: String,
    /// `active`, `disabled`, `unpaid`, `restricted` or `locked`.
    #[schema(example = "active")]
    state: &'static str,
    /// Whether activity is shared where a message does not say.
    sharing_default: bool,
    /// `STRICT` or `CLOUD_API_FALLBACK`, where a message does not say.
    #[schema(example = "STRICT")]
    product_policy_default: &'static str,
    /// Whether marketing templates may go through `/messages`.
    marketing_on_messages: bool,
    /// Then 6,000 templates are allowed, else 250.
    business_verified: bool,
    /// RFC 3339; null: not signed.
    #[schema(required = true)]
    terms_signed_at: Option<String>,
    /// RFC 3339.
    #[schema(required = true)]
    created_at: Option<String>,
    /// Signs its webhooks; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook_secret: Option<String>,
}

/// As in a list.
fn shown(account: &Account) -> AccountShown {
    AccountShown {
        id: account.id.to_string(),
        account_id: account.id.to_string(),
        name: account.name.clone(),
        state: account.state.as_str(),
        sharing_default: account.sharing_default,
        product_policy_default: account.product_policy_default.as_str(),
        marketing_on_messages: account.marketing_on_messages,
        business_verified: account.business_verified,
        terms_signed_at: at(account.terms_signed_at),
        created_at: at(Some(account.created_at)),
        webhook_secret: None,
    }
}

/// The same with the secret that signs its webhooks.
fn whole(account: &Account) -> AccountShown {
    AccountShown { webhook_secret: Some(account.webhook_secret.clone()), ..shown(account) }
}

/// All accounts.
#[derive(Serialize, ToSchema)]
struct Accounts {
    accounts: Vec<AccountShown>,
}

/// An account to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct NewAccount {
    #[schema(example = "Shop")]
    name: Text,
    /// An id of one's own, where it is free.
    id: Option<Whole>,
}

/// What changes of an account; absent and null: as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct AccountChange {
    name: Option<Text>,
    /// `active`, `disabled`, `unpaid`, `restricted` or `locked`.
    state: Option<String>,
    sharing_default: Option<bool>,
    /// `STRICT` or `CLOUD_API_FALLBACK`.
    product_policy_default: Option<String>,
    marketing_on_messages: Option<bool>,
}

/// Whether the marketing terms are accepted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct Terms {
    /// True when absent.
    accept: Option<bool>,
}

/// `GET /admin/v1/accounts`.
#[utoipa::path(
    get, path = "/accounts", tag = "Accounts", summary = "All accounts",
    responses((status = 200, description = "The accounts", body = Accounts)),
)]
pub async fn list(State(state): State<Arc<AppState>>) -> Answer {
    let snapshot = state.directory.snapshot();
    ok(&Accounts { accounts: snapshot.accounts().map(|a| shown(a)).collect() })
}

/// `GET /admin/v1/accounts/{account}`.
#[utoipa::path(
    get, path = "/", tag = "Accounts", summary = "One account, with its webhook secret",
    responses((status = 200, description = "The account", body = AccountShown)),
)]
pub async fn show(of: OfAccount) -> Answer {
    ok(&whole(&of.account))
}

/// `POST /admin/v1/accounts` `{"name", "id"?}`.
#[utoipa::path(
    post, path = "/accounts", tag = "Accounts", summary = "Make an account",
    request_body(content = NewAccount, example = json!({"name": "Shop"})),
    responses(
        (status = 201, description = "Made", body = AccountShown),
        (status = 409, description = "The id is taken."),
    ),
)]
pub async fn create(State(state): State<Arc<AppState>>, mut fields: Fields) -> Answer {
    let name = required("name", fields.text("name", NAME_CHARS_MAX)?)?;
    let wanted = fields.number("id", IDS)?;
    fields.end()?;
    let id_state = Arc::clone(&state);
    let made = state
        .administer(move |snapshot, now| {
            let is_taken = |id: i64| snapshot.account(AccountId(id)).is_some();
            let id = match wanted {
                Some(id) if is_taken(id) => {
                    return Err(AdminError::conflict("id", "there is such an account already"));
                }
                Some(id) => id,
                None => id_state.fresh_id(is_taken),
            };
            let account = Account::new(AccountId(id), &name, keys::webhook_secret(), now);
            let changes = vec![RegistryChange::PutAccount(account.clone())];
            let audit = audit(now, account.id, "account.create", "");
            Ok((Plan { audit, changes, notices: Vec::new() }, account))
        })
        .await?;
    created(&whole(&made))
}

/// `PATCH /admin/v1/accounts/{account}`.
#[utoipa::path(
    patch, path = "/", tag = "Accounts", summary = "Change an account",
    request_body(content = AccountChange, example = json!({"state": "active"})),
    responses((status = 200, description = "As it is now", body = AccountShown)),
)]
pub async fn change(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let words = |all: &[AccountState]| all.iter().map(|w| w.as_str()).collect::<Vec<_>>();
    let policies: Vec<_> = ProductPolicy::ALL.iter().map(|w| w.as_str()).collect();
    let name = fields.text("name", NAME_CHARS_MAX)?;
    let standing = fields.word("state", AccountState::parse, &words(AccountState::ALL))?;
    let sharing = fields.flag("sharing_default")?;
    let policy = fields.word("product_policy_default", ProductPolicy::parse, &policies)?;
    let marketing = fields.flag("marketing_on_messages")?;
    let verified = fields.flag("business_verified")?;
    fields.end()?;
    let id = of.account.id;
    let changed = state
        .administer(move |snapshot, now| {
            let old = find(snapshot, id)?;
            let new = Account {
                name: name.unwrap_or_else(|| old.name.clone()),
                state: standing.unwrap_or(old.state),
                sharing_default: sharing.unwrap_or(old.sharing_default),
                product_policy_default: policy.unwrap_or(old.product_policy_default),
                marketing_on_messages: marketing.unwrap_or(old.marketing_on_messages),
                business_verified: verified.unwrap_or(old.business_verified),
                ..Account::clone(&old)
            };
            let detail = format!(
                "state={} sharing_default={} product_policy_default={} marketing_on_messages={}",
                new.state.as_str(),
                new.sharing_default,
                new.product_policy_default.as_str(),
                new.marketing_on_messages
            );
            let is_same = new == *old;
            let changes = if is_same { Vec::new() } else { vec![RegistryChange::PutAccount(new.clone())] };
            let audit = audit(now, id, "account.set", detail);
            Ok::<_, AdminError>((Plan { audit, changes, notices: Vec::new() }, new))
        })
        .await?;
    if standing == Some(AccountState::Active) {
        look_again(&state, id, None, None).await;
    }
    ok(&shown(&changed))
}

/// `POST /admin/v1/accounts/{account}/terms` `{"accept": true|false}`; true without a body.
#[utoipa::path(
    post, path = "/terms", tag = "Accounts", summary = "Accept the marketing terms",
    request_body(content = Option<Terms>, example = json!({"accept": true})),
    responses((status = 200, description = "As it is now", body = AccountShown)),
)]
pub async fn terms(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let accept = fields.flag("accept")?.unwrap_or(true);
    fields.end()?;
    sign(&state, of.account.id, accept).await
}

/// `DELETE /admin/v1/accounts/{account}/terms`: takes the signature back.
#[utoipa::path(
    delete, path = "/terms", tag = "Accounts", summary = "Take the marketing terms' signature back",
    responses((status = 200, description = "As it is now", body = AccountShown)),
)]
pub async fn withdraw(State(state): State<Arc<AppState>>, of: OfAccount) -> Answer {
    sign(&state, of.account.id, false).await
}

async fn sign(state: &Arc<AppState>, id: AccountId, accept: bool) -> Answer {
    let signed = state
        .administer(move |snapshot, now| {
            let old = find(snapshot, id)?;
            let (action, notices) = match accept {
                true => ("terms.accept", vec![signed_notice(id)]),
                false => ("terms.withdraw", Vec::new()),
            };
            let audit = audit(now, id, action, "");
            if old.terms_signed_at.is_some() == accept {
                return Ok((Plan { audit, changes: Vec::new(), notices: Vec::new() }, old));
            }
            let new = Account { terms_signed_at: accept.then_some(now), ..Account::clone(&old) };
            let changes = vec![RegistryChange::PutAccount(new.clone())];
            Ok::<_, AdminError>((Plan { audit, changes, notices }, Arc::new(new)))
        })
        .await?;
    ok(&shown(&signed))
}

fn signed_notice(account: AccountId) -> NewNotice {
    let value = json!({"event": "MM_LITE_TERMS_SIGNED", "waba_info": {"waba_id": account.to_string()}});
    NewNotice { account, channel: None, field: "account_update".to_owned(), value: value.to_string() }
}
