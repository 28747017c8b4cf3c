//! Retention: what is over its age goes, a bounded number of rows at a time, oldest first.

use std::time::Duration;

use stentor_core::id::MessageId;
use stentor_core::message::Message;
use stentor_core::time::Timestamp;

use super::accept::IDEMPOTENCY_AGE_MAX;
use super::evidence::unpark;
use crate::rows::{Counter, Result};
use crate::tx::{OUTBOX_AGE_MAX, Tx};

const fn days(n: u64) -> Duration {
    Duration::from_hours(24 * n)
}

const PARKED_AGE_MAX: Duration = days(7);
const DELIVERY_LOG_AGE_MAX: Duration = days(30);
/// After the end of the message.
const BODY_AGE_MAX: Duration = days(30);
const MESSAGE_AGE_MAX: Duration = days(90);
const AUDIT_AGE_MAX: Duration = days(730);

/// Deletes at most `rows` rows, and looks at most at as many bodies.
pub(crate) fn prune(tx: &mut Tx<'_>, now: Timestamp, rows: usize) -> Result<u64> {
    tx.directory.prune_keys(now);
    tx.rows.prune_keys(now)?;
    let mut left = rows;
    left -= tx.rows.prune_idempotency(now - IDEMPOTENCY_AGE_MAX, left)?;
    left -= tx.rows.prune_delivery_log(now - DELIVERY_LOG_AGE_MAX, left)?;
    left -= tx.rows.prune_audit(now - AUDIT_AGE_MAX, left)?;
    while left > 0
        && let Some((id, at)) = tx.rows.oldest_parked()?
        && at < now - PARKED_AGE_MAX
    {
        unpark(tx, id)?;
        left -= 1;
    }
    while left > 0
        && let Some(row) = tx.rows.oldest_outbox(None)?
        && row.queued_at < now - OUTBOX_AGE_MAX
    {
        tx.lose(&row)?;
        left -= 1;
    }
    left = prune_messages(tx, now, left)?;
    left = prune_bodies(tx, now, left)?;
    Ok((rows - left) as u64)
}

fn prune_messages(tx: &mut Tx<'_>, now: Timestamp, mut left: usize) -> Result<usize> {
    let horizon = MessageId::first_at(now - MESSAGE_AGE_MAX);
    while left > 0
        && let Some(id) = tx.rows.oldest_message()?
        && id < horizon
        && let Some(message) = tx.rows.message(id)?
    {
        tx.rows.delete_message(id)?;
        tx.live.undoubt(&message);
        tx.live.claimed.remove(&id);
        tx.live.counters.add(Counter::State(message.state), message.account.0, -1);
        left -= 1;
    }
    Ok(left)
}

/// Walks the bodies round and round: one that must stay does not hold up the ones behind it.
fn prune_bodies(tx: &mut Tx<'_>, now: Timestamp, left: usize) -> Result<usize> {
    if left == 0 {
        return Ok(left);
    }
    let horizon = MessageId::first_at(now - BODY_AGE_MAX);
    let page = tx.rows.bodies_after(tx.live.body_cursor.unwrap_or(MessageId(i64::MIN)), left)?;
    let mut gone = 0;
    for &id in page.iter().take_while(|id| **id < horizon) {
        let over =
            tx.rows.message(id)?.is_none_or(|m| is_over_since(&m).is_some_and(|at| at < now - BODY_AGE_MAX));
        if over {
            tx.rows.delete_body(id)?;
            gone += 1;
        }
    }
    tx.live.body_cursor = page.last().copied().filter(|id| *id < horizon && page.len() == left);
    Ok(left - gone)
}

/// When nothing more was expected of it: its end, or its delivery.
fn is_over_since(message: &Message) -> Option<Timestamp> {
    if message.due.is_some() {
        return None;
    }
    [message.ended_at, message.read_at, message.delivered_at].into_iter().flatten().max()
}
