//! Reads: one snapshot each, nothing written. They need the rows alone, so that readers beside the writer can answer.

use stentor_core::id::{AccountId, EndpointId, MessageId, RecipientKey};
use stentor_core::message::{Message, State};
use stentor_core::time::Timestamp;

use crate::live::Counters;
use crate::rows::{Counter, Find, Result, Rows};
use crate::{Backlog, Counts, MessageFilter, MessageView};

/// Rows a listing by person looks at, newest first: there is no index by person on the accept path.
const RECIPIENT_SCAN_ROWS_MAX: usize = 2_000_000;
const LISTED_ROWS_MAX: usize = 1_000;

pub(crate) fn message(rows: &dyn Rows, account: AccountId, id: MessageId) -> Result<Option<MessageView>> {
    match rows.message(id)?.filter(|m| m.account == account) {
        Some(message) => view(rows, message).map(Some),
        None => Ok(None),
    }
}

fn view(rows: &dyn Rows, message: Message) -> Result<MessageView> {
    let id = message.id;
    Ok(MessageView { message, body: rows.body(id)?, events: rows.events(id)?, attempts: rows.attempts(id)? })
}

fn views(rows: &dyn Rows, find: &Find) -> Result<Vec<MessageView>> {
    rows.find_messages(find)?.into_iter().map(|m| view(rows, m)).collect()
}

pub(crate) fn messages(
    rows: &dyn Rows,
    account: AccountId,
    filter: &MessageFilter,
) -> Result<Vec<MessageView>> {
    let find = Find {
        account: Some(account),
        channel: filter.channel,
        recipient: None,
        states: filter.state.into_iter().collect(),
        before: filter.before,
        limit: filter.limit.clamp(1, LISTED_ROWS_MAX),
        scan_rows_max: usize::MAX,
    };
    views(rows, &find)
}

pub(crate) fn messages_to(
    rows: &dyn Rows,
    account: AccountId,
    recipient: RecipientKey,
    limit: usize,
) -> Result<Vec<MessageView>> {
    let find = Find {
        account: Some(account),
        channel: None,
        recipient: Some(recipient),
        states: Vec::new(),
        before: None,
        limit: limit.clamp(1, LISTED_ROWS_MAX),
        scan_rows_max: RECIPIENT_SCAN_ROWS_MAX,
    };
    views(rows, &find)
}

pub(crate) fn in_flight_upstream(
    rows: &dyn Rows,
    before: Option<MessageId>,
    limit: usize,
) -> Result<Vec<MessageView>> {
    let find = Find {
        account: None,
        channel: None,
        recipient: None,
        states: vec![State::Unknown, State::Sent, State::Delivered],
        before,
        limit,
        scan_rows_max: usize::MAX,
    };
    views(rows, &find)
}

pub(crate) fn counts(rows: &dyn Rows) -> Result<Counts> {
    let all = rows.counters()?;
    let sum = |wanted: Counter| {
        let n: i64 = all.iter().filter(|(c, _, _)| *c == wanted).map(|(_, _, n)| n).sum();
        n.unsigned_abs()
    };
    Ok(Counts {
        by_state: Counters::by_state(&all, None),
        oldest_queued_at: rows.first_due()?,
        held: sum(Counter::Held),
        restored_to: time(sum(Counter::RestoredTo)),
        parked: sum(Counter::Parked),
        doubles: sum(Counter::Doubles),
        deliveries_waiting: sum(Counter::Outbox),
        deliveries_lost: sum(Counter::Lost),
        events_unheard: sum(Counter::Unheard),
    })
}

/// Milliseconds; 0 is never.
fn time(ms: u64) -> Option<Timestamp> {
    i64::try_from(ms).ok().filter(|ms| *ms > 0).map(Timestamp::from_millis)
}

pub(crate) fn counts_of(rows: &dyn Rows, account: AccountId) -> Result<Vec<(State, u64)>> {
    Ok(Counters::by_state(&rows.counters()?, Some(account)))
}

pub(crate) fn backlog(rows: &dyn Rows, endpoint: EndpointId) -> Result<Backlog> {
    let all = rows.counters()?;
    let of = |wanted: Counter| {
        let mut hits = all.iter().filter(|(c, key, _)| *c == wanted && *key == endpoint.0);
        hits.next().map_or(0, |(_, _, n)| n.unsigned_abs())
    };
    let oldest_at = rows.oldest_outbox(Some(endpoint))?.map(|row| row.queued_at);
    Ok(Backlog { rows: of(Counter::Outbox), oldest_at, lost: of(Counter::Lost) })
}
