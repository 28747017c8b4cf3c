//! Accepting: the row, the body, the events and the idempotency record, or nothing.

use std::time::Duration;

use stentor_core::time::Timestamp;

use crate::rows::{Counter, Result, Rows};
use crate::tx::{Tx, count};
use crate::{Accepted, NewMessage, StoreError};

/// How long an `Idempotency-Key` is remembered.
pub(crate) const IDEMPOTENCY_AGE_MAX: Duration = Duration::from_hours(24);

pub(crate) fn accept(tx: &mut Tx<'_>, now: Timestamp, new: NewMessage) -> Result<Accepted> {
    if let Some(asked) = &new.idempotency
        && let Some(known) = answered(tx.rows, now, &asked.scope, &asked.body_hash)?
    {
        return Ok(known);
    }
    let mut message = new.message;
    message.events = count(&new.events);
    if !tx.rows.insert_message(&message, &new.body)? {
        return Err(StoreError::Conflict(format!("message {} exists already", message.id)));
    }
    tx.live.moved(None, &message);
    tx.live.counters.raise(Counter::LastMessage, message.id.0);
    tx.write_events(now, &message, 0, &new.events)?;
    if let Some(record) = &new.idempotency {
        tx.rows.put_idempotency(now, record)?;
    }
    Ok(Accepted::New)
}

/// What was answered under a key, if it is still remembered.
pub(crate) fn answered(
    rows: &dyn Rows,
    now: Timestamp,
    scope: &[u8; 32],
    body_hash: &[u8; 32],
) -> Result<Option<Accepted>> {
    let known = rows.idempotency(scope)?.filter(|(at, _)| now.since(*at) < IDEMPOTENCY_AGE_MAX);
    Ok(known.map(|(_, known)| match known.body_hash == *body_hash {
        true => Accepted::Replayed { response: known.response },
        false => Accepted::OtherBody,
    }))
}
