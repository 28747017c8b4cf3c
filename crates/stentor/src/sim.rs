//! What the API may ask of the simulated network in this process, in JSON: so that the API knows no network.
//! Implemented by `network`, called by `api/sim` and, for pacing, at accept.

mod deed;
mod phone;

use std::collections::HashMap;

use serde_json::Value;
use stentor_core::messaging_limit::Tier;
use stentor_core::time::Timestamp;
use stentor_simnet::Business;
use tokio::sync::watch;

pub use deed::{Acted, Asked, Card, Place, Press, React, Say, Switch, VERBS};
pub use phone::{
    Phone, PhoneButton, PhoneCard, PhoneList, PhoneMessage, PhoneOpened, PhoneRow, PhoneSection,
    PhoneTemplate, Said,
};

/// Something a person asked of the network that it cannot do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SimError(pub String);

/// Something a person cannot do, with the HTTP status that says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// 400: asked wrongly; 404: there is no such message; 409: not now.
    pub http: u16,
    /// What is there instead.
    pub message: String,
}

impl Refused {
    /// Asked wrongly.
    #[must_use]
    pub const fn wrong(message: String) -> Self {
        Self { http: 400, message }
    }
}

/// The business number with these ids.
#[must_use]
pub fn business(account: &impl ToString, phone_number_id: &impl ToString) -> Business {
    Business { account: account.to_string(), phone_number_id: phone_number_id.to_string() }
}

/// What a network has told the business: batches of events, up to this one.
#[derive(Debug)]
pub struct Told {
    /// How many.
    pub batches: u64,
    /// How many of them the business has recorded.
    pub recorded: watch::Receiver<u64>,
}

impl Told {
    /// Once all of it is recorded, or the network is gone.
    pub async fn recorded(mut self) {
        let _ = self.recorded.wait_for(|recorded| *recorded >= self.batches).await;
    }
}

/// A simulated network under control.
pub trait SimControl: Send + Sync {
    /// The profile of faults in force.
    fn profile(&self) -> Value;

    /// Replaces the profile; absent fields take their defaults. Returns what is now in force.
    ///
    /// # Errors
    /// A field that is unknown or out of range, in words.
    fn set_profile(&self, profile: &Value) -> Result<Value, SimError>;

    /// Forgets everything under way, the inboxes, stops, blocks and caps.
    fn reset(&self);

    /// The magic recipients: `[{number, behaviour, statuses, code}]`.
    fn recipients(&self) -> Value;

    /// What the phone of `number` shows and its person did, at most `limit` of each, newest first.
    fn phone(&self, number: &str, limit: usize) -> Phone;

    /// Makes the person do something: to `to`, else where the phone tells it, else to `otherwise`.
    ///
    /// # Errors
    /// What cannot be done, and what is there instead.
    fn act(
        &self,
        number: &str,
        asked: Asked,
        to: Option<Business>,
        otherwise: Option<Business>,
    ) -> Result<Acted, Refused>;

    /// What the business has been told until now.
    fn told(&self) -> Told;

    /// Changes whenever a phone may look different.
    fn changes(&self) -> watch::Receiver<u64>;

    /// What a person sees of an account in their chat: `{account_id, number, read_until, typing_until}`.
    fn chat(&self, account: &str, number: &str) -> Value;

    /// The words that make a template review end in one way: `[{trigger, verdict}]`.
    fn triggers(&self) -> Value;

    /// How many messages of a new or doubtful template of that name and text go out before the rest is to be held for
    /// its quality assessment; `None`: all of them. Without name and text: of a template that asks for nothing.
    fn paces(&self, name: &str, text: &str) -> Option<u32>;

    /// Whether the network itself holds every message to this address for a while: a magic recipient.
    fn holds(&self, address: &str) -> bool;

    /// Requests, statuses and what is pending, in numbers.
    fn stats(&self) -> Value;

    /// Which business each account belongs to and its tier, by account id.
    fn set_messaging_limits(&self, places: HashMap<String, (String, Tier)>);

    /// How many people the account's business has begun with in 24 hours; `None`: it has no limit.
    fn people_begun(&self, account: &str) -> Option<usize>;

    /// The clock was advanced to `now`: what has become due happens.
    fn advanced(&self, now: Timestamp);
}

/// A span of time as people write it: a whole number with `s`, `m`, `h` or `d`; seconds without.
///
/// # Errors
/// Anything else, or more than 3,650 days.
pub fn span(text: &str) -> Result<std::time::Duration, String> {
    const DAY: u64 = 86_400;
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => DAY,
        _ => 0,
    };
    let seconds = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    match seconds {
        Some(seconds) if unit > 0 && seconds <= 3_650 * DAY => Ok(std::time::Duration::from_secs(seconds)),
        _ => Err(format!("{text:?} is no span of time: a whole number with s, m, h or d, at most 3650d")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let check = |text: &str, seconds: Option<u64>| {
            assert_eq!(span(text).ok().map(|s| s.as_secs()), seconds, "{text}");
        };
        check("8d", Some(691_200));
        check("90m", Some(5_400));
        check(" 30 ", Some(30));
        check("30s", Some(30));
        check("2h", Some(7_200));
        for wrong in ["", "d", "-1d", "1.5h", "8 days", "3651d", "99999999999999999999d"] {
            check(wrong, None);
        }
    }
}
