//! Upstream ids as evidence: naming an attempt, counting doubles, and letting parked statuses meet their message.

use stentor_core::message::{Change, Event, EventKind, Message, State, UpstreamStatus};
use stentor_core::time::Timestamp;

use super::status::apply;
use crate::rows::{Counter, Parked, Result};
use crate::tx::Tx;
use crate::{Attempt, Committed};

/// Books that an attempt got this upstream id; gives back the message as it is then. A second id for one message is a
/// double: counted and explained.
pub(crate) fn name_attempt(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: Message,
    no: u32,
    upstream_id: &str,
    committed: &mut Committed,
) -> Result<Message> {
    let known = tx.rows.attempts(message.id)?;
    if known.iter().any(|a| a.upstream_id.as_deref() == Some(upstream_id)) {
        return Ok(message);
    }
    name_first(tx, now, &message, no, upstream_id)?;
    if known.iter().all(|a| a.upstream_id.is_none()) {
        return Ok(message);
    }
    tx.live.counters.add(Counter::Doubles, 0, 1);
    let detail = Some(format!("a second upstream id, by attempt {no}: it was sent twice"));
    let event = Event { at: now, kind: EventKind::Double, code: None, detail, report: false };
    let events = message.events + 1;
    let change = Change { message: Message { events, ..message.clone() }, events: vec![event] };
    let doubled = change.message.clone();
    tx.commit(now, &message, change, committed)?;
    Ok(doubled)
}

/// Books the first upstream id of a message that surely has none yet.
pub(crate) fn name_first(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: &Message,
    no: u32,
    upstream_id: &str,
) -> Result<()> {
    let upstream_id = Some(upstream_id.to_owned());
    tx.rows.put_attempt(message.id, &Attempt { no, at: now, upstream_id, outcome: "taken".to_owned() })
}

/// Applies the statuses that came under this upstream id before it was known to be this message's.
pub(crate) fn meet_parked(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: &Message,
    upstream_id: &str,
    committed: &mut Committed,
) -> Result<()> {
    if tx.live.counters.get(Counter::Parked, 0) == 0 {
        return Ok(());
    }
    for parked in tx.rows.parked_of_upstream(upstream_id)? {
        if parked.account == message.account && parked.status.channel == message.channel {
            unpark(tx, parked.id)?;
            if let Some(message) = tx.rows.message(message.id)? {
                apply(tx, now, &message, &parked.status, committed)?;
            }
        }
    }
    Ok(())
}

/// A message that has just become unknown: was a status parked that can only be its own?
pub(crate) fn settle_by_parked(
    tx: &mut Tx<'_>,
    now: Timestamp,
    message: &Message,
    committed: &mut Committed,
) -> Result<()> {
    let only = tx.live.counters.get(Counter::Parked, 0) > 0
        && tx.only_doubt(message.channel, message.recipient)? == Some(message.id);
    if !only {
        return Ok(());
    }
    let parked = tx.rows.parked_of_person(message.channel, message.recipient)?;
    let fits = |p: &&Parked| {
        p.account == message.account && p.status.mark.is_none() && may_be_of(&p.status, message)
    };
    let Some(first) = parked.iter().find(fits) else { return Ok(()) };
    let upstream_id = first.status.upstream_id.clone();
    let named = name_attempt(tx, now, message.clone(), message.attempts, &upstream_id, committed)?;
    meet_parked(tx, now, &named, &upstream_id, committed)
}

/// Whether a status without a known id can be of this unknown: not from before its send began.
pub(crate) fn may_be_of(status: &UpstreamStatus, message: &Message) -> bool {
    // Upstreams tell whole seconds.
    let since = |began: Timestamp| began.secs() <= status.status.at.secs();
    message.state == State::Unknown && message.sending_at.is_some_and(since)
}

pub(crate) fn unpark(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    tx.live.counters.add(Counter::Parked, 0, -1);
    tx.rows.unpark(id)
}
