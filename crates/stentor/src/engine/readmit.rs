//! The core's second look at a claimed message, with the registry and the person as they are now; and the message as
//! it departs. Called by the dispatcher; decides nothing itself.

use std::sync::Arc;
use std::time::Duration;

use stentor_core::admission::{self, Again, Known, PersonLimits};
use stentor_core::learning::{self, Decided, Kind};
use stentor_core::message::Message;
use stentor_core::recipient::key_in_business;
use stentor_core::registry::{Channel, Character, Template};
use stentor_core::time::Timestamp;
use stentor_core::wamid::{self, WamidKey};
use stentor_store::{BeginSend, Claimed, Portfolio, QueueDecision};

use super::dispatcher::{Limits, Records};
use crate::registry::Snapshot;
use crate::upstream::Departure;

/// What becomes of a claimed message.
pub(super) enum Verdict {
    Go,
    Stop(QueueDecision),
}

/// The second decision, by the same rules as the first.
pub(super) fn decide(
    now: Timestamp,
    facts: &Snapshot,
    channel: &Channel,
    claimed: &Claimed,
    cool_down: Duration,
) -> Verdict {
    let Claimed { message, person, pair, body } = claimed;
    let Some(account) = facts.account(message.account) else {
        let detail = "its account is gone".to_owned();
        return Verdict::Stop(QueueDecision::Fail { code: 131_031, detail });
    };
    if facts.is_blocked(channel.id, message.recipient) {
        let detail = "the number blocks the person".to_owned();
        return Verdict::Stop(QueueDecision::Fail { code: 130_403, detail });
    }
    let mut known = Known {
        undeliverable_until: person.undeliverable.map(|known| known.until(cool_down)),
        ..person.known(&body.address)
    };
    known.spent.pair = *pair;
    let template = template(facts, message);
    let again = admission::readmit(message, account, channel, template.map(Arc::as_ref), known, now);
    Verdict::Stop(match again {
        Again::Go => return Verdict::Go,
        Again::Wait { until, reason, why } => QueueDecision::Postpone { until, wait: reason, why },
        Again::Fail { code, details } => QueueDecision::Fail { code, detail: details },
        Again::ExpireSilently => QueueDecision::ExpireSilently,
        Again::Drop { code, details } => QueueDecision::Drop { code, detail: details },
    })
}

/// The begin of these messages, with what it is debited from: the rate, the people's budgets, the business's limit.
pub(super) fn begin(
    now: Timestamp,
    facts: &Snapshot,
    channel: &Channel,
    (key, sends): (&WamidKey, &Limits),
    (going, records): (&[Claimed], Option<&Records>),
) -> BeginSend {
    let account = facts.account(channel.account);
    let limits = account.map_or_else(PersonLimits::default, |account| PersonLimits::of(account, channel));
    // Before a twin the network itself counts, and refuses with 131048.
    let gateway = account.filter(|_| channel.character == Character::Gateway);
    let limit = gateway.and_then(|of| Some((of.owner_business, facts.messaging_limit(of).people_max()?)));
    let portfolio = limit.map(|(business, people_max)| {
        let person = |claimed: &Claimed| key_in_business(&key.0, business, &claimed.body.address);
        Portfolio { business, people_max, people: going.iter().map(person).collect() }
    });
    BeginSend {
        account: channel.account,
        channel: channel.id,
        messages: going.iter().map(|claimed| claimed.message.id).collect(),
        lease: sends.lease,
        rate_per_s: channel.rate_per_s,
        limits,
        portfolio,
        decided: going
            .iter()
            .map(|claimed| decided((now, facts), claimed, sends.profiles_all, records))
            .collect(),
    }
}

/// What is known where a send begins that may be learnt from.
fn decided(
    (now, facts): (Timestamp, &Snapshot),
    claimed: &Claimed,
    profiles_all: bool,
    records: Option<&Records>,
) -> Option<Box<Decided>> {
    let Claimed { message, person, body, .. } = claimed;
    if !learning::is_open(message) {
        return None;
    }
    let id = message.template?;
    let registered = facts.template_by_id(message.account, id)?;
    let of = Decided::of(&body.address, person.time_zone.as_deref(), now, profiles_all);
    let kind = Kind::of(&registered.definition, facts.delivery(message.account).goal(id));
    let record = records.and_then(|records| records.get(&message.id)).cloned().unwrap_or_default();
    Some(Box::new(Decided { kind, record, ..of }))
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
        leaves_before: message.deadline,
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
