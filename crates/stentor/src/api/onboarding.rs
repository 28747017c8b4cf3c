//! The marketing messages terms: a business signs them once, for all the accounts it has then (facts/meta 1.9).
//! Called by the operator's API and by the Graph twin; sends are judged by `core::admission`.

use std::sync::Arc;

use stentor_core::id::{AccountId, BusinessId};
use stentor_core::registry::{Account, OnboardingStatus};
use stentor_core::template::Refusal;
use stentor_core::time::Timestamp;
use stentor_store::{Audit, NewNotice, RegistryChange, StoreError};

use super::error::ApiError;
use super::state::AppState;
use crate::clock::random;
use crate::envelope::notice;
use crate::registry::Plan;

/// `error_subcode` of a second invitation.
const DUPLICATE_REQUEST: u32 = 1_752_041;

/// Why an account's business cannot sign.
#[derive(Debug)]
pub struct CannotSign {
    /// Which of the account's fields is in the way.
    pub field: &'static str,
    /// What is wrong, and what would help.
    pub problem: String,
}

/// Whether the account can be signed for.
///
/// # Errors
/// What is in the way.
pub fn may_sign(account: &Account) -> Result<(), CannotSign> {
    let (field, problem) = match account.onboarding() {
        OnboardingStatus::CountryNotSupported => {
            let country = account.country.as_deref().unwrap_or_default();
            ("country", format!("a business in {country} cannot sign the marketing messages terms"))
        }
        OnboardingStatus::InactiveOrRestricted => {
            let state = account.state.as_str();
            (
                "state",
                format!(
                    "the account is {state}: make it active first, `stentor account set ID state=active`"
                ),
            )
        }
        OnboardingStatus::OnBehalfOf | OnboardingStatus::BusinessApp => {
            let hold = account.onboarding_hold.map_or("", |hold| hold.as_str());
            ("onboarding_hold", format!("is {hold}: marketing messages are not for such accounts"))
        }
        _ => return Ok(()),
    };
    Err(CannotSign { field, problem })
}

/// Signs for an account and every other of its business that can be signed for, or takes the signature back; each hears
/// of it. Returns the account as it is then.
///
/// # Errors
/// The store.
pub async fn sign(
    state: &Arc<AppState>,
    account: &Arc<Account>,
    accept: bool,
    actor: &str,
) -> Result<Arc<Account>, StoreError> {
    let snapshot = state.directory.snapshot();
    let is_other = |other: &&Arc<Account>| {
        other.owner_business == account.owner_business && other.id != account.id && may_sign(other).is_ok()
    };
    let others: Vec<AccountId> = snapshot.accounts().filter(is_other).map(|other| other.id).collect();
    let action = if accept { "terms.accept" } else { "terms.withdraw" };
    let signed = change(state, account.id, (actor, action), move |old, now| Account {
        terms_signed_at: if accept { old.terms_signed_at.or(Some(now)) } else { None },
        ..old.clone()
    });
    let signed = signed.await?;
    for id in others {
        change(state, id, (actor, action), move |old, now| Account {
            terms_signed_at: if accept { old.terms_signed_at.or(Some(now)) } else { None },
            ..old.clone()
        })
        .await?;
    }
    Ok(signed.unwrap_or_else(|| Arc::clone(account)))
}

/// Books that the business invited its accounts' partner to sign; its name for the request.
///
/// # Errors
/// 404 for a business without accounts, 100 with subcode 1752041 for a second invitation; the store.
pub async fn invite(state: &Arc<AppState>, business: BusinessId, actor: &str) -> Result<String, ApiError> {
    let snapshot = state.directory.snapshot();
    let own: Vec<_> = snapshot.accounts().filter(|account| account.owner_business == business).collect();
    if own.is_empty() {
        return Err(ApiError::not_found(format!("there is no business {business}")));
    }
    if own.iter().any(|account| account.invited_at.is_some() || account.terms_signed_at.is_some()) {
        let message = "the business was invited before, or has signed".to_owned();
        let (field, subcode) = ("business".to_owned(), Some(DUPLICATE_REQUEST));
        return Err(Refusal { field, subcode, message }.into());
    }
    for account in own {
        let invited = |old: &Account, now| Account { invited_at: Some(now), ..old.clone() };
        change(state, account.id, (actor, "terms.invite"), invited).await?;
    }
    Ok((u64::from_le_bytes(random()) >> 12).to_string())
}

/// A real upstream says that an account's business has signed: booked, and told by whoever passes it on.
///
/// # Errors
/// The store.
pub async fn signed_upstream(
    state: &Arc<AppState>,
    account: AccountId,
    business: Option<BusinessId>,
) -> Result<(), StoreError> {
    let booked = move |old: &Account, now| Account {
        terms_signed_at: old.terms_signed_at.or(Some(now)),
        owner_business: business.unwrap_or(old.owner_business),
        ..old.clone()
    };
    quietly(state, account, ("network", "terms.accept"), booked).await.map(drop)
}

/// Changes an account; a new signature is told.
async fn change(
    state: &Arc<AppState>,
    id: AccountId,
    by: (&str, &'static str),
    change: impl FnOnce(&Account, Timestamp) -> Account + Send + 'static,
) -> Result<Option<Arc<Account>>, StoreError> {
    let told = |old: &Account, new: &Account| {
        let is_news = old.terms_signed_at.is_none() && new.terms_signed_at.is_some();
        is_news.then(|| notice::terms_signed(new)).into_iter().collect()
    };
    write(state, id, by, change, told).await
}

async fn quietly(
    state: &Arc<AppState>,
    id: AccountId,
    by: (&str, &'static str),
    change: impl FnOnce(&Account, Timestamp) -> Account + Send + 'static,
) -> Result<Option<Arc<Account>>, StoreError> {
    write(state, id, by, change, |_, _| Vec::new()).await
}

async fn write(
    state: &Arc<AppState>,
    id: AccountId,
    (actor, action): (&str, &'static str),
    change: impl FnOnce(&Account, Timestamp) -> Account + Send + 'static,
    told: impl FnOnce(&Account, &Account) -> Vec<NewNotice> + Send + 'static,
) -> Result<Option<Arc<Account>>, StoreError> {
    let actor = actor.to_owned();
    state
        .administer(move |snapshot, now| {
            let audit =
                Audit { at: now, actor, account: id, action: action.to_owned(), detail: String::new() };
            let Some(old) = snapshot.account(id) else {
                return Ok((Plan { audit, changes: Vec::new(), notices: Vec::new() }, None));
            };
            let new = change(old, now);
            let notices = told(old, &new);
            let is_same = new == **old;
            let changes = if is_same { Vec::new() } else { vec![RegistryChange::PutAccount(new.clone())] };
            Ok((Plan { audit, changes, notices }, Some(Arc::new(new))))
        })
        .await
}
