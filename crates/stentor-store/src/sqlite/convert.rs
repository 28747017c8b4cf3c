//! Between SQLite's columns and the house's values: words, times, hashes, errors.

use rusqlite::types::Type;
use rusqlite::{ErrorCode, Row};
use stentor_core::id::{
    AccountId, ChannelId, DeliveryId, EndpointId, MessageId, NoticeId, RecipientKey, TemplateId,
};
use stentor_core::learning::Decided;
use stentor_core::message::{
    Event, EventKind, Message, State, Status, StatusKind, UpstreamStatus, WaitReason,
};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

mod person;

pub(super) use person::{PERSON, person, write_pairs, write_ring};

use crate::StoreError;
use crate::rows::{Counter, OutboxRow, Parked, What};

type Column<T> = rusqlite::Result<T>;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // The writer knows the path.
            Some(ErrorCode::DiskFull) => Self::DiskFull { path: String::new() },
            Some(ErrorCode::SystemIoFailure) => Self::OutcomeUnknown(error.to_string()),
            _ => Self::Unusable(format!("the database says: {error}")),
        }
    }
}

/// A word of a closed set.
pub(super) fn word<T>(row: &Row<'_>, i: usize, parse: impl FnOnce(&str) -> Option<T>) -> Column<T> {
    let text = row.get_ref(i)?.as_str()?;
    parse(text).ok_or_else(|| unreadable(i, &format!("`{text}` is no word of its column")))
}

pub(super) fn word_or_null<T>(
    row: &Row<'_>,
    i: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Column<Option<T>> {
    if row.get_ref(i)? == rusqlite::types::ValueRef::Null { Ok(None) } else { word(row, i, parse).map(Some) }
}

pub(super) fn unreadable(i: usize, why: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(i, Type::Text, why.into())
}

pub(super) fn time(row: &Row<'_>, i: usize) -> Column<Timestamp> {
    row.get(i).map(Timestamp::from_millis)
}

pub(super) fn time_or_null(row: &Row<'_>, i: usize) -> Column<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(i)?.map(Timestamp::from_millis))
}

pub(super) fn ms(t: Option<Timestamp>) -> Option<i64> {
    t.map(Timestamp::millis)
}

/// FNV-1a: only narrows an index down; the text itself is compared.
pub(super) fn hash(text: &str) -> i64 {
    let fnv = |h: u64, byte: u8| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv).cast_signed()
}

/// The columns [`message`] reads, in its order.
pub(super) const MESSAGE: &str = "id, account, channel, template, category, recipient, route, sharing, state, wait, \
     due, deadline, attempts, code, sending_at, taken_at, sent_at, delivered_at, read_at, ended_at, events, decided";

pub(super) fn message(row: &Row<'_>) -> Column<Message> {
    Ok(Message {
        id: MessageId(row.get(0)?),
        account: AccountId(row.get(1)?),
        channel: ChannelId(row.get(2)?),
        template: row.get::<_, Option<i64>>(3)?.map(TemplateId),
        category: word_or_null(row, 4, Category::parse)?,
        recipient: RecipientKey(row.get(5)?),
        route: word(row, 6, Route::parse)?,
        sharing: row.get(7)?,
        state: word(row, 8, State::parse)?,
        wait: word_or_null(row, 9, WaitReason::parse)?,
        due: time_or_null(row, 10)?,
        deadline: time(row, 11)?,
        attempts: row.get(12)?,
        code: row.get(13)?,
        sending_at: time_or_null(row, 14)?,
        taken_at: time_or_null(row, 15)?,
        sent_at: time_or_null(row, 16)?,
        delivered_at: time_or_null(row, 17)?,
        read_at: time_or_null(row, 18)?,
        ended_at: time_or_null(row, 19)?,
        events: row.get(20)?,
        decided: decided(row)?,
    })
}

fn decided(row: &Row<'_>) -> Column<Option<Box<Decided>>> {
    let Some(bytes) = row.get_ref(21)?.as_blob_or_null()? else { return Ok(None) };
    let decided = Decided::parse(bytes).ok_or_else(|| unreadable(21, "these bytes are no decision"))?;
    Ok(Some(Box::new(decided)))
}

/// Columns: seq, at, kind, code, detail, report.
pub(super) fn event(row: &Row<'_>) -> Column<(u32, Event)> {
    let event = Event {
        at: time(row, 1)?,
        kind: word(row, 2, EventKind::parse)?,
        code: row.get(3)?,
        detail: row.get(4)?,
        report: row.get(5)?,
    };
    Ok((row.get(0)?, event))
}

pub(super) const OUTBOX: &str = "id, endpoint, message, seq, notice, queued_at, due, tries";

pub(super) fn outbox(row: &Row<'_>) -> Column<OutboxRow> {
    let what = match (row.get(2)?, row.get(3)?, row.get(4)?) {
        (Some(message), Some(seq), None) => What::Event { message: MessageId(message), seq },
        (None, None, Some(notice)) => What::Notice(NoticeId(notice)),
        _ => return Err(unreadable(4, "an outbox row tells one event or one notice")),
    };
    let (id, endpoint) = (DeliveryId(row.get(0)?), EndpointId(row.get(1)?));
    Ok(OutboxRow { id, endpoint, what, queued_at: time(row, 5)?, due: time(row, 6)?, tries: row.get(7)? })
}

pub(super) const PARKED: &str = "id, account, at, channel, upstream_id, message, mark_message, mark_attempt, recipient, \
     kind, code, detail, happened_at";

pub(super) fn parked(row: &Row<'_>) -> Column<Parked> {
    let mark = match (row.get(6)?, row.get(7)?) {
        (Some(message), Some(attempt)) => Some((MessageId(message), attempt)),
        _ => None,
    };
    let kind = match row.get_ref(9)?.as_str()? {
        "sent" => StatusKind::Sent,
        "delivered" => StatusKind::Delivered,
        "read" => StatusKind::Read,
        "played" => StatusKind::Played,
        "failed" => StatusKind::Failed { code: row.get(10)?, detail: row.get(11)? },
        other => return Err(unreadable(9, &format!("`{other}` is no status"))),
    };
    let status = UpstreamStatus {
        channel: ChannelId(row.get(3)?),
        upstream_id: row.get(4)?,
        message: row.get::<_, Option<i64>>(5)?.map(MessageId),
        mark,
        recipient: row.get::<_, Option<i64>>(8)?.map(RecipientKey),
        status: Status { kind, at: time(row, 12)? },
    };
    Ok(Parked { id: row.get(0)?, account: AccountId(row.get(1)?), at: time(row, 2)?, status })
}

/// The word, code and detail of a status.
pub(super) fn status(kind: &StatusKind) -> (&'static str, Option<u32>, Option<&str>) {
    match kind {
        StatusKind::Sent => ("sent", None, None),
        StatusKind::Delivered => ("delivered", None, None),
        StatusKind::Read => ("read", None, None),
        StatusKind::Played => ("played", None, None),
        StatusKind::Failed { code, detail } => ("failed", Some(*code), Some(detail)),
    }
}

const COUNTERS: [(Counter, &str); 19] = [
    (Counter::Outbox, "outbox"),
    (Counter::Postponed, "postponed"),
    (Counter::Lost, "lost"),
    (Counter::Unheard, "unheard"),
    (Counter::Parked, "parked"),
    (Counter::Seen, "seen"),
    (Counter::Held, "held"),
    (Counter::RestoredTo, "restored_to"),
    (Counter::Doubles, "doubles"),
    (Counter::LastDelivery, "last_delivery"),
    (Counter::LastNotice, "last_notice"),
    (Counter::LastParked, "last_parked"),
    (Counter::LastAudit, "last_audit"),
    (Counter::LastLine, "last_line"),
    (Counter::LastMessage, "last_message"),
    (Counter::LastSeen, "last_seen"),
    (Counter::Skipped, "skipped"),
    (Counter::Undeliverable, "undeliverable"),
    (Counter::Ready, "ready"),
];

pub(super) fn counter_name(counter: Counter) -> String {
    match counter {
        Counter::State(state) => format!("state.{}", state.as_str()),
        other => COUNTERS.iter().find(|(c, _)| *c == other).map_or("", |(_, name)| name).to_owned(),
    }
}

pub(super) fn counter(name: &str) -> Option<Counter> {
    match name.strip_prefix("state.") {
        Some(state) => State::parse(state).map(Counter::State),
        None => COUNTERS.iter().find(|(_, n)| *n == name).map(|(c, _)| *c),
    }
}
