//! Links that are followed through us: the token in place of a link's own end, and who is no person. A token says which
//! button of which message, and nothing of where it leads: that is the template's and the message's to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;

use crate::id::{AccountId, MessageId};
use crate::time::Timestamp;

mod agents;

pub use agents::is_preview;

/// A link works so long after the message's own time is over.
pub const AFTER_TTL: Duration = Duration::from_hours(30 * 24);
/// Bytes of the seal.
const SEAL: usize = 10;
/// Account, message, button, end in seconds.
const BODY: usize = 8 + 8 + 1 + 4;

/// A carousel has so many cards at most, each fewer buttons than that, and so has a message itself.
const BUTTONS_MAX: u8 = 16;

/// Where in a message a button stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The carousel's card, from 0; `None`: the message's own button.
    pub card: Option<u8>,
    /// Which button, from 0.
    pub button: u8,
}

impl Place {
    /// Of a message's own button; `None` for a number that none has.
    #[must_use]
    pub fn own(button: usize) -> Option<Self> {
        u8::try_from(button)
            .ok()
            .filter(|button| *button < BUTTONS_MAX)
            .map(|button| Self { card: None, button })
    }

    /// Of a button of a card; `None` for numbers that none has.
    #[must_use]
    pub fn on_card(card: usize, button: usize) -> Option<Self> {
        let card = u8::try_from(card).ok().filter(|card| *card < BUTTONS_MAX - 1);
        Self::own(button).filter(|_| card.is_some()).map(|own| Self { card, ..own })
    }

    /// As one number: a message's own buttons from 0, those of its first card from 16, of its second from 32.
    ///
    /// ```
    /// use stentor_core::click::Place;
    /// assert_eq!(Place::own(2).map(Place::code), Some(2));
    /// assert_eq!(Place::on_card(1, 1).map(Place::code), Some(33));
    /// assert!((0..=255).all(|code| Place::of(code).code() == code));
    /// assert_eq!((Place::own(16), Place::on_card(15, 0)), (None, None));
    /// ```
    #[must_use]
    pub fn code(self) -> u8 {
        let cards = self.card.map_or(0, |card| card.min(BUTTONS_MAX - 2) + 1);
        cards * BUTTONS_MAX + self.button % BUTTONS_MAX
    }

    /// The place with that code.
    #[must_use]
    pub const fn of(code: u8) -> Self {
        Self { card: (code / BUTTONS_MAX).checked_sub(1), button: code % BUTTONS_MAX }
    }
}

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whose message.
    pub account: AccountId,
    /// Which.
    pub message: MessageId,
    /// Which of its buttons.
    pub place: Place,
    /// From then on it leads nowhere; whole seconds.
    pub ends_at: Timestamp,
}

impl Token {
    /// Of a button of a message that may be sent until `deadline`.
    #[must_use]
    pub fn new(account: AccountId, message: MessageId, place: Place, deadline: Timestamp) -> Self {
        let ends_at = Timestamp::from_secs((deadline + AFTER_TTL).secs());
        Self { account, message, place, ends_at }
    }

    /// Its text: 42 characters that need no escaping in a path.
    ///
    /// ```
    /// use stentor_core::click::{Place, Token};
    /// use stentor_core::id::{AccountId, MessageId};
    /// use stentor_core::time::Timestamp;
    /// let (key, deadline) = ([7; 32], Timestamp::from_secs(1_800_000_000));
    /// let token = Token::new(AccountId(1), MessageId(2), Place::of(0), deadline);
    /// let text = token.seal(&key);
    /// assert_eq!(text.len(), 42);
    /// assert_eq!(Token::open(&key, &text), Some(token));
    /// assert_eq!(Token::open(&[8; 32], &text), None, "of another installation");
    /// assert_eq!(Token::open(&key, &text.replacen('A', "B", 1)), None, "forged");
    /// ```
    #[must_use]
    pub fn seal(&self, key: &[u8; 32]) -> String {
        let mut bytes = Vec::with_capacity(BODY + SEAL);
        bytes.extend(self.account.0.to_be_bytes());
        bytes.extend(self.message.0.to_be_bytes());
        bytes.push(self.place.code());
        bytes.extend(u32::try_from(self.ends_at.secs()).unwrap_or(u32::MAX).to_be_bytes());
        let seal = mac(key, &bytes).finalize().into_bytes();
        bytes.extend(&seal[..SEAL]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads [`Token::seal`]; `None` for what was not sealed with this key. Says nothing of whether it has ended.
    #[must_use]
    pub fn open(key: &[u8; 32], text: &str) -> Option<Self> {
        let bytes: [u8; BODY + SEAL] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (body, seal) = bytes.split_at(BODY);
        mac(key, body).verify_truncated_left(seal).ok()?;
        let number = |from: usize| body.get(from..from + 8)?.try_into().ok().map(i64::from_be_bytes);
        let ends_at = u32::from_be_bytes(body.get(17..)?.try_into().ok()?);
        Some(Self {
            account: AccountId(number(0)?),
            message: MessageId(number(8)?),
            place: Place::of(body[16]),
            ends_at: Timestamp::from_secs(i64::from(ends_at)),
        })
    }
}

fn mac(key: &[u8; 32], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key may have any length");
    mac.update(b"click");
    mac.update(body);
    mac
}

/// What a link that can be followed through us looks like at the upstream, and whose end it is: of `https://shop/p/{{1}}`
/// the click host's address with the same variable. `None` for a link without a variable at its end: no token fits it.
///
/// ```
/// use stentor_core::click::through;
/// assert_eq!(through("https://shop/p/{{1}}", "https://go.example").as_deref(), Some("https://go.example/c/{{1}}"));
/// assert_eq!(through("https://shop/", "https://go.example"), None);
/// ```
#[must_use]
pub fn through(url: &str, click_url: &str) -> Option<String> {
    url.trim().ends_with("{{1}}").then(|| format!("{}/c/{{{{1}}}}", click_url.trim_end_matches('/')))
}

/// Whether an address that a link came to still leads where its template says: the same scheme and host, whatever stands
/// in the variable.
///
/// ```
/// use stentor_core::click::leads_home;
/// assert!(leads_home("https://shop.example/p/{{1}}", "https://shop.example/p/a?b=c"));
/// assert!(!leads_home("https://shop.example{{1}}", "https://shop.example.evil.example/"));
/// assert!(!leads_home("https://shop.example/{{1}}", "javascript:alert(1)"));
/// ```
#[must_use]
pub fn leads_home(pattern: &str, url: &str) -> bool {
    let fixed = pattern.split("{{").next().unwrap_or_default();
    let host = |text: &str| {
        let (scheme, rest) = text.split_once("://")?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        Some((scheme.to_ascii_lowercase(), rest[..end].to_ascii_lowercase()))
    };
    let is_clean = url.bytes().all(|byte| byte.is_ascii_graphic());
    is_clean
        && matches!((host(fixed), host(url)), (Some(a), Some(b)) if a == b && ["http", "https"].contains(&a.0.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No text but what was sealed opens, and it says what was sealed.
        #[test]
        fn only_what_was_sealed_opens(account: i64, message: i64, button: u8, secs in 0..3_000_000_000_i64, flip in 0..42_usize, with in "[A-Za-z0-9_-]") {
            let deadline = Timestamp::from_secs(secs);
            let token = Token::new(AccountId(account), MessageId(message), Place::of(button), deadline);
            let text = token.seal(&[3; 32]);
            prop_assert_eq!(Token::open(&[3; 32], &text), Some(token));
            let mut forged = text.clone();
            forged.replace_range(flip..=flip, &with);
            // The last character carries bits that say nothing.
            let opened = Token::open(&[3; 32], &forged);
            prop_assert!(opened.is_none() || opened == Some(token) && (forged == text || flip == 41));
        }

        #[test]
        fn nothing_else_opens(text in ".{0,64}") {
            prop_assert_eq!(Token::open(&[3; 32], &text), None);
        }

        /// Whatever the variable holds, who is led anywhere is led to the template's host.
        #[test]
        fn no_variable_leads_elsewhere(end in "[ -~]{0,24}") {
            for pattern in ["https://shop.example/p/{{1}}", "https://shop.example{{1}}"] {
                let url = pattern.replace("{{1}}", &end);
                if leads_home(pattern, &url) {
                    let rest = url.strip_prefix("https://shop.example").expect("its host");
                    prop_assert!(rest.is_empty() || rest.starts_with(['/', '?', '#', '\\']));
                }
            }
        }
    }

    #[test]
    fn programs_that_look_ahead_are_no_people() {
        for (agent, is_program) in [
            ("WhatsApp/2.23.20.0", true),
            ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", true),
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true),
            ("curl/8.5.0", true),
            ("", true),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
                false,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Cubot X70) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
                false,
            ),
        ] {
            assert_eq!(is_preview(agent), is_program, "{agent}");
        }
    }
}
