//! The second look, before a message leaves: with the registry and the person as they are now.

use std::time::Duration;

use super::rules;
use super::{PersonLimits, Spent};
use crate::message::{Message, WaitReason};
use crate::reason;
use crate::registry::{Account, Channel, Character, PausedPolicy, SyncPolicy, Template};
use crate::route::Route;
use crate::sync::{SyncState, state};
use crate::template::{Category, Held, TemplateStatus, held};
use crate::time::Timestamp;
use crate::undeliverable::UNDELIVERABLE;

/// The person has had enough marketing.
const SATURATED: u32 = 131_049;
/// How long a message waits before a stopped template, channel or account is looked at again.
const STOPPED: Duration = Duration::from_mins(5);

/// What is known of the person at the moment of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Has stopped the business's marketing messages.
    pub opted_out: bool,
    /// No marketing before this time (131049).
    pub marketing_after: Option<Timestamp>,
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
/// let stopped = Known { opted_out: true, ..Known::default() };
/// assert!(matches!(readmit(&message, &account, &channel, None, stopped, now), Again::Drop { code: 131_050, .. }));
/// ```
#[must_use]
pub fn readmit(
    message: &Message,
    account: &Account,
    channel: &Channel,
    template: Option<&Template>,
    person: Known,
    now: Timestamp,
) -> Again {
    let wait = |until: Timestamp, reason| Again::Wait { until: until.min(message.deadline), reason };
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
    if marketing && person.opted_out {
        let details = "the person stopped this business's marketing messages".to_owned();
        return Again::Drop { code: 131_050, details };
    }
    if let Some(again) = template.and_then(|template| of_template(template, message, channel, now)) {
        return match again {
            Again::Wait { until, reason } => wait(until, reason),
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
        None => Again::Go,
        Some((WaitReason::Cap, until)) if until >= message.deadline => {
            let details = format!(
                "not sent: the person has had as many marketing messages as this account's own cap allows ({}; \
                 marketing_cap_24h, marketing_cap_7d), and has room again only at {until}, after the deadline",
                limits.caps.words()
            );
            Again::Drop { code: SATURATED, details }
        }
        Some((reason, until)) => wait(until, reason),
    }
}

fn of_template(template: &Template, message: &Message, channel: &Channel, now: Timestamp) -> Option<Again> {
    if message.wait == Some(WaitReason::Pacing) {
        match held(template, message.id.accepted_at(), now) {
            Held::Released => {}
            Held::Until(until) => return Some(Again::Wait { until, reason: WaitReason::Pacing }),
            Held::Dropped => {
                let details =
                    "held for quality assessment: the template is paused for low quality".to_owned();
                return Some(Again::Fail { code: 132_015, details });
            }
        }
    }
    let paused = Again::Wait { until: now + STOPPED, reason: WaitReason::Paused };
    match template.status {
        // Undelivered messages of a deleted template are still tried.
        _ if template.deleted_at.is_some() => return None,
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
        SyncState::Syncing { until } => Some(Again::Wait { until, reason: WaitReason::Sync }),
    }
}
