//! The core's second look at a claimed message, with the registry and the person as they are now; and the message as
//! it departs. Called by the dispatcher; decides nothing itself.

use std::sync::Arc;

use stentor_core::admission::{self, Again, Known};
use stentor_core::message::Message;
use stentor_core::registry::{Channel, Template};
use stentor_core::time::Timestamp;
use stentor_core::wamid::{self, WamidKey};
use stentor_store::{Claimed, QueueDecision};

use crate::registry::Snapshot;
use crate::upstream::Departure;

/// What becomes of a claimed message.
pub(super) enum Verdict {
    Go,
    Stop(QueueDecision),
}

/// The second decision, by the same rules as the first.
pub(super) fn decide(now: Timestamp, facts: &Snapshot, channel: &Channel, claimed: &Claimed) -> Verdict {
    let Claimed { message, person, .. } = claimed;
    let Some(account) = facts.account(message.account) else {
        let detail = "its account is gone".to_owned();
        return Verdict::Stop(QueueDecision::Fail { code: 131_031, detail });
    };
    if facts.is_blocked(channel.id, message.recipient) {
        let detail = "the number blocks the person".to_owned();
        return Verdict::Stop(QueueDecision::Fail { code: 130_403, detail });
    }
    let known = Known { opted_out: person.opted_out_at.is_some(), marketing_after: person.marketing_after };
    let template = template(facts, message);
    let again = admission::readmit(message, account, channel, template.map(Arc::as_ref), known, now);
    Verdict::Stop(match again {
        Again::Go => return Verdict::Go,
        Again::Wait { until, reason } => QueueDecision::Postpone { until, wait: reason },
        Again::Fail { code, details } => QueueDecision::Fail { code, detail: details },
        Again::ExpireSilently => QueueDecision::ExpireSilently,
        Again::Drop { code, details } => QueueDecision::Drop { code, detail: details },
    })
}

/// The begun message with everything its upstream needs.
#[must_use]
pub fn departure(
    now: Timestamp,
    facts: &Snapshot,
    channel: &Arc<Channel>,
    key: &WamidKey,
    message: &Message,
    claimed: Claimed,
) -> Departure {
    Departure {
        id: message.id,
        attempt: message.attempts,
        wamid: wamid::encode(key, message.id, &claimed.body.address),
        channel: Arc::clone(channel),
        template: template(facts, message).cloned(),
        category: message.category,
        route: message.route,
        sharing: message.sharing,
        address: claimed.body.address,
        payload: claimed.body.payload,
        ttl: message.ttl(),
        window_open: claimed.person.window_until.is_some_and(|until| now < until),
        reference: None,
    }
}

/// When the template's current use may have begun to sync: its approval, or its first use after a week of idleness.
pub(super) fn sync_first_use(template: &Template) -> Option<Timestamp> {
    template.resynced_at.max(template.approved_at)
}

fn template<'a>(facts: &'a Snapshot, message: &Message) -> Option<&'a Arc<Template>> {
    Some(&facts.template_by_id(message.account, message.template?)?.template)
}
