//! Who a message goes to: a phone number or a business-scoped user id, its canonical form and its key.
//!
//! The API parses `to` and `recipient` with it; everything kept per person is filed under [`RecipientKey`].
//! Refuses only what cannot be a number; one that merely looks unassigned fails later, on the network.

use siphasher::sip::SipHasher24;

use crate::id::{AccountId, BusinessId, RecipientKey};

mod canonical;
mod country;

pub use country::{country, is_optimised, is_profiling_restricted, us_area_code};

/// Digits of an international number, without `+`.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
const USER_ID_SUFFIX_CHARS_MAX: usize = 128;

/// A recipient, checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// Digits as WhatsApp names the person (`wa_id`): may differ from what was sent in Brazil, Mexico and Argentina.
    Phone(String),
    /// A business-scoped user id: country code, dot, letters and digits.
    User(String),
}

impl Address {
    /// The one spelling of this person: `wa_id` or user id.
    #[must_use]
    pub fn canonical(&self) -> &str {
        match self {
            Self::Phone(digits) => digits,
            Self::User(id) => id,
        }
    }

    /// The digits, unless it is a user id.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        match self {
            Self::Phone(digits) => Some(digits),
            Self::User(_) => None,
        }
    }

    /// ISO 3166 code of the country, where the number or user id tells it.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        match self {
            Self::Phone(digits) => country(digits),
            Self::User(id) => id.get(..2),
        }
    }

    /// Under which everything about this person is filed: SipHash-2-4 of (account, canonical) with the store's secret.
    ///
    /// ```
    /// use stentor_core::{id::AccountId, recipient::parse};
    /// let key = |to: &str| parse(to).unwrap().key(&[1; 16], AccountId(7));
    /// assert_eq!(key("+55 (11) 8765-4321"), key("5511987654321"));
    /// assert_ne!(key("5511987654321"), parse("5511987654321").unwrap().key(&[1; 16], AccountId(8)));
    /// ```
    #[must_use]
    pub fn key(&self, secret: &[u8; 16], account: AccountId) -> RecipientKey {
        let mut bytes = account.0.to_le_bytes().to_vec();
        bytes.extend(self.canonical().as_bytes());
        RecipientKey(SipHasher24::new_with_key(secret).hash(&bytes).cast_signed())
    }
}

/// The person as a business sees them, over all its accounts: of the canonical address. Of another kind than
/// [`Address::key`], whatever the ids are.
#[must_use]
pub fn key_in_business(secret: &[u8; 16], business: BusinessId, canonical: &str) -> RecipientKey {
    let mut bytes = b"business".to_vec();
    bytes.extend(business.0.to_le_bytes());
    bytes.extend(canonical.as_bytes());
    RecipientKey(SipHasher24::new_with_key(secret).hash(&bytes).cast_signed())
}

/// Why a recipient is refused (131009).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing, or only punctuation.
    #[error("is empty: give the number with its country code, digits only")]
    Empty,
    /// `<number>`, `{{phone}}` and the like.
    #[error("still holds a placeholder: put a number with its country code there")]
    Placeholder,
    /// Something that is neither a digit nor `+ - ( )` nor a space.
    #[error("holds a character that no phone number has: digits, '+', '-', '(', ')' and spaces are allowed")]
    Character,
    /// Fewer than 7 or more than 15 digits.
    #[error("has {0} digits, a number has 7 to 15 with its country code")]
    Length(usize),
    /// No country code begins with 0.
    #[error("begins with 0: write it with its country code, without 0 or 00 in front")]
    LeadingZero,
    /// A user id that is not `CC.` and 1 to 128 letters and digits.
    #[error("is not a business-scoped user id: two capital letters, a dot, and 1 to 128 letters and digits")]
    UserId,
}

/// Reads `to`: a phone number in any usual spelling.
///
/// ```
/// use stentor_core::recipient::{Address, AddressError, parse};
/// assert_eq!(parse("+44 (1234) 567-890"), Ok(Address::Phone("441234567890".into())));
/// assert_eq!(parse("<number>"), Err(AddressError::Placeholder));
/// assert_eq!(parse("4420abc"), Err(AddressError::Character));
/// assert_eq!(parse("12345"), Err(AddressError::Length(5)));
/// ```
///
/// # Errors
/// When it cannot be an international number.
pub fn parse(to: &str) -> Result<Address, AddressError> {
    if to.contains(['<', '>', '{', '}', '[', ']']) {
        return Err(AddressError::Placeholder);
    }
    let mut digits = String::with_capacity(16);
    let mut count = 0;
    for c in to.chars().filter(|c| !matches!(c, '+' | '-' | '(' | ')') && !c.is_whitespace()) {
        if !c.is_ascii_digit() {
            return Err(AddressError::Character);
        }
        count += 1;
        if count <= *DIGITS.end() {
            digits.push(c);
        }
    }
    match count {
        0 => Err(AddressError::Empty),
        n if !DIGITS.contains(&n) => Err(AddressError::Length(n)),
        _ if digits.starts_with('0') => Err(AddressError::LeadingZero),
        _ => Ok(Address::Phone(canonical::canonical(digits))),
    }
}

/// Reads `recipient`: a business-scoped user id.
///
/// ```
/// use stentor_core::recipient::{AddressError, parse_user};
/// assert_eq!(parse_user("US.13491208655302741918").unwrap().country(), Some("US"));
/// assert_eq!(parse_user("13491208655302741918"), Err(AddressError::UserId));
/// ```
///
/// # Errors
/// When it has another shape.
pub fn parse_user(recipient: &str) -> Result<Address, AddressError> {
    let shaped = recipient.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=USER_ID_SUFFIX_CHARS_MAX).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if shaped { Ok(Address::User(recipient.to_owned())) } else { Err(AddressError::UserId) }
}

/// A recipient for logs: its last three characters.
///
/// ```
/// assert_eq!(stentor_core::recipient::mask("441234567890"), "…890");
/// assert_eq!(stentor_core::recipient::mask("12"), "…");
/// ```
#[must_use]
pub fn mask(recipient: &str) -> String {
    let chars = recipient.chars().count();
    let tail: String = recipient.chars().skip(chars.saturating_sub(3)).collect();
    format!("…{}", if chars < 6 { String::new() } else { tail })
}

#[cfg(test)]
mod tests;
