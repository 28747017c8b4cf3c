//! Accepting: the row, the body, the events and the idempotency record, or nothing.

use std::time::Duration;

use stentor_core::time::Timestamp;

use crate::rows::{Counter, Result, Rows};
use crate::tx::{Tx, count};
use crate::{Accepted, NewMessage, StoreError};

pub(crate) fn accept(tx: &mut Tx<'_>, now: Timestamp, new: NewMessage) -> Result<Accepted> {
    if let Some(asked) = &new.idempotency
        && let Some(known) =
            answered(tx.rows, tx.live.retention.idempotency, now, &asked.scope, &asked.body_hash)?
    {
        return Ok(known);
    }
    let mut message = new.message;
    let messages_max = tx.live.retention.queue_rows_max;
    if tx.live.counters.queued(message.account) >= messages_max {
        return Err(StoreError::QueueFull { messages_max });
    }
    message.events = count(&new.events);
    if !tx.rows.insert_message(&message, &new.body)? {
        return Err(StoreError::Conflict(format!("message {} exists already", message.id)));
    }
    tx.live.moved(None, &message);
    tx.live.counters.raise(Counter::LastMessage, message.id.0);
    tx.write_events(now, &message, 0, &new.events)?;
    if let Some(record) = &new.idempotency {
        tx.rows.put_idempotency(now, message.account, record)?;
    }
    Ok(Accepted::New)
}

/// What was answered under a key, if it is not older than `age`.
pub(crate) fn answered(
    rows: &dyn Rows,
    age: Duration,
    now: Timestamp,
    scope: &[u8; 32],
    body_hash: &[u8; 32],
) -> Result<Option<Accepted>> {
    let known = rows.idempotency(scope)?.filter(|(at, _)| now.since(*at) < age);
    Ok(known.map(|(_, known)| match known.body_hash == *body_hash {
        true => Accepted::Replayed { response: known.response },
        false => Accepted::OtherBody,
    }))
}
