//! The rules both decisions share, each one sentence with its code and its details.

use super::{Endpoint, Note, Request};
use crate::reason::{self, dialog360};
use crate::registry::{Account, AccountState, Channel, ChannelState, ProductPolicy, Template};
use crate::route::Route;
use crate::sync::{SYNC, SyncClock, SyncState, state};
use crate::template::{Category, TemplateStatus};
use crate::time::Timestamp;

/// Characters of a refusal's details: they quote what was sent, which may be a body's whole length.
const DETAILS_CHARS_MAX: usize = 2_000;

/// A refusal: what the caller is told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Row of the error table.
    pub code: u32,
    /// HTTP status; 0: the row's own.
    pub http: u16,
    /// What stands in `error.message`.
    pub words: Words,
    /// `error_data.details`: names the field and the fix, in at most 2000 characters.
    pub details: String,
}

/// What stands in `error.message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// `(#code)` and the row's title.
    Table,
    /// `(#code)` and this title.
    Title(&'static str),
    /// Exactly this: a text of 360dialog's gateway.
    Exactly(&'static str),
}

impl Refused {
    /// A refusal in the table's words.
    #[must_use]
    pub fn new(code: u32, details: impl Into<String>) -> Self {
        let mut details = details.into();
        if let Some((end, _)) = details.char_indices().nth(DETAILS_CHARS_MAX) {
            details.truncate(end);
            details.push('…');
        }
        Self { code, http: 0, words: Words::Table, details }
    }

    fn gateway(code: u32, http: u16, text: &'static str, details: &str) -> Self {
        Self { code, http, words: Words::Exactly(text), details: details.to_owned() }
    }

    pub(super) fn not_a_template() -> Self {
        Self::new(100, reason::NOT_A_TEMPLATE)
    }

    pub(super) fn unsupported(word: &str) -> Self {
        Self::new(131_051, format!("type: `{word}` messages are for groups, which are not supported"))
    }

    pub(super) fn group() -> Self {
        Self::new(100, "recipient_type: must be `individual` on this endpoint, groups are not supported")
    }

    pub(super) fn to_itself() -> Self {
        Self::new(131_021, "to: is the sending number itself; a recipient must be another number")
    }

    pub(super) fn no_template(name: &str, language: &str, languages: &[&str]) -> Self {
        let there_is = if languages.is_empty() {
            "; this account has no template of that name".to_owned()
        } else {
            format!("; this account has it in: {}", languages.join(", "))
        };
        Self::new(132_001, format!("template name ({name}) does not exist in {language}{there_is}"))
    }

    pub(super) fn syncing(template: &Template) -> Self {
        let name = &template.name;
        let details = format!("template name ({name}) is syncing with the ad account: wait up to 10 minutes");
        Self::new(134_101, details)
    }
}

/// Whether the account and the channel may send at all.
///
/// # Errors
/// The text of 360dialog's gateway, or Meta's integrity code.
pub fn standing(account: &Account, channel: &Channel) -> Result<(), Refused> {
    let gateway = Refused::gateway;
    match channel.state {
        ChannelState::Active => {}
        ChannelState::Blocked => {
            return Err(gateway(10, 403, dialog360::BLOCKED, "this number's endpoints are blocked"));
        }
        ChannelState::Unregistered => {
            return Err(Refused::new(133_010, "the sending number is not registered"));
        }
        ChannelState::Unavailable => {
            return Err(gateway(
                2,
                502,
                dialog360::UNAVAILABLE,
                "what stands behind this number does not answer",
            ));
        }
    }
    match account.state {
        AccountState::Active => Ok(()),
        AccountState::Disabled => {
            Err(gateway(131_031, 400, dialog360::DISABLED, "the account is switched off; ask its operator"))
        }
        AccountState::Unpaid => {
            Err(gateway(131_042, 400, dialog360::LACK_OF_PAYMENT, "the account's invoices are overdue"))
        }
        AccountState::Restricted => {
            Err(Refused::new(368, "the account is temporarily blocked for policy violations"))
        }
        AccountState::Locked => Err(Refused::new(131_031, "the account is locked")),
    }
}

/// A template that its reviewer has not let through does not exist for a send.
pub(super) fn reviewed(template: &Template) -> Result<(), Refused> {
    match template.status {
        TemplateStatus::Approved | TemplateStatus::Paused | TemplateStatus::Disabled => Ok(()),
        status => {
            let Template { name, language, .. } = template;
            let details = format!(
                "template name ({name}) in {language} has the status {status}, only APPROVED can be sent"
            );
            Err(Refused::new(132_001, details))
        }
    }
}

/// A template that was let through may have been stopped since.
pub(super) fn sendable(template: &Template) -> Result<(), Refused> {
    let Template { name, language, .. } = template;
    match template.status {
        TemplateStatus::Paused => Err(Refused::new(
            132_015,
            format!("template name ({name}) in {language} is paused for low quality"),
        )),
        TemplateStatus::Disabled => Err(Refused::new(
            132_016,
            format!("template name ({name}) in {language} is disabled for low quality"),
        )),
        _ => Ok(()),
    }
}

/// The way the path and the category give, before terms are looked at.
pub(super) fn way(
    request: &Request<'_>,
    account: &Account,
    channel: &Channel,
    category: Category,
) -> Result<Route, Refused> {
    match (request.endpoint, category) {
        (Endpoint::Marketing, Category::Marketing) => Ok(Route::Optimised),
        (Endpoint::Marketing, _) => Err(Refused::new(131_055, reason::NOT_MARKETING)),
        (Endpoint::Messages, Category::Marketing)
            if channel.automatic_routing && account.terms_signed_at.is_some() && !request.to_group =>
        {
            Ok(Route::Optimised)
        }
        (Endpoint::Messages, Category::Marketing) if !account.marketing_on_messages => Err(Refused::new(
            131_063,
            "marketing templates are switched off on /messages for this account: send to /marketing_messages",
        )),
        (Endpoint::Messages, _) => Ok(Route::Classic),
    }
}

fn policy(request: &Request<'_>, account: &Account) -> ProductPolicy {
    request.product_policy.unwrap_or(account.product_policy_default)
}

/// The optimised way needs the account's signature, unless the policy lets it fall back.
pub(super) fn terms(request: &Request<'_>, account: &Account, way: Route) -> Result<(), Refused> {
    let signed = account.terms_signed_at.is_some() || way == Route::Classic;
    if signed || policy(request, account) == ProductPolicy::CloudApiFallback {
        return Ok(());
    }
    let details = format!("sign them with `stentor account terms {} accept`", account.id);
    Err(Refused { words: Words::Title(reason::TERMS_NOT_ACCEPTED), ..Refused::new(200, details) })
}

/// The way after the terms, and what to say of it.
pub(super) fn fallback(request: &Request<'_>, account: &Account, way: Route) -> (Route, Option<Note>) {
    match (way, request.endpoint, account.terms_signed_at) {
        (Route::Optimised, Endpoint::Marketing, None) => (Route::Classic, Some(Note::FellBack)),
        (Route::Optimised, Endpoint::Messages, _) => (way, Some(Note::Rerouted)),
        _ => (way, None),
    }
}

/// The template's sync clock.
pub(super) fn clock(template: &Template) -> SyncClock {
    SyncClock {
        approved_at: template.approved_at.unwrap_or(template.created_at),
        last_used_at: template.last_used_at,
        resynced_at: template.resynced_at,
    }
}

/// Where the sync stands. A fixture stays as it is: synced once it was approved, else syncing for ever.
#[must_use]
pub fn sync_state(template: &Template, now: Timestamp) -> SyncState {
    match (template.pinned, template.approved_at) {
        (true, Some(_)) => SyncState::Synced,
        (true, None) => SyncState::Syncing { until: now + SYNC },
        (false, _) => state(&clock(template), now),
    }
}
