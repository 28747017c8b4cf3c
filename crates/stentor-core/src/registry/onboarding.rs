//! Where an account stands on the way to marketing messages (facts/meta 1.9): worked out, never kept.

use super::{Account, AccountState};
use crate::time::Timestamp;

words!(
    /// What stands in the way of marketing messages, besides state, payment and country.
    OnboardingHold {
        /// The account is held on behalf of another business.
        OnBehalfOf = "on_behalf_of",
        /// The number is used with the WhatsApp Business app.
        BusinessApp = "business_app",
        /// The operator has not finished setting it up.
        InternalSetup = "internal_setup",
    }
);
words!(
    /// `marketing_messages_onboarding_status` of an account.
    OnboardingStatus {
        /// Held on behalf of another business.
        OnBehalfOf = "INELIGIBLE_ON_BEHALF_OF_WABA",
        /// Disabled, locked or restricted.
        InactiveOrRestricted = "INELIGIBLE_INACTIVE_OR_RESTRICTED",
        /// The business sits where the terms cannot be signed.
        CountryNotSupported = "INELIGIBLE_COUNTRY_NOT_SUPPORTED",
        /// Used with the WhatsApp Business app.
        BusinessApp = "INELIGIBLE_USING_WHATSAPP_BUSINESS_APP",
        /// The terms can be signed.
        Eligible = "ELIGIBLE",
        /// Nobody pays yet.
        PendingPayment = "PENDING_VALID_PAYMENT_METHOD",
        /// Not set up yet.
        PendingSetup = "PENDING_INTERNAL_SETUP",
        /// The terms are signed.
        Onboarded = "ONBOARDED",
    }
);
words!(
    /// The older `marketing_messages_lite_api_status`.
    MmLiteStatus {
        /// The terms cannot be signed.
        Ineligible = "INELIGIBLE",
        /// They can.
        Eligible = "ELIGIBLE",
        /// They are.
        Onboarded = "ONBOARDED",
    }
);
words!(
    /// `marketing_messages_onboarding_status.status` of a business.
    TermsStatus {
        /// Nobody asked.
        NotStarted = "NOT_STARTED",
        /// It was invited to sign.
        RequestSent = "REQUEST_SENT",
        /// It has signed.
        Signed = "TERM_OF_SERVICE_SIGNED",
    }
);

/// Cuba, Iran, North Korea, Syria (facts/meta 1.9); the sanctioned regions of Ukraine have no code of their own.
const SANCTIONED: [&str; 4] = ["CU", "IR", "KP", "SY"];

/// Whether a business in this country cannot sign the terms. `country`: ISO 3166-1, two letters.
///
/// ```
/// assert!(stentor_core::registry::is_sanctioned("ir") && !stentor_core::registry::is_sanctioned("DE"));
/// ```
#[must_use]
pub fn is_sanctioned(country: &str) -> bool {
    SANCTIONED.iter().any(|code| code.eq_ignore_ascii_case(country))
}

impl Account {
    /// Where the account stands. What is wrong with it goes before what it has signed.
    ///
    /// ```
    /// use stentor_core::id::AccountId;
    /// use stentor_core::registry::{Account, AccountState, OnboardingStatus};
    /// use stentor_core::time::Timestamp;
    /// let account = Account::new(AccountId(1), "Shop", String::new(), Timestamp::from_secs(0));
    /// assert_eq!(account.onboarding(), OnboardingStatus::Eligible);
    /// let abroad = Account { country: Some("KP".to_owned()), ..account.clone() };
    /// assert_eq!(abroad.onboarding().as_str(), "INELIGIBLE_COUNTRY_NOT_SUPPORTED");
    /// let stopped = Account { state: AccountState::Restricted, ..account };
    /// assert_eq!(stopped.onboarding().as_str(), "INELIGIBLE_INACTIVE_OR_RESTRICTED");
    /// ```
    #[must_use]
    pub fn onboarding(&self) -> OnboardingStatus {
        match (self.state, self.onboarding_hold) {
            (AccountState::Disabled | AccountState::Restricted | AccountState::Locked, _) => {
                OnboardingStatus::InactiveOrRestricted
            }
            _ if self.country.as_deref().is_some_and(is_sanctioned) => OnboardingStatus::CountryNotSupported,
            (_, Some(OnboardingHold::OnBehalfOf)) => OnboardingStatus::OnBehalfOf,
            (_, Some(OnboardingHold::BusinessApp)) => OnboardingStatus::BusinessApp,
            _ if self.terms_signed_at.is_some() => OnboardingStatus::Onboarded,
            (AccountState::Unpaid, _) => OnboardingStatus::PendingPayment,
            (_, Some(OnboardingHold::InternalSetup)) => OnboardingStatus::PendingSetup,
            (AccountState::Active, None) => OnboardingStatus::Eligible,
        }
    }

    /// The business's side of it: where it stands, and since when.
    #[must_use]
    pub fn terms(&self) -> (TermsStatus, Option<Timestamp>) {
        match (self.terms_signed_at, self.invited_at) {
            (Some(at), _) => (TermsStatus::Signed, Some(at)),
            (None, Some(at)) => (TermsStatus::RequestSent, Some(at)),
            (None, None) => (TermsStatus::NotStarted, None),
        }
    }
}

impl OnboardingStatus {
    /// The same in the older field's three words.
    #[must_use]
    pub const fn lite(self) -> MmLiteStatus {
        match self {
            Self::Onboarded => MmLiteStatus::Onboarded,
            Self::Eligible => MmLiteStatus::Eligible,
            _ => MmLiteStatus::Ineligible,
        }
    }
}
