//! Retention: what is over its age goes, a bounded number of rows at a time, oldest first.

use std::time::Duration;

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::message::Message;
use stentor_core::time::Timestamp;

use super::evidence::unpark;
use super::inbound::forget_seen;
use super::status::change_person;
use crate::rows::Result;
use crate::tx::Tx;
use crate::{Person, Pruned, Retention};

const DELIVERY_LOG_AGE_MAX: Duration = Duration::from_hours(24 * 30);

/// How often all people are looked at.
const PEOPLE_EVERY: Duration = Duration::from_hours(24);

/// Deletes at most `rows` rows, and looks at most at as many bodies and people.
pub(crate) fn prune(tx: &mut Tx<'_>, now: Timestamp, rows: usize) -> Result<Pruned> {
    tx.directory.prune_keys(now);
    tx.rows.prune_keys(now)?;
    let Retention { idempotency, audit, learning, parked_status, .. } = tx.live.retention;
    let mut left = rows;
    left -= tx.rows.prune_idempotency(now - idempotency, left)?;
    left -= tx.rows.prune_delivery_log(now - DELIVERY_LOG_AGE_MAX, left)?;
    left -= tx.rows.prune_audit(now - audit, left)?;
    left -= tx.rows.prune_lines(now - learning, left)?;
    left -= tx.rows.prune_media(now, left)?;
    left -= tx.rows.prune_uploads(now, left)?;
    left -= forget_seen(tx, now - parked_status, left)?;
    while left > 0
        && let Some((id, at)) = tx.rows.oldest_parked()?
        && at < now - parked_status
    {
        unpark(tx, id)?;
        left -= 1;
    }
    while left > 0
        && let Some(row) = tx.rows.oldest_outbox(None)?
        && row.queued_at < now - tx.live.outbox_age_max()
    {
        tx.lose(&row)?;
        left -= 1;
    }
    left = prune_messages(tx, now, left)?;
    left = prune_bodies(tx, now, left)?;
    left = prune_people(tx, now, left)?;
    // A walk that has not come round has more to look at, even where all of a page must stay.
    let is_walking = tx.live.body_cursor.is_some() || tx.live.person_cursor.is_some();
    let is_more = left == 0 || is_walking;
    Ok(Pruned { rows: (rows - left) as u64, is_more })
}

fn prune_messages(tx: &mut Tx<'_>, now: Timestamp, mut left: usize) -> Result<usize> {
    let horizon = MessageId::first_at(now - tx.live.retention.message);
    while left > 0
        && let Some(id) = tx.rows.oldest_message()?
        && id < horizon
        && let Some(message) = tx.rows.message(id)?
    {
        tx.rows.delete_message(id)?;
        tx.live.gone(&message);
        left -= 1;
    }
    Ok(left)
}

/// Walks the bodies round and round: one that must stay does not hold up the ones behind it.
fn prune_bodies(tx: &mut Tx<'_>, now: Timestamp, left: usize) -> Result<usize> {
    if left == 0 {
        return Ok(left);
    }
    let before = now - tx.live.retention.body;
    let horizon = MessageId::first_at(before);
    let page = tx.rows.bodies_after(tx.live.body_cursor.unwrap_or(MessageId(i64::MIN)), left)?;
    let mut gone = 0;
    for &id in page.iter().take_while(|id| **id < horizon) {
        let over = tx.rows.message(id)?.is_none_or(|m| is_over_since(&m).is_some_and(|at| at < before));
        if over {
            tx.rows.delete_body(id)?;
            gone += 1;
        }
    }
    tx.live.body_cursor = page.last().copied().filter(|id| *id < horizon && page.len() == left);
    Ok(left - gone)
}

/// Walks all people, once a day: rows from which nothing follows any more go.
fn prune_people(tx: &mut Tx<'_>, now: Timestamp, left: usize) -> Result<usize> {
    let is_begun = tx.live.person_cursor.is_some();
    if left == 0 || (!is_begun && now < tx.live.people_walked_at + PEOPLE_EVERY) {
        return Ok(left);
    }
    if !is_begun {
        tx.live.people_walked_at = now;
    }
    let first = (AccountId(i64::MIN), RecipientKey(i64::MIN));
    let page = tx.rows.people_after(tx.live.person_cursor.unwrap_or(first), left)?;
    let mut gone = 0;
    for (account, recipient, _) in page.iter().filter(|(_, _, person)| person.is_over(now)) {
        change_person(tx, *account, *recipient, |person| *person = Person::default())?;
        gone += 1;
    }
    let last = page.last().map(|(account, recipient, _)| (*account, *recipient));
    tx.live.person_cursor = last.filter(|_| page.len() == left);
    Ok(left - gone)
}

/// When nothing more was expected of it: its end, or its delivery.
fn is_over_since(message: &Message) -> Option<Timestamp> {
    if message.due.is_some() {
        return None;
    }
    [message.ended_at, message.read_at, message.delivered_at].into_iter().flatten().max()
}
