//! Accounts: made, listed, shown, changed; the marketing terms.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use stentor_core::id::{AccountId, BusinessId};
use stentor_core::messaging_limit::Tier;
use stentor_core::registry::{Account, Autopilot, Document, DocumentKind, OnboardingHold};
use stentor_store::RegistryChange;
use stentor_wire::schema::{Text, Whole};
use utoipa::ToSchema;

use super::super::messaging_limits;
use super::super::moves::look_again;
use super::super::onboarding;
use super::super::state::AppState;
use super::account_wanted::{AccountWanted, country, described};
use super::answer::{AdminError, Answer, at, created, ok};
use super::audit::{ACTOR, audit};
use super::fields::{Fields, required};
use super::keys;
use super::scope::{OfAccount, account as find};
use crate::envelope::notice;
use crate::registry::{Plan, Snapshot};

/// Characters of an account's name.
pub(super) const NAME_CHARS_MAX: usize = 200;
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
    /// `strict` or `cloud_api_fallback`, where a message does not say.
    #[schema(example = "strict")]
    product_policy_default: &'static str,
    /// Whether marketing templates may go through `/messages`.
    marketing_on_messages: bool,
    /// Marketing messages that one person gets in any 24 hours, 0 for no cap; null: 2 from gateways, no cap from twins.
    #[schema(required = true)]
    marketing_cap_24h: Option<u8>,
    /// The same in any seven days; null: 6 from gateways, no cap from twins.
    #[schema(required = true)]
    marketing_cap_7d: Option<u8>,
    /// When no marketing leaves, in the person's local time; null: at no time.
    #[schema(required = true, example = "21:00-08:00")]
    quiet_hours: Option<String>,
    /// Payloads and labels of buttons whose tap is an opt-out, beside the stop words.
    #[schema(example = json!(["NO_MORE_OFFERS"]))]
    opt_out_payloads: Vec<String>,
    /// `off`, `watch` or `act`: what is done about templates that harm the number; null: `watch` where one of its numbers
    /// is a gateway, else `off`.
    #[schema(required = true, example = "act")]
    autopilot: Option<&'static str>,
    /// Then 6,000 templates are allowed, else 250.
    business_verified: bool,
    /// `TIER_250`, `TIER_2K`, `TIER_10K`, `TIER_100K` or `TIER_UNLIMITED`: people whom its business may begin with in 24 hours.
    #[schema(example = "TIER_UNLIMITED")]
    messaging_limit: &'static str,
    /// The business portfolio that owns it: it signs the terms, for all its accounts.
    #[schema(example = "111000111000111")]
    owner_business_id: String,
    /// Where the business sits: two letters.
    #[schema(required = true, example = "DE")]
    country: Option<String>,
    /// `on_behalf_of`, `business_app` or `internal_setup`; null: nothing stands in the way.
    #[schema(required = true)]
    onboarding_hold: Option<&'static str>,
    /// As the Graph API tells it.
    #[schema(example = "ONBOARDED")]
    marketing_messages_onboarding_status: &'static str,
    /// The same in the older field's words.
    #[schema(example = "ONBOARDED")]
    marketing_messages_lite_api_status: &'static str,
    /// RFC 3339; null: not signed.
    #[schema(required = true)]
    terms_signed_at: Option<String>,
    /// RFC 3339: when the business was invited to sign; null: it was not.
    #[schema(required = true)]
    invited_at: Option<String>,
    /// RFC 3339.
    #[schema(required = true)]
    created_at: Option<String>,
    /// Signs its webhooks; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook_secret: Option<String>,
}

/// As in a list.
fn shown(snapshot: &Snapshot, account: &Account) -> AccountShown {
    AccountShown {
        id: account.id.to_string(),
        account_id: account.id.to_string(),
        name: account.name.clone(),
        state: account.state.as_str(),
        sharing_default: account.sharing_default,
        product_policy_default: account.product_policy_default.as_str(),
        marketing_on_messages: account.marketing_on_messages,
        marketing_cap_24h: account.marketing_cap_24h,
        marketing_cap_7d: account.marketing_cap_7d,
        quiet_hours: account.quiet_hours.map(|hours| hours.to_string()),
        opt_out_payloads: account.opt_out_payloads.clone(),
        autopilot: account.autopilot.map(Autopilot::as_str),
        business_verified: account.business_verified,
        messaging_limit: snapshot.messaging_limit(account).as_str(),
        owner_business_id: account.owner_business.to_string(),
        country: account.country.clone(),
        onboarding_hold: account.onboarding_hold.map(OnboardingHold::as_str),
        marketing_messages_onboarding_status: account.onboarding().as_str(),
        marketing_messages_lite_api_status: account.onboarding().lite().as_str(),
        terms_signed_at: at(account.terms_signed_at),
        invited_at: at(account.invited_at),
        created_at: at(Some(account.created_at)),
        webhook_secret: None,
    }
}

/// The same with the secret that signs its webhooks.
fn whole(snapshot: &Snapshot, account: &Account) -> AccountShown {
    AccountShown { webhook_secret: Some(account.webhook_secret.clone()), ..shown(snapshot, account) }
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
    /// The business portfolio that owns it; a business of its own where absent.
    owner_business_id: Option<Whole>,
    /// Where the business sits: two letters.
    #[schema(example = "DE")]
    country: Option<String>,
}

/// What changes of an account; absent and null: as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a schema; never made")]
struct AccountChange {
    name: Option<Text>,
    /// `active`, `disabled`, `unpaid`, `restricted` or `locked`.
    state: Option<String>,
    sharing_default: Option<bool>,
    /// `strict` or `cloud_api_fallback`, in any case.
    #[schema(example = "strict")]
    product_policy_default: Option<String>,
    marketing_on_messages: Option<bool>,
    /// Then 6,000 templates are allowed, else 250.
    business_verified: Option<bool>,
    /// Marketing messages that one person gets in any 24 hours: 0 (no cap) to 8; null: 2 from gateways, no cap from twins.
    marketing_cap_24h: Option<Whole>,
    /// The same in any seven days; null: 6 from gateways, no cap from twins.
    marketing_cap_7d: Option<Whole>,
    /// When no marketing leaves, in the person's local time; null: at no time.
    #[schema(example = "21:00-08:00")]
    quiet_hours: Option<String>,
    /// Payloads and labels of buttons whose tap is an opt-out: a list, or text with commas between.
    opt_out_payloads: Option<Vec<String>>,
    /// `off`, `watch` or `act`; null: as its numbers say.
    autopilot: Option<String>,
    owner_business_id: Option<Whole>,
    /// Two letters; null: not known.
    #[schema(example = "DE")]
    country: Option<String>,
    /// `on_behalf_of`, `business_app` or `internal_setup`; null: nothing stands in the way.
    onboarding_hold: Option<String>,
    /// `TIER_250`, `TIER_2K`, `TIER_10K`, `TIER_100K` or `TIER_UNLIMITED`: people whom the account's business may begin with
    /// in 24 hours.
    messaging_limit: Option<String>,
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
    ok(&Accounts { accounts: snapshot.accounts().map(|a| shown(&snapshot, a)).collect() })
}

/// `GET /admin/v1/accounts/{account}`.
#[utoipa::path(
    get, path = "/", tag = "Accounts", summary = "One account, with its webhook secret",
    responses((status = 200, description = "The account", body = AccountShown)),
)]
pub async fn show(of: OfAccount) -> Answer {
    ok(&whole(&of.snapshot, &of.account))
}

/// `POST /admin/v1/accounts` `{"name", "id"?, "owner_business_id"?, "country"?}`.
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
    let business = fields.number("owner_business_id", IDS)?.map(BusinessId);
    let country = country(&mut fields)?;
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
            let fresh = Account::new(AccountId(id), &name, keys::webhook_secret(), now);
            let owner_business = business.unwrap_or(fresh.owner_business);
            let account = Account { owner_business, country: country.flatten(), ..fresh };
            let changes = vec![RegistryChange::PutAccount(account.clone())];
            let audit = audit(now, account.id, "account.create", "");
            Ok((Plan { audit, changes, notices: Vec::new() }, account))
        })
        .await?;
    created(&whole(&state.directory.snapshot(), &made))
}

/// `PATCH /admin/v1/accounts/{account}`.
#[utoipa::path(
    patch, path = "/", tag = "Accounts", summary = "Change an account",
    request_body(content = AccountChange, example = json!({"state": "active"})),
    responses((status = 200, description = "As it is now", body = AccountShown)),
)]
pub async fn change(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let wanted = AccountWanted::read(&mut fields)?;
    fields.end()?;
    let id = of.account.id;
    let (frees, limit) = (wanted.frees(), wanted.messaging_limit);
    let changed = state
        .administer(move |snapshot, now| {
            let old = find(snapshot, id)?;
            let new = wanted.over(&old);
            let (limit, detail) = (wanted.messaging_limit, described(&new, wanted.messaging_limit));
            let is_same = new == *old;
            let mut changes =
                if is_same { Vec::new() } else { vec![RegistryChange::PutAccount(new.clone())] };
            changes.extend(limit.map(|tier| limit_of(id, tier)));
            let mut notices =
                limit.map_or_else(Vec::new, |tier| messaging_limits::notices(snapshot, &old, tier));
            let audit = audit(now, id, "account.set", detail);
            notices.extend(notice::state_changed(&old, &new, now));
            Ok::<_, AdminError>((Plan { audit, changes, notices }, new))
        })
        .await?;
    messaging_limits::sync(&state);
    for what in frees {
        look_again(&state, id, None, what).await;
    }
    if limit.is_some() {
        messaging_limits::look_again(&state, &changed).await;
    }
    ok(&shown(&state.directory.snapshot(), &changed))
}

fn limit_of(account: AccountId, tier: Tier) -> RegistryChange {
    let (kind, value) = (DocumentKind::MessagingLimit, json!(tier.as_str()).to_string());
    RegistryChange::PutDocument(Document { account, channel: None, kind, value })
}

/// `POST /admin/v1/accounts/{account}/terms` `{"accept": true|false}`; true without a body.
#[utoipa::path(
    post, path = "/terms", tag = "Accounts", summary = "Accept the marketing terms, for all accounts of the business",
    request_body(content = Option<Terms>, example = json!({"accept": true})),
    responses(
        (status = 200, description = "As it is now", body = AccountShown),
        (status = 409, description = "The account's state, country or hold is in the way."),
    ),
)]
pub async fn terms(State(state): State<Arc<AppState>>, of: OfAccount, mut fields: Fields) -> Answer {
    let accept = fields.flag("accept")?.unwrap_or(true);
    fields.end()?;
    sign(&state, &of.account, accept).await
}

/// `DELETE /admin/v1/accounts/{account}/terms`: takes the signature back.
#[utoipa::path(
    delete, path = "/terms", tag = "Accounts", summary = "Take the marketing terms' signature back",
    responses((status = 200, description = "As it is now", body = AccountShown)),
)]
pub async fn withdraw(State(state): State<Arc<AppState>>, of: OfAccount) -> Answer {
    sign(&state, &of.account, false).await
}

/// An invitation to sign the terms.
#[derive(Serialize, ToSchema)]
struct Invitation {
    /// What the request is called.
    request_id: String,
}

/// `POST /admin/v1/accounts/{account}/invite`: its business is invited to sign the terms.
#[utoipa::path(
    post, path = "/invite", tag = "Accounts", summary = "Invite the account's business to sign the marketing terms",
    responses((status = 201, description = "Invited; a second time is refused with 1752041", body = Invitation)),
)]
pub async fn invite(State(state): State<Arc<AppState>>, of: OfAccount, fields: Fields) -> Answer {
    fields.end()?;
    let request_id = onboarding::invite(&state, of.account.owner_business, ACTOR).await?;
    created(&Invitation { request_id })
}

/// For the account, and for all others of its business.
async fn sign(state: &Arc<AppState>, account: &Arc<Account>, accept: bool) -> Answer {
    if accept && let Err(cannot) = onboarding::may_sign(account) {
        return Err(AdminError::conflict(cannot.field, cannot.problem));
    }
    let signed = onboarding::sign(state, account, accept, ACTOR).await?;
    ok(&shown(&state.directory.snapshot(), &signed))
}
