//! Rows that must be readable: each table's keys, and the reader that the program itself uses.

use rusqlite::Row;
use stentor_core::id::{
    AccountId, ChannelId, DeliveryId, EndpointId, MediaId, MessageId, NoticeId, RecipientKey,
};

use crate::StoreError;
use crate::rows::{DeliveryRows, KeepRows, LearningRows, MediaRows, MessageRows, PeopleRows};
use crate::sqlite::rows::SqliteRows;

/// Reads what stands under a row of keys: what could not be read and why, or an error of the keys themselves.
pub(super) type Read = fn(&SqliteRows<'_>, &Row<'_>) -> rusqlite::Result<Result<(), (String, StoreError)>>;

/// Rows of an account's delivery log, and of its audit, that are read.
const LOG_ROWS_MAX: usize = 100_000;

/// Name, the keys, and how each is read.
pub(super) const READABLE: &[(&str, &str, Read)] = &[
    ("bodies", "SELECT message FROM body", |rows, row| {
        let id: i64 = row.get(0)?;
        Ok(rows.body(MessageId(id)).map(drop).map_err(|e| (format!("the body of message {id}"), e)))
    }),
    ("events", "SELECT message, seq FROM event", |rows, row| {
        let (id, seq): (i64, u32) = (row.get(0)?, row.get(1)?);
        Ok(rows.event(MessageId(id), seq).map(drop).map_err(|e| (format!("event {seq} of message {id}"), e)))
    }),
    ("attempts", "SELECT DISTINCT message FROM attempt", |rows, row| {
        let id: i64 = row.get(0)?;
        Ok(rows.attempts(MessageId(id)).map(drop).map_err(|e| (format!("an attempt of message {id}"), e)))
    }),
    ("people", "SELECT account, recipient FROM person", |rows, row| {
        let (account, person): (i64, i64) = (row.get(0)?, row.get(1)?);
        let read = rows.person(AccountId(account), RecipientKey(person));
        Ok(read.map(drop).map_err(|e| (format!("a person of account {account}"), e)))
    }),
    ("what was said of people", "SELECT DISTINCT account, recipient FROM consent", |rows, row| {
        let (account, person): (i64, i64) = (row.get(0)?, row.get(1)?);
        let read = rows.consents(AccountId(account), RecipientKey(person));
        Ok(read.map(drop).map_err(|e| (format!("the history of a person of account {account}"), e)))
    }),
    ("channels' budgets", "SELECT channel FROM bucket", |rows, row| {
        let id: i64 = row.get(0)?;
        Ok(rows.pace(ChannelId(id)).map(drop).map_err(|e| (format!("the budget of channel {id}"), e)))
    }),
    ("what was delivered, the newest", "SELECT DISTINCT account FROM delivery_log", |rows, row| {
        let account: i64 = row.get(0)?;
        let read = rows.delivery_log(AccountId(account), None, LOG_ROWS_MAX);
        Ok(read.map(drop).map_err(|e| (format!("a delivery of account {account}"), e)))
    }),
    ("the audit, the newest", "SELECT DISTINCT account FROM audit", |rows, row| {
        let account: i64 = row.get(0)?;
        let read = rows.audit(AccountId(account), None, LOG_ROWS_MAX);
        Ok(read.map(drop).map_err(|e| (format!("an audit row of account {account}"), e)))
    }),
    ("secrets", "SELECT name FROM secret", |rows, row| {
        let name: String = row.get(0)?;
        Ok(rows.secret(&name).map(drop).map_err(|e| (format!("the secret {name}"), e)))
    }),
    (
        "waiting webhooks",
        "SELECT endpoint, id FROM outbox UNION ALL SELECT endpoint, id FROM postponed",
        |rows, row| {
            let (endpoint, id): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(rows
                .outbox(EndpointId(endpoint), DeliveryId(id))
                .map(drop)
                .map_err(|e| (format!("delivery {id}"), e)))
        },
    ),
    ("notices", "SELECT id FROM notice", |rows, row| {
        let id: i64 = row.get(0)?;
        Ok(rows.notice(NoticeId(id)).map(drop).map_err(|e| (format!("notice {id}"), e)))
    }),
    ("parked statuses", "SELECT DISTINCT upstream_id FROM parked", |rows, row| {
        let id: String = row.get(0)?;
        Ok(rows.parked_of_upstream(&id).map(drop).map_err(|e| ("a parked status".to_owned(), e)))
    }),
    ("idempotency keys", "SELECT scope FROM idempotency", |rows, row| {
        let scope: [u8; 32] = row.get(0)?;
        Ok(rows.idempotency(&scope).map(drop).map_err(|e| ("an idempotency key".to_owned(), e)))
    }),
    ("the learning log", "SELECT seq FROM learning", |rows, row| {
        let seq: i64 = row.get(0)?;
        Ok(rows.lines_after(seq - 1, 1).map(drop).map_err(|e| (format!("line {seq} of the learning log"), e)))
    }),
    ("media", "SELECT id FROM media", |rows, row| {
        let id: i64 = row.get(0)?;
        Ok(rows.media(MediaId(id)).map(drop).map_err(|e| (format!("medium {id}"), e)))
    }),
    ("uploads", "SELECT token FROM upload", |rows, row| {
        let token: String = row.get(0)?;
        Ok(rows.upload(&token).map(drop).map_err(|e| ("a resumable upload".to_owned(), e)))
    }),
    ("accounts, channels, keys, templates, endpoints", "SELECT 1", |rows, _| {
        Ok(rows.registry().map(drop).map_err(|e| ("the registry".to_owned(), e)))
    }),
    ("counters", "SELECT 1", |rows, _| {
        Ok(rows.counters().map(drop).map_err(|e| ("a counter".to_owned(), e)))
    }),
];
