//! The queue of a channel: leases, the next due time, and decisions about what has not left.

use stentor_core::id::{AccountId, ChannelId, MessageId, TemplateId};
use stentor_core::message::{Message, WaitReason, drop_by_policy, fail_in_queue, postpone};
use stentor_core::reason::{EXPIRED, EXPIRED_DETAILS};
use stentor_core::time::Timestamp;

use crate::rows::{Result, Rows};
use crate::tx::{Tx, broken};
use crate::{Claimed, Committed, LookAgain, QueueDecision, Waits};

/// Queue positions read at a time, at most.
pub(crate) const PAGE_ROWS: usize = 512;
/// What is leased stands at the head: that many positions are looked past for the next.
const NEXT_ROWS: usize = 64;
/// Where a walk over a queue stands.
pub(crate) type Position = (Timestamp, MessageId);
pub(crate) const FIRST: Position = (Timestamp::from_millis(i64::MIN), MessageId(i64::MIN));

pub(crate) fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    channel: ChannelId,
    limit: usize,
) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    let (mut after, mut rows) = (FIRST, (2 * limit).clamp(1, PAGE_ROWS));
    while claimed.len() < limit {
        let page = tx.rows.queued(channel, after, now, rows)?;
        if !lease_all(tx, now, account, &page, limit, &mut claimed)? {
            break;
        }
        match page.last() {
            Some(last) if page.len() == rows => (after, rows) = (*last, PAGE_ROWS),
            _ => break,
        }
    }
    Ok(claimed)
}

/// The same where somebody has chosen among the optimised: what goes the classic way first, then of the picks what still
/// waits.
pub(crate) fn claim_planned(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (account, channel): (AccountId, ChannelId),
    limit: usize,
    picks: &[MessageId],
) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    let (mut after, mut rows) = (FIRST, (2 * limit).clamp(1, PAGE_ROWS));
    while claimed.len() < limit {
        let page = tx.rows.queued_classic(channel, after, now, rows)?;
        if !lease_all(tx, now, account, &page, limit, &mut claimed)? {
            break;
        }
        match page.last() {
            Some(last) if page.len() == rows => (after, rows) = (*last, PAGE_ROWS),
            _ => break,
        }
    }
    let waits =
        |m: &Message| m.channel == channel && m.state.is_queued() && m.due.is_some_and(|due| due <= now);
    for &id in picks {
        if claimed.len() < limit
            && !tx.live.is_claimed(id, now)
            && let Some(message) = tx.message(account, id)?.filter(waits)
        {
            claimed.push(lease(tx, now, message)?);
        }
    }
    Ok(claimed)
}

/// Leases what is free of a page; `false`: the channel is another account's.
fn lease_all(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    page: &[Position],
    limit: usize,
    claimed: &mut Vec<Claimed>,
) -> Result<bool> {
    for &(_, id) in page {
        if claimed.len() == limit {
            break;
        }
        if tx.live.is_claimed(id, now) {
            continue;
        }
        let Some(message) = tx.message(account, id)? else { return Ok(false) };
        claimed.push(lease(tx, now, message)?);
    }
    Ok(true)
}

fn lease(tx: &mut Tx<'_>, now: Timestamp, message: Message) -> Result<Claimed> {
    let (id, channel) = (message.id, message.channel);
    let body = tx.rows.body(id)?.ok_or_else(|| broken("a queued message has no body"))?;
    let person = tx.rows.person(message.account, message.recipient)?.unwrap_or_default();
    let pair = tx.live.lone.pair((channel, message.recipient), person.pair(channel), now);
    tx.live.claim(id, now);
    Ok(Claimed { message, body, person, pair })
}

/// What a plan must know of these messages, those of the account that wait.
pub(crate) fn waiting(rows: &dyn Rows, account: AccountId, ids: &[MessageId]) -> Result<Vec<Waits>> {
    let mut found = Vec::with_capacity(ids.len());
    for &id in ids {
        let message = rows.message(id)?.filter(|m| m.account == account && m.state.is_queued());
        let Some((message, (address, _))) = message.zip(rows.address(id)?) else { continue };
        let time_zone = rows.person(account, message.recipient)?.and_then(|person| person.time_zone);
        found.push(Waits { message, address, time_zone });
    }
    Ok(found)
}

pub(crate) fn release(tx: &mut Tx<'_>, account: AccountId, messages: &[MessageId]) -> Result<()> {
    for &id in messages {
        if tx.live.claimed.contains_key(&id) && tx.message(account, id)?.is_some() {
            tx.live.claimed.remove(&id);
        }
    }
    Ok(())
}

pub(crate) fn next_due(tx: &mut Tx<'_>, account: AccountId, channel: ChannelId) -> Result<Option<Timestamp>> {
    let mut next: Option<Timestamp> = None;
    let (mut after, mut rows) = (FIRST, NEXT_ROWS);
    loop {
        let page = tx.rows.queued(channel, after, Timestamp::NEVER, rows)?;
        for &(due, id) in &page {
            if next.is_some_and(|next| next <= due) {
                return Ok(next);
            }
            if next.is_none() && tx.message(account, id)?.is_none() {
                return Ok(None);
            }
            let free = tx.live.lease_end(id).map_or(due, |end| end.max(due));
            next = Some(next.map_or(free, |next| next.min(free)));
        }
        match page.last() {
            Some(last) if page.len() == rows => (after, rows) = (*last, PAGE_ROWS),
            _ => return Ok(next),
        }
    }
}

/// One transaction of [`crate::Store::look_again`]: how many it made due. They are found by what they wait for, not by a
/// walk over all that waits.
pub(crate) fn look_again(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (account, channel): (AccountId, ChannelId),
    what: LookAgain,
) -> Result<usize> {
    if tx.directory.channel(channel).is_none_or(|c| c.account != account) {
        return Ok(0);
    }
    // What is paced waits for the verdict on its template, whatever else changes.
    let waits: &[WaitReason] = match what {
        LookAgain::Stopped => &[WaitReason::Sync, WaitReason::Paused],
        LookAgain::Template(_) => &[WaitReason::Sync, WaitReason::Paused, WaitReason::Pacing],
        LookAgain::Nights => &[WaitReason::QuietHours],
        LookAgain::Limits => &[WaitReason::Cap, WaitReason::UpstreamLimit],
    };
    let of: Vec<Option<TemplateId>> = match what {
        LookAgain::Template(template) => vec![Some(template)],
        _ => tx.rows.held_templates(channel)?,
    };
    let mut made_due = 0;
    for of in of {
        for id in held(tx, (channel, of), waits, now, PAGE_ROWS - made_due)? {
            let Some(old) = tx.message(account, id)? else { continue };
            tx.rows.update_message(&old, &Message { due: Some(now), ..old.clone() })?;
            made_due += 1;
        }
    }
    Ok(made_due)
}

/// Messages of a template that wait for one of these, at most `limit`.
fn held(
    tx: &Tx<'_>,
    (channel, template): (ChannelId, Option<TemplateId>),
    waits: &[WaitReason],
    now: Timestamp,
    limit: usize,
) -> Result<Vec<MessageId>> {
    let mut found = Vec::new();
    for wait in waits {
        found.extend(tx.rows.held(channel, template, *wait, now, limit - found.len())?);
    }
    Ok(found)
}

pub(crate) fn decide(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: AccountId,
    decisions: &[(MessageId, QueueDecision)],
) -> Result<Committed> {
    let mut committed = Committed::default();
    for (id, decision) in decisions {
        let Some(message) = tx.message(account, *id)? else { continue };
        tx.live.claimed.remove(id);
        if let Some(change) = decided(tx, &message, decision, now) {
            tx.commit(now, &message, change, &mut committed)?;
        }
    }
    Ok(committed)
}

fn decided(
    tx: &mut Tx<'_>,
    message: &Message,
    decision: &QueueDecision,
    now: Timestamp,
) -> Option<stentor_core::message::Change> {
    match decision {
        QueueDecision::Postpone { until, wait, why } => {
            // Whoever begins to wait for a pair does so behind the others; whoever has had a turn is next.
            let in_turn = *wait == WaitReason::Pair && message.wait != Some(WaitReason::Pair);
            let of = (message.channel, message.recipient);
            let until = if in_turn { tx.live.turns.next(of, *until, now) } else { *until };
            postpone(message, until, (*wait, why), now)
        }
        QueueDecision::Fail { code, detail } => fail_in_queue(message, *code, detail, true, now),
        QueueDecision::ExpireSilently => fail_in_queue(message, EXPIRED, EXPIRED_DETAILS, false, now),
        QueueDecision::Drop { code, detail } => drop_by_policy(message, *code, detail, now),
    }
}
