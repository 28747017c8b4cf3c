//! What an operator wants changed of an account: read field by field, laid over the account as it is.

use serde_json::Value;
use stentor_core::cap::CAP_MAX;
use stentor_core::id::BusinessId;
use stentor_core::messaging_limit::Tier;
use stentor_core::quiet_hours::QuietHours;
use stentor_core::registry::{Account, AccountState, Autopilot, OnboardingHold, ProductPolicy};
use stentor_store::LookAgain;

use super::account_consent;
use super::accounts::{IDS, NAME_CHARS_MAX};
use super::answer::AdminError;
use super::fields::Fields;

/// The fields of a change; absent ones stay as they are.
pub(super) struct AccountWanted {
    name: Option<String>,
    state: Option<AccountState>,
    sharing_default: Option<bool>,
    product_policy_default: Option<ProductPolicy>,
    marketing_on_messages: Option<bool>,
    marketing_cap_24h: Option<Option<u8>>,
    marketing_cap_7d: Option<Option<u8>>,
    business_verified: Option<bool>,
    owner_business: Option<BusinessId>,
    country: Option<Option<String>>,
    onboarding_hold: Option<Option<OnboardingHold>>,
    quiet_hours: Option<Option<QuietHours>>,
    opt_out_payloads: Option<Vec<String>>,
    autopilot: Option<Option<Autopilot>>,
    /// Kept beside the account, for its whole business.
    pub messaging_limit: Option<Tier>,
}

impl AccountWanted {
    /// Takes them out of a request.
    ///
    /// # Errors
    /// The field that is wrong, and what it may be.
    pub(super) fn read(fields: &mut Fields) -> Result<Self, AdminError> {
        let states: Vec<_> = AccountState::ALL.iter().map(|word| word.as_str()).collect();
        let policies: Vec<_> = ProductPolicy::ALL.iter().map(|word| word.as_str()).collect();
        let policy = |word: &str| ProductPolicy::parse(&word.to_ascii_lowercase());
        Ok(Self {
            name: fields.text("name", NAME_CHARS_MAX)?,
            state: fields.word("state", AccountState::parse, &states)?,
            sharing_default: fields.flag("sharing_default")?,
            product_policy_default: fields.word("product_policy_default", policy, &policies)?,
            marketing_on_messages: fields.flag("marketing_on_messages")?,
            marketing_cap_24h: fields.small_or_null("marketing_cap_24h", CAP_MAX)?,
            marketing_cap_7d: fields.small_or_null("marketing_cap_7d", CAP_MAX)?,
            business_verified: fields.flag("business_verified")?,
            owner_business: fields.number("owner_business_id", IDS)?.map(BusinessId),
            country: country(fields)?,
            onboarding_hold: hold(fields)?,
            quiet_hours: account_consent::quiet_hours(fields)?,
            opt_out_payloads: account_consent::opt_out_payloads(fields)?,
            autopilot: autopilot(fields)?,
            messaging_limit: fields.word("messaging_limit", Tier::parse, &Tier::ALL.map(Tier::as_str))?,
        })
    }

    /// The account as it will be.
    pub(super) fn over(&self, old: &Account) -> Account {
        Account {
            name: self.name.clone().unwrap_or_else(|| old.name.clone()),
            state: self.state.unwrap_or(old.state),
            sharing_default: self.sharing_default.unwrap_or(old.sharing_default),
            product_policy_default: self.product_policy_default.unwrap_or(old.product_policy_default),
            marketing_on_messages: self.marketing_on_messages.unwrap_or(old.marketing_on_messages),
            marketing_cap_24h: self.marketing_cap_24h.unwrap_or(old.marketing_cap_24h),
            marketing_cap_7d: self.marketing_cap_7d.unwrap_or(old.marketing_cap_7d),
            business_verified: self.business_verified.unwrap_or(old.business_verified),
            owner_business: self.owner_business.unwrap_or(old.owner_business),
            country: self.country.clone().unwrap_or_else(|| old.country.clone()),
            onboarding_hold: self.onboarding_hold.unwrap_or(old.onboarding_hold),
            quiet_hours: self.quiet_hours.unwrap_or(old.quiet_hours),
            opt_out_payloads: self.opt_out_payloads.clone().unwrap_or_else(|| old.opt_out_payloads.clone()),
            autopilot: self.autopilot.unwrap_or(old.autopilot),
            ..old.clone()
        }
    }

    /// What may wait no longer once it is changed.
    pub(super) fn frees(&self) -> Vec<LookAgain> {
        let caps = self.marketing_cap_24h.is_some() || self.marketing_cap_7d.is_some();
        let freed = [
            (self.state == Some(AccountState::Active), LookAgain::Stopped),
            (self.quiet_hours.is_some(), LookAgain::Nights),
            (caps, LookAgain::Limits),
        ];
        freed.into_iter().filter(|(is_changed, _)| *is_changed).map(|(_, what)| what).collect()
    }
}

/// `country`: two letters, or null for none; absent: as it is.
pub(super) fn country(fields: &mut Fields) -> Result<Option<Option<String>>, AdminError> {
    match fields.take("country") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(code)) if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Ok(Some(Some(code.to_ascii_uppercase())))
        }
        Some(_) => {
            Err(AdminError::field("country", "must be two letters (ISO 3166-1) such as DE, or null for none"))
        }
    }
}

/// `autopilot`: a word, or null for what its numbers say; absent: as it is.
fn autopilot(fields: &mut Fields) -> Result<Option<Option<Autopilot>>, AdminError> {
    match fields.take("autopilot") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(word) => match word.as_str().and_then(Autopilot::parse) {
            Some(mode) => Ok(Some(Some(mode))),
            None => Err(AdminError::field(
                "autopilot",
                "must be off, watch or act, or null for what its numbers say",
            )),
        },
    }
}

/// `onboarding_hold`: a word, or null for none; absent: as it is.
fn hold(fields: &mut Fields) -> Result<Option<Option<OnboardingHold>>, AdminError> {
    match fields.take("onboarding_hold") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(word) => match word.as_str().and_then(OnboardingHold::parse) {
            Some(hold) => Ok(Some(Some(hold))),
            None => {
                let words: Vec<_> = OnboardingHold::ALL.iter().map(|hold| hold.as_str()).collect();
                let problem = format!("must be one of {}, or null for none", words.join(", "));
                Err(AdminError::field("onboarding_hold", problem))
            }
        },
    }
}

/// For the audit.
pub(super) fn described(account: &Account, limit: Option<Tier>) -> String {
    let limit = limit.map(|tier| format!(" messaging_limit={}", tier.as_str())).unwrap_or_default();
    format!(
        "state={} sharing_default={} product_policy_default={} marketing_on_messages={} marketing_cap_24h={} \
         marketing_cap_7d={} business_verified={} owner_business_id={} country={} onboarding_hold={} \
         quiet_hours={} opt_out_payloads={} autopilot={}{limit}",
        account.state.as_str(),
        account.sharing_default,
        account.product_policy_default.as_str(),
        account.marketing_on_messages,
        account.marketing_cap_24h.map_or("default".to_owned(), |cap| cap.to_string()),
        account.marketing_cap_7d.map_or("default".to_owned(), |cap| cap.to_string()),
        account.business_verified,
        account.owner_business,
        account.country.as_deref().unwrap_or("none"),
        account.onboarding_hold.map_or("none", OnboardingHold::as_str),
        account.quiet_hours.map_or_else(|| "none".to_owned(), |hours| hours.to_string()),
        account.opt_out_payloads.len(),
        account.autopilot.map_or("by its numbers", Autopilot::as_str),
    )
}
