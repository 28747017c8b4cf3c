//! The queue of a restored backup: held at first, then let go or doubted as a person says.

use stentor_core::id::{ChannelId, MessageId};
use stentor_core::message::{
    EventKind, Message, WaitReason, doubt_restored, hold_restored, release_restored,
};
use stentor_core::registry::UpstreamKind;
use stentor_core::time::Timestamp;

use super::evidence::settle_by_parked;
use super::queue::{PAGE_ROWS, Position};
use crate::rows::{Counter, Result};
use crate::tx::Tx;
use crate::{Committed, RestoredQueue};

/// Channels whose queue it concerns. Notes, with the first page of a hold, of when the backup is.
pub(crate) fn begin(tx: &mut Tx<'_>, queue: RestoredQueue) -> Result<Vec<ChannelId>> {
    if let RestoredQueue::Hold { taken_at } = queue {
        tx.live.counters.raise(Counter::RestoredTo, taken_at.millis());
    }
    let outside = tx.directory.channels().filter(|c| c.upstream != UpstreamKind::Simulated);
    Ok(outside.map(|c| c.id).collect())
}

/// One page of a channel's queue: how many messages it moved, and where the next begins.
pub(crate) fn page(
    tx: &mut Tx<'_>,
    now: Timestamp,
    queue: RestoredQueue,
    channel: ChannelId,
    after: Position,
) -> Result<(u64, Option<Position>)> {
    let page = tx.rows.queued(channel, after, Timestamp::NEVER, PAGE_ROWS)?;
    let (mut moved, mut committed) = (0, Committed::default());
    for &(_, id) in &page {
        moved += u64::from(settle(tx, now, queue, id, &mut committed)?);
    }
    Ok((moved, page.last().copied().filter(|_| page.len() == PAGE_ROWS)))
}

fn settle(
    tx: &mut Tx<'_>,
    now: Timestamp,
    queue: RestoredQueue,
    id: MessageId,
    committed: &mut Committed,
) -> Result<bool> {
    let Some(old) = tx.rows.message(id)? else { return Ok(false) };
    let since = tx.restored_to().unwrap_or(now);
    let change = match queue {
        RestoredQueue::Hold { .. } => hold_restored(&old, now),
        RestoredQueue::Release => release_restored(&old, waits_for(tx, &old)?, now),
        RestoredQueue::Doubt => doubt_restored(&old, since, now),
    };
    let Some(change) = change else { return Ok(false) };
    let doubted = change.message.clone();
    tx.commit(now, &old, change, committed)?;
    if queue == RestoredQueue::Doubt {
        settle_by_parked(tx, now, &doubted, committed)?;
    }
    Ok(true)
}

/// What was paced before it was held still waits for the verdict on its template: its last event but the hold tells.
fn waits_for(tx: &Tx<'_>, message: &Message) -> Result<WaitReason> {
    let events = tx.rows.events(message.id)?;
    let before = events.iter().rev().filter(|(_, event)| event.kind == EventKind::Waiting).nth(1);
    let was_for = before.and_then(|(_, event)| event.detail.as_deref()).unwrap_or_default();
    let was_paced = was_for.starts_with(WaitReason::Pacing.as_str());
    Ok(if was_paced { WaitReason::Pacing } else { WaitReason::Retry })
}
