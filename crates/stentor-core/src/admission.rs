//! Whether a message may be accepted ([`admit`]) and, with fresh facts, whether it may still leave ([`readmit`]).
//!
//! The API asks the first before anything is stored, the dispatcher the second before every send: an opt-out, a paused
//! template or a passed deadline in between stops the message. Both read the same rules; neither reads a clock.
//! A channel's speed is not decided here: it is a budget, debited where a send begins. So are a person's limits
//! ([`PersonLimits`]), but what is over them waits, or is stopped, by the second look.

mod again;
mod rules;
mod spent;

#[cfg(test)]
mod tests;

pub use again::{Again, Known, night, readmit};
pub use rules::{Refused, Words, standing, sync_state};
pub use spent::{PersonLimits, Spent};

use crate::message::WaitReason;
use crate::recipient::Address;
use crate::registry::{Account, Channel, ProductPolicy, Template};
use crate::route::Route;
use crate::sync::{self, SyncClock, SyncVerdict};
use crate::template::{Category, Content, Definition};
use crate::time::Timestamp;
use crate::ttl;

/// Which path the request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/marketing_messages`: marketing templates only.
    Marketing,
    /// `/messages`: everything.
    Messages,
}

/// What the request asks to send.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// A template of the account, with its filling.
    Template {
        /// The row.
        template: &'a Template,
        /// Its parsed components.
        definition: &'a Definition,
        /// What the request fills in.
        content: &'a Content,
    },
    /// A template the account does not have.
    NoTemplate {
        /// The name asked for.
        name: &'a str,
        /// The language asked for.
        language: &'a str,
        /// The languages in which the account has that name.
        languages: &'a [&'a str],
    },
    /// A free-form message of any type.
    FreeForm,
    /// A type of message that cannot be sent from here, by its word.
    Unsupported(&'a str),
}

/// One request, as far as it is decided about.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where it came to.
    pub endpoint: Endpoint,
    /// What it wants.
    pub wanted: Wanted<'a>,
    /// To whom.
    pub to: &'a Address,
    /// `recipient_type` is `group`.
    pub to_group: bool,
    /// `message_activity_sharing`; `None`: the account's default.
    pub sharing: Option<bool>,
    /// `product_policy`; `None`: the account's default.
    pub product_policy: Option<ProductPolicy>,
    /// `message_send_ttl_seconds` of the send (our extension).
    pub ttl_secs: Option<i64>,
}

/// What [`admit`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The template's sync clock after this request, when the request was valid: to be kept, whatever the verdict is.
    pub used: Option<SyncClock>,
    /// Whether it is taken.
    pub verdict: Result<Admitted, Refused>,
}

/// A message that may be accepted, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The way it goes.
    pub route: Route,
    /// What it is priced as; `None`: free-form.
    pub category: Option<Category>,
    /// Whether its activity may be learnt from.
    pub sharing: bool,
    /// Nothing of ours leaves at or after it.
    pub deadline: Timestamp,
    /// It is accepted but must wait until then.
    pub hold: Option<(WaitReason, Timestamp)>,
    /// Worth telling the caller and the timeline.
    pub notes: Vec<Note>,
}

/// Something about an accepted message that its sender should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The send's own TTL shortens the deadline: an extension that WhatsApp does not have.
    TtlShortens,
    /// The send's own TTL is ignored: it did not come to `/marketing_messages`, or goes the classic way.
    TtlIgnored,
    /// The terms are not signed: it goes the classic way, as its policy allows.
    FellBack,
    /// `/messages` sends it the optimised way, as the channel's automatic routing says.
    Rerouted,
    /// Its template still syncs: no score, no click token, no conversion.
    Unsynced,
    /// The person's quiet hours last past its deadline.
    NoTimeOfDay,
}

impl Note {
    /// In words, for the `x-stentor-warning` header and the timeline.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TtlShortens => {
                "message_send_ttl_seconds on a send is an extension: it shortens the deadline here"
            }
            Self::TtlIgnored => "message_send_ttl_seconds on a send is ignored on this route",
            Self::FellBack => "marketing terms not signed: sent the classic way (CLOUD_API_FALLBACK)",
            Self::Rerouted => "sent the optimised way by the channel's automatic routing",
            Self::Unsynced => "template still syncing: sent without score, click token and conversion",
            Self::NoTimeOfDay => {
                "the person's quiet hours last past the deadline: it will fail with 410 unless they change"
            }
        }
    }
}

/// Whether a request may be accepted at `now`. Order of checks: account and channel, is it a template, does it exist,
/// its category, its status, the terms, its parameters, the TTL, the sync.
///
/// ```
/// use stentor_core::admission::{Endpoint, Request, Wanted, admit};
/// use stentor_core::{id::{AccountId, ChannelId}, recipient, registry::{Account, Channel, UpstreamKind}, time::Timestamp};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let account = Account::new(AccountId(1), "Shop", "secret".into(), now);
/// let channel = Channel::new(ChannelId(2), account.id, "15550001111", UpstreamKind::Simulated, now);
/// let to = recipient::parse("441234567890").unwrap();
/// let request = Request {
///     endpoint: Endpoint::Marketing, wanted: Wanted::FreeForm, to: &to, to_group: false, sharing: None,
///     product_policy: None, ttl_secs: None,
/// };
/// let refused = admit(&request, &account, &channel, now).verdict.unwrap_err();
/// assert_eq!((refused.code, refused.details.as_str()), (100, "Message must be a template message."));
/// ```
pub fn admit(request: &Request<'_>, account: &Account, channel: &Channel, now: Timestamp) -> Decision {
    match valid(request, account, channel) {
        Ok(route) => settle(request, account, channel, route, now),
        Err(refused) => Decision { used: None, verdict: Err(refused) },
    }
}

/// Everything that does not depend on the time; the way it goes.
fn valid(
    request: &Request<'_>,
    account: &Account,
    channel: &Channel,
) -> Result<(Route, Option<Note>), Refused> {
    standing(account, channel)?;
    let marketing_endpoint = request.endpoint == Endpoint::Marketing;
    let (template, definition, content) = match request.wanted {
        Wanted::FreeForm | Wanted::Unsupported(_) if marketing_endpoint => {
            return Err(Refused::not_a_template());
        }
        Wanted::Unsupported(word) => return Err(Refused::unsupported(word)),
        _ if marketing_endpoint && request.to_group => return Err(Refused::group()),
        _ if request.to.phone() == Some(channel.display_phone_number.as_str()) => {
            return Err(Refused::to_itself());
        }
        Wanted::FreeForm => return Ok((Route::Classic, None)),
        Wanted::NoTemplate { name, language, languages } => {
            return Err(Refused::no_template(name, language, languages));
        }
        Wanted::Template { template, definition, content } => (template, definition, content),
    };
    rules::reviewed(template)?;
    let way = rules::way(request, account, channel, template.category)?;
    rules::sendable(template)?;
    rules::terms(request, account, way)?;
    if template.category == Category::Authentication && request.to.phone().is_none() {
        return Err(Refused::new(
            131_062,
            "to: an authentication template needs a phone number, not a user id",
        ));
    }
    crate::template::fit(definition, content).map_err(|misfit| Refused::new(misfit.code, misfit.details))?;
    match request.ttl_secs {
        Some(secs) if marketing_endpoint => ttl::check_send(secs)
            .map_err(|error| Refused::new(100, format!("message_send_ttl_seconds: {error}")))?,
        _ => {}
    }
    Ok(rules::fallback(request, account, way))
}

/// What the time decides: the deadline and the sync.
fn settle(
    request: &Request<'_>,
    account: &Account,
    channel: &Channel,
    (route, note): (Route, Option<Note>),
    now: Timestamp,
) -> Decision {
    let template = match request.wanted {
        Wanted::Template { template, .. } => Some(template),
        _ => None,
    };
    let category = template.map(|template| template.category);
    let mut notes: Vec<Note> = note.into_iter().collect();
    let own_ttl =
        request.ttl_secs.filter(|_| request.endpoint == Endpoint::Marketing && route == Route::Optimised);
    match (request.ttl_secs, own_ttl) {
        (_, Some(_)) => notes.push(Note::TtlShortens),
        (Some(_), None) => notes.push(Note::TtlIgnored),
        (None, None) => {}
    }
    let deadline = ttl::deadline(now, category, route, template.and_then(|t| t.ttl_secs), own_ttl);
    let sharing = request.sharing.unwrap_or(account.sharing_default);
    let mut admitted = Admitted { route, category, sharing, deadline, hold: None, notes };
    let Some(template) = template else { return Decision { used: None, verdict: Ok(admitted) } };
    let used = Some(sync::used(&rules::clock(template), now));
    let syncs = route == Route::Optimised && category == Some(Category::Marketing);
    let state = if syncs { rules::sync_state(template, now) } else { sync::SyncState::Synced };
    match sync::verdict(channel.sync_policy(), state) {
        SyncVerdict::Go => {}
        SyncVerdict::Refuse => return Decision { used, verdict: Err(Refused::syncing(template)) },
        SyncVerdict::Hold { until } => admitted.hold = Some((WaitReason::Sync, until.min(deadline))),
        SyncVerdict::GoUnsynced => admitted.notes.push(Note::Unsynced),
    }
    Decision { used, verdict: Ok(admitted) }
}
