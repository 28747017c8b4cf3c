//! Sends under way: booked with what became of them, doubted when nothing did. How they begin: `begin`.

use std::time::Duration;

use stentor_core::id::{ChannelId, MessageId};
use stentor_core::message::{self, Message, State, UnknownPolicy, after_send};
use stentor_core::outcome::{self, Outcome};
use stentor_core::rate::Pace;
use stentor_core::registry::{Channel, Echo};
use stentor_core::time::Timestamp;

use super::begin::give_back;
use super::evidence::{meet_parked, name_attempt, name_first, settle_by_parked};
use super::status::{UNFETCHED, learn, naming_hosts};
use crate::rows::Result;
use crate::tx::Tx;
use crate::{Attempt, Committed, SendRecord};

/// How often unknowns that silence may settle are looked at.
const SILENCE_CHECK: Duration = Duration::from_mins(1);

pub(crate) fn record_sends(tx: &mut Tx<'_>, now: Timestamp, records: &[SendRecord]) -> Result<Committed> {
    let mut committed = Committed::default();
    for record in records {
        let Some(message) = tx.message(record.account, record.message)? else { continue };
        if record.attempt == 0 || record.attempt > message.attempts {
            continue;
        }
        record_send(tx, now, &message, record, &mut committed)?;
    }
    Ok(committed)
}

fn record_send(
    tx: &mut Tx<'_>,
    now: Timestamp,
    old: &Message,
    record: &SendRecord,
    committed: &mut Committed,
) -> Result<()> {
    let named = match &record.outcome {
        Outcome::Refused { code: UNFETCHED, http, details, retry_after } => Some(Outcome::Refused {
            code: UNFETCHED,
            http: *http,
            details: naming_hosts(tx, old, details)?,
            retry_after: *retry_after,
        }),
        _ => None,
    };
    let outcome = named.as_ref().unwrap_or(&record.outcome);
    let change = after_send(old, record.attempt, outcome, &record.next, now);
    let slowed = press(tx, now, old, record)?;
    let mut is_now = old.clone();
    if let Some(change) = change.map(|change| change.because(slowed.as_deref())) {
        if record.outcome.is_surely_not_taken(&record.next) {
            give_back(tx, now, old, &record.outcome)?;
        }
        tx.live.counted.take(old.id);
        tx.commit(now, old, change, committed)?;
        is_now = committed.changes.last().map_or(is_now, |c| c.message.clone());
        if let Outcome::Refused { code, .. } = &record.outcome {
            learn(tx, now, old, *code, now)?;
        }
    }
    match &record.outcome {
        Outcome::Taken { upstream_id, .. } if !record.own_id => {
            // In `sending` on the first attempt no status has named it: one that had would have moved it on.
            if old.state == State::Sending && old.attempts == 1 {
                name_first(tx, now, &is_now, record.attempt, upstream_id)?;
            } else {
                is_now = name_attempt(tx, now, is_now, record.attempt, upstream_id, committed)?;
            }
            meet_parked(tx, now, &is_now, upstream_id, committed)?;
        }
        Outcome::Taken { .. } => {}
        outcome => {
            let outcome = outcome.describe();
            let attempt = Attempt { no: record.attempt, at: now, upstream_id: None, outcome };
            tx.rows.put_attempt(old.id, &attempt)?;
        }
    }
    if is_now.state == State::Unknown && old.state != State::Unknown {
        settle_by_parked(tx, now, &is_now, committed)?;
    }
    Ok(())
}

/// What the outcome says of the upstream's patience slows the whole channel; in words, where it is slower now.
fn press(tx: &mut Tx<'_>, now: Timestamp, old: &Message, record: &SendRecord) -> Result<Option<String>> {
    let Some(by) = outcome::pressure(&record.outcome) else { return Ok(None) };
    let Some(channel) = tx.directory.channel(old.channel) else { return Ok(None) };
    let rate_per_s = channel.rate_per_s;
    // An earlier attempt's late answer says nothing of the speed since then.
    let began_at = old.sending_at.filter(|_| record.attempt == old.attempts).unwrap_or_default();
    let pace = tx.rows.pace(old.channel)?.unwrap_or_default();
    let throttle = pace.throttle.pressed(rate_per_s, by, began_at, now);
    if throttle != pace.throttle {
        tx.rows.put_pace(old.channel, &Pace { throttle, ..pace })?;
    }
    Ok(throttle.describe(rate_per_s, now))
}

pub(crate) fn run_timers(
    tx: &mut Tx<'_>,
    now: Timestamp,
    limit: usize,
) -> Result<(Committed, Option<Timestamp>)> {
    let mut committed = Committed::default();
    let mut left = limit;
    for state in [State::Sending, State::Unknown, State::Sent] {
        for (_, id) in tx.rows.timers(state, now, left)? {
            left -= 1;
            fire(tx, now, id, false, &mut committed)?;
        }
    }
    let (silent, watched) = silent(tx, now, left)?;
    for id in silent {
        fire(tx, now, id, true, &mut committed)?;
    }
    let mut next = watched.then(|| now + SILENCE_CHECK);
    for state in [State::Sending, State::Unknown, State::Sent] {
        let due = tx.rows.timers(state, Timestamp::NEVER, 1)?.first().map(|(due, _)| *due);
        next = next.into_iter().chain(due).min();
    }
    Ok((committed, next))
}

fn fire(
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: MessageId,
    silence: bool,
    committed: &mut Committed,
) -> Result<()> {
    let Some(old) = tx.rows.message(id)? else { return Ok(()) };
    let policy = tx.directory.channel(old.channel).map_or(UnknownPolicy::AtMostOnce, |c| c.unknown_policy);
    let Some(change) = message::on_timer(&old, policy, silence, now) else { return Ok(()) };
    let doubted = change.message.state == State::Unknown;
    tx.commit(now, &old, change, committed)?;
    if doubted && let Some(change) = committed.changes.last() {
        let message = change.message.clone();
        settle_by_parked(tx, now, &message, committed)?;
    }
    Ok(())
}

/// Unknowns that would have had a status by now, on channels that may send again; and whether any is to be watched.
fn silent(tx: &Tx<'_>, now: Timestamp, limit: usize) -> Result<(Vec<MessageId>, bool)> {
    let may = |c: &&Channel| c.unknown_policy == UnknownPolicy::AtLeastOnce && c.echo == Echo::Yes;
    let channels: Vec<ChannelId> = tx.directory.channels().filter(may).map(|c| c.id).collect();
    // What was sent before a restore may have had its statuses before it, too: there silence is no evidence.
    let heard = tx.restored_to().map_or(Timestamp::from_millis(i64::MIN), |to| to + Duration::from_millis(1));
    let (mut found, mut watched) = (Vec::new(), false);
    for channel in channels {
        watched = watched || !tx.rows.unknown_since(channel, heard..Timestamp::NEVER, 1)?.is_empty();
        if let Some(before) = tx.live.silent_before(channel, now).filter(|_| found.len() < limit) {
            found.extend(tx.rows.unknown_since(channel, heard..before, limit - found.len())?);
        }
    }
    Ok((found, watched))
}

/// At start: whoever held a lease is gone, and what was leaving is in doubt.
pub(crate) fn rescue(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    tx.live.forget_claims();
    tx.live.forget_begun(now);
    let mut committed = Committed::default();
    let sending = tx.rows.timers(State::Sending, Timestamp::NEVER, usize::MAX)?;
    for &(_, id) in &sending {
        let Some(old) = tx.rows.message(id)? else { continue };
        let Some(change) = message::rescue(&old, now) else { continue };
        tx.commit(now, &old, change, &mut committed)?;
        let message = committed.changes.last().map(|c| c.message.clone());
        if let Some(message) = message {
            settle_by_parked(tx, now, &message, &mut committed)?;
        }
    }
    Ok(sending.len() as u64)
}
