//! What people and the upstream tell, taken in once; and the forgetting of everything that was ever sent or told, for
//! tests that share a server.

use stentor_core::id::{AccountId, ChannelId, MessageId};
use stentor_core::learning::NOBODY;
use stentor_core::message::{Change, Event, EventKind, Message, State};
use stentor_core::time::Timestamp;

use super::aliases::link;
use super::delivery::notify;
use super::people::told;
use crate::rows::{Counter, Result, Rows};
use crate::tx::Tx;
use crate::{Committed, NewInbound};

/// Names kept of what was told; the oldest give way.
const SEEN_ROWS_MAX: i64 = 1_000_000;
/// Events of one message: from there on answers to it leave none.
const EVENTS_MAX: u32 = 1_000;

/// Takes in what is new; says of each whether it was.
pub(crate) fn take_in(tx: &mut Tx<'_>, now: Timestamp, told: &[NewInbound]) -> Result<Vec<bool>> {
    told.iter().map(|inbound| take_in_one(tx, now, inbound)).collect()
}

fn take_in_one(tx: &mut Tx<'_>, now: Timestamp, inbound: &NewInbound) -> Result<bool> {
    let account = inbound.account;
    if let Some(key) = &inbound.key {
        if tx.rows.is_seen(account, key)? {
            return Ok(false);
        }
        if tx.live.counters.get(Counter::Seen, 0) >= SEEN_ROWS_MAX {
            forget_seen(tx, Timestamp::NEVER, 1)?;
        }
        tx.rows.put_seen(now, account, key)?;
        tx.live.counters.add(Counter::Seen, 0, 1);
    }
    let answered = match &inbound.answered {
        Some((id, how)) => tx.message(account, *id)?.map(|message| (message, how)),
        None => None,
    };
    let spoken_of = answered.as_ref().map(|(message, _)| message);
    for alias in &inbound.aliases {
        link(tx, account, alias)?;
    }
    for (recipient, note) in &inbound.notes {
        told(tx, (account, *recipient), spoken_of, note)?;
    }
    if let Some((id, deed, at)) = &inbound.learns
        && let Some(message) = tx.message(account, *id)?
    {
        tx.learn_deed(&message, deed.clone(), *at)?;
    }
    if let Some((old, how)) = answered.filter(|(message, _)| message.events < EVENTS_MAX) {
        let events = vec![Event::note(now, EventKind::Answered, how)];
        let change = Change { message: Message { events: old.events + 1, ..old.clone() }, events };
        tx.commit(now, &old, change, &mut Committed::default())?;
    }
    notify(tx, now, &inbound.notices)?;
    Ok(true)
}

/// At most `limit` names of what was told before `before`; how many went.
pub(crate) fn forget_seen(tx: &mut Tx<'_>, before: Timestamp, limit: usize) -> Result<usize> {
    let gone = tx.rows.prune_seen(before, limit)?;
    tx.live.counters.add(Counter::Seen, 0, -i64::try_from(gone).unwrap_or(0));
    Ok(gone)
}

/// The channel's message that the upstream knows by this id, with its address.
pub(crate) fn message_of_upstream(
    rows: &dyn Rows,
    (account, channel): (AccountId, ChannelId),
    upstream_id: &str,
) -> Result<Option<(MessageId, String)>> {
    for id in rows.messages_of_upstream(upstream_id)? {
        let is_meant = rows.message(id)?.is_some_and(|m| m.account == account && m.channel == channel);
        if is_meant && let Some((address, _)) = rows.address(id)? {
            return Ok(Some((id, address)));
        }
    }
    Ok(None)
}

/// Forgets every message, person, waiting webhook and what is logged of them; accounts, templates, media and the audit
/// stay, and so do the counts of what was lost. What is being sent stays unless `sending_too`; how many those are.
pub(crate) fn wipe(tx: &mut Tx<'_>, sending_too: bool) -> Result<u64> {
    tx.rows.wipe(sending_too)?;
    let now = Timestamp::from_millis(tx.live.counters.get(Counter::LastSeen, 0));
    tx.learn_forgotten(AccountId(0), NOBODY, now)?;
    let left = tx.rows.timers(State::Sending, Timestamp::NEVER, usize::MAX)?;
    tx.live.wiped();
    for (_, id) in &left {
        if let Some(message) = tx.rows.message(*id)? {
            tx.live.moved(None, &message);
        }
    }
    Ok(left.len() as u64)
}
