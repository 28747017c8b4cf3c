//! Outgoing webhooks: queued, claimed in order, booked. Events of one message go one after the other.

mod walk;

use std::collections::HashSet;

use stentor_core::id::{AccountId, EndpointId, MessageId, NoticeId};
use stentor_core::time::Timestamp;

use self::walk::Walk;
use crate::rows::{Counter, OutboxRow, Result, Told, What};
use crate::tx::{Tx, broken};
use crate::{Delivery, DeliveryItem, DeliveryLogRow, DeliveryRecord, DeliveryVerdict, NewNotice};

pub(crate) fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    endpoint: EndpointId,
    limit: usize,
) -> Result<Vec<Delivery>> {
    tx.live.release_lost_deliveries(endpoint, now);
    // Whoever is told that somebody may have something asks for everybody: most have nothing.
    if tx.live.counters.get(Counter::Outbox, endpoint.0) == 0 {
        return Ok(Vec::new());
    }
    let mut claimed = Vec::new();
    let mut walk = Walk::new(tx, endpoint, now, 2 * limit);
    while claimed.len() < limit
        && let Some(row) = walk.next(tx)?
    {
        claimed.extend(claim_row(tx, now, &row)?);
    }
    Ok(claimed)
}

/// What is under way stands at the head: that many rows are looked past for the next.
const NEXT_ROWS: usize = 64;

/// `None`: it is claimed already, or an earlier event of its message goes first.
fn claim_row(tx: &mut Tx<'_>, now: Timestamp, row: &OutboxRow) -> Result<Option<Delivery>> {
    if tx.live.is_delivery_claimed(row.id) {
        return Ok(None);
    }
    if row.what.message().is_some_and(|message| tx.live.is_being_told(row.endpoint, message)) {
        return Ok(None);
    }
    if let Some(due) = tx.postponed_before(row)? {
        // Looked at again when the one before it is, not at every claim.
        if due > row.due {
            tx.postpone(row, due, row.tries)?;
        }
        return Ok(None);
    }
    let Some(item) = item(tx, row.what)? else {
        // Its message went with age: nothing is left to tell.
        tx.lose(row)?;
        return Ok(None);
    };
    tx.live.claim_delivery(row, now);
    let OutboxRow { id, endpoint, tries, queued_at, .. } = *row;
    let expires_at = queued_at + tx.live.outbox_age_max();
    Ok(Some(Delivery { id, endpoint, tries, queued_at, expires_at, item }))
}

fn item(tx: &Tx<'_>, what: What) -> Result<Option<DeliveryItem>> {
    match what {
        What::Notice(id) => {
            let notice =
                tx.rows.notice(id)?.ok_or_else(|| broken("a delivery tells a notice that is gone"))?;
            Ok(Some(DeliveryItem::Notice { id, field: notice.field, value: notice.value }))
        }
        What::Event { message, seq } => Ok(tx.rows.told(message, seq)?.map(|told| {
            let Told { message, event, address, opaque } = told;
            DeliveryItem::Status { message: Box::new(message), seq, event, address, opaque }
        })),
    }
}

pub(crate) fn record(
    tx: &mut Tx<'_>,
    now: Timestamp,
    endpoint: EndpointId,
    records: &[DeliveryRecord],
) -> Result<()> {
    let owner = tx.owner(endpoint);
    for record in records {
        let row = match tx.live.claimed_delivery(endpoint, record.id) {
            Some(row) => row,
            // Its lease ran out, or it was claimed before a commit that failed.
            None => match tx.rows.outbox(endpoint, record.id)? {
                Some(row) => row,
                None => continue,
            },
        };
        // What is put back was never posted.
        if let Some(owner) = owner.filter(|_| record.verdict != DeliveryVerdict::Back) {
            tx.rows.put_delivery_log(owner, row.tries + 1, &log_row(now, &row, record))?;
        }
        match record.verdict {
            DeliveryVerdict::Delivered => {
                tx.copy(now, &row)?;
                tx.unqueue(&row)?;
            }
            DeliveryVerdict::Lost => tx.lose(&row)?,
            DeliveryVerdict::Back => tx.live.release_delivery(row.id),
            DeliveryVerdict::Retry(at) => {
                tx.postpone(&row, at, row.tries + 1)?;
                tx.live.release_delivery(row.id);
            }
        }
    }
    Ok(())
}

fn log_row(now: Timestamp, row: &OutboxRow, record: &DeliveryRecord) -> DeliveryLogRow {
    let (message, seq, notice) = match row.what {
        What::Event { message, seq } => (Some(message), Some(seq), None),
        What::Notice(id) => (None, None, Some(id)),
    };
    let (status, took_ms, error) = (record.status, record.took_ms, record.error.clone());
    DeliveryLogRow {
        id: row.id,
        endpoint: row.endpoint,
        message,
        seq,
        notice,
        at: now,
        status,
        took_ms,
        error,
    }
}

pub(crate) fn next(tx: &Tx<'_>, endpoint: EndpointId) -> Result<Option<Timestamp>> {
    if tx.live.counters.get(Counter::Outbox, endpoint.0) == 0 {
        return Ok(None);
    }
    let mut next: Option<Timestamp> = None;
    let mut walk = Walk::new(tx, endpoint, Timestamp::NEVER, NEXT_ROWS);
    let mut seen = HashSet::new();
    while let Some(row) = walk.next(tx)? {
        if next.is_some_and(|next| next <= row.due) {
            break;
        }
        let message = row.what.message();
        let due = match tx.live.delivery_lease_end(row.id) {
            Some(end) => end.max(row.due),
            // It waits for an earlier event of its message, which is looked at in its own right.
            None if message.is_some_and(|m| tx.live.is_being_told(endpoint, m) || !seen.insert(m)) => {
                continue;
            }
            None => tx.postponed_before(&row)?.map_or(row.due, |before| before.max(row.due)),
        };
        next = Some(next.map_or(due, |next| next.min(due)));
    }
    Ok(next)
}

pub(crate) fn replay(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    id: MessageId,
    seq: Option<u32>,
) -> Result<u64> {
    let Some(message) = tx.message(account, id)? else { return Ok(0) };
    let mut queued = 0;
    for (no, event) in tx.rows.events(id)? {
        if event.report && seq.is_none_or(|seq| seq == no) {
            let what = What::Event { message: id, seq: no };
            queued += u64::from(tx.queue(now, account, Some(message.channel), what)?);
        }
    }
    Ok(queued)
}

pub(crate) fn notify(tx: &mut Tx<'_>, now: Timestamp, notices: &[NewNotice]) -> Result<()> {
    for notice in notices {
        if tx.directory.listeners.of(notice.account, notice.channel).is_empty() {
            if notice.channel.is_none() && tx.directory.listeners.misses(notice.account) {
                tx.live.counters.add(Counter::Unheard, notice.account.0, 1);
            }
            continue;
        }
        let id = NoticeId(tx.live.counters.next(Counter::LastNotice));
        let refs = tx.queue(now, notice.account, notice.channel, What::Notice(id))?;
        if refs > 0 {
            tx.rows.put_notice(id, now, notice, refs)?;
        }
    }
    Ok(())
}
