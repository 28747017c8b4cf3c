//! Accepting: the row, the body, the events and the idempotency record, or nothing.

use std::time::Duration;

use stentor_core::time::Timestamp;

use crate::rows::{Counter, Result};
use crate::tx::{Tx, count};
use crate::{Accepted, NewMessage, StoreError};

/// How long an `Idempotency-Key` is remembered.
pub(crate) const IDEMPOTENCY_AGE_MAX: Duration = Duration::from_hours(24);

pub(crate) fn accept(tx: &mut Tx<'_>, now: Timestamp, new: NewMessage) -> Result<Accepted> {
    if let Some(asked) = &new.idempotency
        && let Some((at, known)) = tx.rows.idempotency(&asked.scope)?
        && now.since(at) < IDEMPOTENCY_AGE_MAX
    {
        return Ok(if known.body_hash == asked.body_hash {
            Accepted::Replayed { response: known.response }
        } else {
            Accepted::OtherBody
        });
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
