//! The second look, before a message leaves: with the registry and the person as they are now.

use std::time::Duration;

use super::rules;
use super::{PersonLimits, Spent};
use crate::consent::Consent;
use crate::message::{Message, WaitReason};
use crate::quiet_hours::{self, Verdict};
use crate::reason;
use crate::registry::{Account, Channel, Character, PausedPolicy, SyncPolicy, Template};
use crate::route::Route;
use crate::sync::{SyncState, state};
use crate::template::{Category, Held, TemplateStatus, held};
use crate::time::Timestamp;
use crate::undeliverable::UNDELIVERABLE;

/// The person has had enough marketing.
const SATURATED: u32 = 131_049;
/// How long a message waits before a stopped template, channel or account is looked at again. Whoever ends the stop
/// makes what it held due at once, so this is only for what that misses: a million that wait must not be looked at often.
const STOPPED: Duration = Duration::from_hours(1);

/// What is known of the person at the moment of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// What they and the operator said.
    pub consent: Consent,
    /// No marketing before this time (131049).
    pub marketing_after: Option<Timestamp>,
    /// Their `wa_id` or user id: it tells where they are.
    pub address: &'a str,
    /// The time zone they are known to be in.
    pub time_zone: Option<&'a str>,
    /// WhatsApp could not reach the number, and it is left alone until then (131026).
    pub undeliverable_until: Option<Timestamp>,
    /// What its budgets are debited from.
    pub spent: Spent,
}

/// What becomes of a queued message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// It may leave.
    Go,
    /// Not yet.
    Wait {
        /// When to look again; never after the deadline.
        until: Timestamp,
        /// What it waits for.
        reason: WaitReason,
        /// More about it for the timeline; may be empty.
        why: String,
    },
    /// Never: reported as `failed`.
    Fail {
        /// The code.
        code: u32,
        /// `error_data.details`.
        details: String,
    },
    /// Its time ran out in a twin: silent.
    ExpireSilently,
    /// A policy of the business stops it: reported as `failed`.
    Drop {
        /// The code.
        code: u32,
        /// `error_data.details`.
        details: String,
    },
}

/// Whether a queued message may leave at `now`. A deleted template's messages still go: `template` is then the deleted
/// row, or `None` once even that is gone.
///
/// ```
/// use stentor_core::admission::{Again, Known, readmit};
/// use stentor_core::consent::{Consent, Source};
/// use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey};
/// use stentor_core::registry::{Account, Channel, UpstreamKind};
/// use stentor_core::{message::Message, template::Category, time::Timestamp, ttl::LONGEST};
/// let now = Timestamp::from_secs(1_800_000_000);
/// let account = Account::new(AccountId(1), "Shop", "secret".into(), now);
/// let channel = Channel::new(ChannelId(2), account.id, "15550001111", UpstreamKind::Simulated, now);
/// let message = Message {
///     category: Some(Category::Marketing),
///     ..Message::accepted(MessageId::first_at(now), account.id, channel.id, RecipientKey(4), now + LONGEST)
/// };
/// assert_eq!(readmit(&message, &account, &channel, None, Known::default(), now), Again::Go);
/// let consent = Consent { opted_out: Some((now, Source::StopWord)), ..Consent::default() };
/// let stopped = Known { consent, ..Known::default() };
/// assert!(matches!(readmit(&message, &account, &channel, None, stopped, now), Again::Drop { code: 131_050, .. }));
/// ```
#[must_use]
pub fn readmit(
    message: &Message,
    account: &Account,
    channel: &Channel,
    template: Option<&Template>,
    person: Known<'_>,
    now: Timestamp,
) -> Again {
    let wait = |until: Timestamp, reason| waits(until.min(message.deadline), reason);
    let is_held = message.wait == Some(WaitReason::Restored);
    if now >= message.deadline {
        let details = if is_held { reason::EXPIRED_RESTORED_DETAILS } else { reason::EXPIRED_DETAILS };
        return match channel.character {
            Character::Twin => Again::ExpireSilently,
            Character::Gateway => Again::Fail { code: reason::EXPIRED, details: details.to_owned() },
        };
    }
    if is_held {
        return wait(message.deadline, WaitReason::Restored);
    }
    let marketing = message.category == Some(Category::Marketing);
    if let Some((code, details)) = stopped(person.consent, marketing) {
        return Again::Drop { code, details: details.to_owned() };
    }
    if let Some(again) = template.and_then(|template| of_template(template, message, channel, now)) {
        return match again {
            Again::Wait { until, reason, .. } => wait(until, reason),
            other => other,
        };
    }
    if rules::standing(account, channel).is_err() {
        return wait(now + STOPPED, WaitReason::Paused);
    }
    if channel.character == Character::Gateway
        && let Some(until) = person.undeliverable_until.filter(|until| *until > now)
    {
        let details = format!(
            "not sent: WhatsApp could not reach this number lately (131026), and nothing is sent to it before {until} \
             (engine.undeliverable_hours); it is forgotten as soon as the person writes"
        );
        return Again::Drop { code: UNDELIVERABLE, details };
    }
    if let Some(after) = person.marketing_after.filter(|after| marketing && *after > now) {
        return wait(after, WaitReason::Cap);
    }
    let limits = PersonLimits::of(account, channel);
    match limits.over(message.category, &person.spent, now) {
        None => {}
        Some((WaitReason::Cap, until)) if until >= message.deadline => {
            let details = format!(
                "not sent: the person has had as many marketing messages as this account's own cap allows ({}; \
                 marketing_cap_24h, marketing_cap_7d), and has room again only at {until}, after the deadline",
                limits.caps.words()
            );
            return Again::Drop { code: SATURATED, details };
        }
        Some((reason, until)) => return wait(until, reason),
    }
    match night(account, message.category, person, now, message.deadline) {
        Verdict::Go => Again::Go,
        Verdict::Wait { until, why } => Again::Wait { until, reason: WaitReason::QuietHours, why },
        Verdict::Never { why } => {
            Again::Drop { code: reason::EXPIRED, details: format!("{why} last past its deadline") }
        }
    }
}

/// Why nothing may be sent to the person, or no marketing.
fn stopped(consent: Consent, marketing: bool) -> Option<(u32, &'static str)> {
    if !consent.allows_anything() {
        return Some((130_403, "the operator has suppressed the person: nothing is sent to them"));
    }
    (marketing && !consent.allows_marketing())
        .then_some((131_050, "the person stopped this business's marketing messages"))
}

/// What the account's quiet hours say about a message that may leave from `from` until before `deadline`: they are for
/// marketing outside an open service window.
#[must_use]
pub fn night(
    account: &Account,
    category: Option<Category>,
    person: Known<'_>,
    from: Timestamp,
    deadline: Timestamp,
) -> Verdict {
    let is_open = person.spent.window_until.is_some_and(|until| from < until);
    match account.quiet_hours.filter(|_| category == Some(Category::Marketing) && !is_open) {
        None => Verdict::Go,
        Some(hours) => {
            quiet_hours::verdict(hours, &quiet_hours::place(person.address, person.time_zone), from, deadline)
        }
    }
}

const fn waits(until: Timestamp, reason: WaitReason) -> Again {
    Again::Wait { until, reason, why: String::new() }
}

fn of_template(template: &Template, message: &Message, channel: &Channel, now: Timestamp) -> Option<Again> {
    if message.wait == Some(WaitReason::Pacing) {
        match held(template, message.id.accepted_at(), now) {
            Held::Released => {}
            Held::Until(until) => return Some(waits(until, WaitReason::Pacing)),
            Held::Dropped => {
                let details =
                    "held for quality assessment: the template is paused for low quality".to_owned();
                return Some(Again::Fail { code: 132_015, details });
            }
        }
    }
    let paused = waits(now + STOPPED, WaitReason::Paused);
    match template.status {
        // Undelivered messages of a deleted template are still tried.
        _ if template.deleted_at.is_some() => return None,
        TemplateStatus::Approved | TemplateStatus::PendingDeletion if template.hold.is_some() => {
            return Some(paused);
        }
        TemplateStatus::Approved | TemplateStatus::PendingDeletion | TemplateStatus::Deleted => {}
        TemplateStatus::Paused if channel.paused_policy == PausedPolicy::Fail => {
            let refused = rules::sendable(template).err()?;
            return Some(Again::Fail { code: refused.code, details: refused.details });
        }
        TemplateStatus::Pending | TemplateStatus::InAppeal | TemplateStatus::Paused => return Some(paused),
        TemplateStatus::Disabled => {
            let refused = rules::sendable(template).err()?;
            return Some(Again::Fail { code: refused.code, details: refused.details });
        }
        TemplateStatus::Rejected | TemplateStatus::LimitExceeded | TemplateStatus::Archived => {
            let refused = rules::reviewed(template).err()?;
            return Some(Again::Fail { code: refused.code, details: refused.details });
        }
    }
    if message.route == Route::Optimised && template.category != Category::Marketing {
        return Some(Again::Fail { code: 131_055, details: reason::NOT_MARKETING.to_owned() });
    }
    if message.route == Route::Classic || channel.sync_policy() != SyncPolicy::Hold {
        return None;
    }
    let syncing = if template.pinned {
        rules::sync_state(template, now)
    } else {
        // The request itself was the use: idleness since then starts nothing anew.
        let clock = crate::sync::SyncClock { last_used_at: Some(now), ..rules::clock(template) };
        state(&clock, now)
    };
    match syncing {
        SyncState::Synced => None,
        SyncState::Syncing { until } => Some(waits(until, WaitReason::Sync)),
    }
}
