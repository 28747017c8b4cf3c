//! Reading the learning log: in order, of one person, of a span of days; and taking a person out of it.

use stentor_core::id::{AccountId, MessageId, RecipientKey};
use stentor_core::lift::Touch;
use stentor_core::time::Timestamp;

use crate::rows::{Counter, Result, Rows};
use crate::tx::Tx;
use crate::{Learnt, LearntDay};

/// Lines after a number, of all accounts, in order.
pub(crate) fn after(rows: &dyn Rows, seq: i64, limit: usize) -> Result<Vec<Learnt>> {
    Ok(numbered(rows.lines_after(seq, limit)?))
}

/// A person's lines after a number, in order.
pub(crate) fn of_person(
    rows: &dyn Rows,
    of: (AccountId, RecipientKey),
    after: i64,
    limit: usize,
) -> Result<Vec<Learnt>> {
    Ok(numbered(rows.lines_of(of, after, limit)?))
}

fn numbered(lines: Vec<(i64, stentor_core::learning::Line)>) -> Vec<Learnt> {
    lines.into_iter().map(|(seq, line)| Learnt { seq, line }).collect()
}

/// Takes these lines out of the log.
pub(crate) fn unlearn(tx: &mut Tx<'_>, lines: &[i64]) -> Result<()> {
    for seq in lines {
        tx.rows.delete_line(*seq)?;
    }
    Ok(())
}

/// A number before which no line was committed at or after `at`. Sends are in order of time: halved, not walked.
pub(crate) fn committed_from(rows: &dyn Rows, at: Timestamp) -> Result<i64> {
    let Some((first, _)) = rows.lines_after(0, 1)?.into_iter().next() else { return Ok(0) };
    let last = rows.counters()?.into_iter().find(|(counter, ..)| *counter == Counter::LastLine);
    // The last send known to be before `at` lies in [low, high).
    let (mut low, mut high) = (first, last.map_or(first, |(_, _, n)| n) + 1);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match rows.send_from(middle)? {
            Some((seq, sent)) if sent < at => low = seq,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// Clicks and reads of these people (`None`: of all) since a time.
pub(crate) fn touches(
    rows: &dyn Rows,
    account: AccountId,
    people: Option<&[RecipientKey]>,
    since: Timestamp,
) -> Result<Vec<(RecipientKey, Touch)>> {
    rows.touches(account, people, committed_from(rows, since)?)
}

/// What the log says of an account's messages that were accepted within a span.
pub(crate) fn days(
    rows: &dyn Rows,
    account: AccountId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<LearntDay>> {
    let ids = MessageId::first_at(from)..MessageId::first_at(until);
    rows.learnt_days(account, committed_from(rows, from)?, ids)
}

/// Where a message of the account went.
pub(crate) fn address(rows: &dyn Rows, account: AccountId, id: MessageId) -> Result<Option<String>> {
    match rows.message(id)?.filter(|message| message.account == account) {
        Some(_) => Ok(rows.address(id)?.map(|(address, _)| address)),
        None => Ok(None),
    }
}
