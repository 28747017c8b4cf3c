//! Rows on SQLite, inside the transaction of the connection handed in. Prepared once, integer keys, no decisions.

use std::fmt::Write as _;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, NoticeId, RecipientKey};
use stentor_core::message::{Event, Message, State};
use stentor_core::rate::Bucket;
use stentor_core::time::Timestamp;

use super::convert::{self, MESSAGE, OUTBOX, PARKED, hash, ms, time, time_or_null};
use super::registry;
use crate::rows::{Counter, Find, OutboxRow, Parked, Result, Rows, What};
use crate::tx::broken;
use crate::{Attempt, Audit, Body, DeliveryLogRow, Idempotency, NewNotice, Person, Registry, RegistryChange};

pub(super) struct SqliteRows<'c>(pub &'c Connection);

/// A statement with the column list of a table in it, as a constant.
macro_rules! select {
    ($columns:expr, $rest:literal) => {{
        static SQL: std::sync::LazyLock<String> =
            std::sync::LazyLock::new(|| format!(concat!("SELECT {} ", $rest), $columns));
        SQL.as_str()
    }};
}

impl SqliteRows<'_> {
    fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.0.prepare_cached(sql)?.execute(params)?)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.0.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        Ok(self.0.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn put_counters(&mut self, counters: &[(Counter, i64, i64)]) -> Result<()> {
        for (counter, key, n) in counters {
            let name = convert::counter_name(*counter);
            self.run(
                "INSERT OR REPLACE INTO counter (name, key, n) VALUES (?1, ?2, ?3)",
                params![name, key, n],
            )?;
        }
        Ok(())
    }
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn position(row: &Row<'_>) -> rusqlite::Result<(Timestamp, MessageId)> {
    Ok((time(row, 0)?, MessageId(row.get(1)?)))
}

impl Rows for SqliteRows<'_> {
    fn message(&self, id: MessageId) -> Result<Option<Message>> {
        self.one(select!(MESSAGE, "FROM message WHERE id = ?1"), [id.0], convert::message)
    }

    fn insert_message(&mut self, m: &Message, body: &Body) -> Result<bool> {
        let inserted = self.run(
            "INSERT INTO message VALUES \
             (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21) ON CONFLICT (id) DO NOTHING",
            params![
                m.id.0,
                m.account.0,
                m.channel.0,
                m.template.map(|t| t.0),
                m.category.map(|c| c.as_str()),
                m.recipient.0,
                m.route.as_str(),
                m.sharing,
                m.state.as_str(),
                m.wait.map(|w| w.as_str()),
                ms(m.due),
                m.deadline.millis(),
                m.attempts,
                m.code,
                ms(m.sending_at),
                ms(m.taken_at),
                ms(m.sent_at),
                ms(m.delivered_at),
                ms(m.read_at),
                ms(m.ended_at),
                m.events,
            ],
        )?;
        if inserted == 0 {
            return Ok(false);
        }
        self.run(
            "INSERT INTO body (message, input, address, opaque, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![m.id.0, body.input, body.address, body.opaque, body.payload],
        )?;
        Ok(true)
    }

    fn update_message(&mut self, old: &Message, m: &Message) -> Result<()> {
        let updated = self.run(
            "UPDATE message SET state = ?4, wait = ?5, due = ?6, attempts = ?7, code = ?8, sending_at = ?9, \
             taken_at = ?10, sent_at = ?11, delivered_at = ?12, read_at = ?13, ended_at = ?14, events = ?15 \
             WHERE id = ?1 AND account = ?2 AND state = ?3",
            params![
                old.id.0,
                old.account.0,
                old.state.as_str(),
                m.state.as_str(),
                m.wait.map(|w| w.as_str()),
                ms(m.due),
                m.attempts,
                m.code,
                ms(m.sending_at),
                ms(m.taken_at),
                ms(m.sent_at),
                ms(m.delivered_at),
                ms(m.read_at),
                ms(m.ended_at),
                m.events,
            ],
        )?;
        if updated == 1 { Ok(()) } else { Err(broken("a message changed under its own transaction")) }
    }

    fn delete_message(&mut self, id: MessageId) -> Result<()> {
        self.run("DELETE FROM message WHERE id = ?1", [id.0])?;
        self.run("DELETE FROM event WHERE message = ?1", [id.0])?;
        self.run("DELETE FROM attempt WHERE message = ?1", [id.0])?;
        self.delete_body(id)
    }

    fn oldest_message(&self) -> Result<Option<MessageId>> {
        self.one("SELECT id FROM message ORDER BY id LIMIT 1", [], |row| row.get(0).map(MessageId))
    }

    fn find_messages(&self, find: &Find) -> Result<Vec<Message>> {
        let mut sql = format!("SELECT {MESSAGE} FROM message WHERE id < ?1");
        let before = find.before.map_or(i64::MAX, |id| id.0);
        let scan_rows_max = limited(find.scan_rows_max);
        // What is above the first row that is not looked at.
        let floor = if scan_rows_max == i64::MAX {
            None
        } else {
            let at = "SELECT id FROM message WHERE id < ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2";
            self.one(at, [before, scan_rows_max], |row| row.get::<_, i64>(0))?
        };
        let conditions = [
            ("account", find.account.map(|a| a.0)),
            ("channel", find.channel.map(|c| c.0)),
            ("recipient", find.recipient.map(|r| r.0)),
        ];
        let mut values = vec![before];
        for (column, value) in conditions {
            if let Some(value) = value {
                values.push(value);
                // Writing to a String cannot fail.
                let _ = write!(sql, " AND +{column} = ?{}", values.len());
            }
        }
        if let Some(floor) = floor {
            values.push(floor);
            let _ = write!(sql, " AND id > ?{}", values.len());
        }
        if !find.states.is_empty() {
            let words: Vec<_> = find.states.iter().map(|s| format!("'{}'", s.as_str())).collect();
            let _ = write!(sql, " AND +state IN ({})", words.join(","));
        }
        values.push(limited(find.limit));
        let _ = write!(sql, " ORDER BY id DESC LIMIT ?{}", values.len());
        self.all(&sql, rusqlite::params_from_iter(values), convert::message)
    }

    fn body(&self, id: MessageId) -> Result<Option<Body>> {
        self.one("SELECT input, address, opaque, payload FROM body WHERE message = ?1", [id.0], |row| {
            Ok(Body { input: row.get(0)?, address: row.get(1)?, opaque: row.get(2)?, payload: row.get(3)? })
        })
    }

    fn address(&self, id: MessageId) -> Result<Option<(String, Option<String>)>> {
        let sql = "SELECT address, opaque FROM body WHERE message = ?1";
        self.one(sql, [id.0], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn bodies_after(&self, after: MessageId, limit: usize) -> Result<Vec<MessageId>> {
        let sql = "SELECT message FROM body WHERE message > ?1 ORDER BY message LIMIT ?2";
        self.all(sql, [after.0, limited(limit)], |row| row.get(0).map(MessageId))
    }

    fn delete_body(&mut self, id: MessageId) -> Result<()> {
        self.run("DELETE FROM body WHERE message = ?1", [id.0]).map(drop)
    }

    fn events(&self, id: MessageId) -> Result<Vec<(u32, Event)>> {
        let sql = "SELECT seq, at, kind, code, detail, report FROM event WHERE message = ?1 ORDER BY seq";
        self.all(sql, [id.0], convert::event)
    }

    fn event(&self, id: MessageId, seq: u32) -> Result<Option<Event>> {
        let sql = "SELECT seq, at, kind, code, detail, report FROM event WHERE message = ?1 AND seq = ?2";
        self.one(sql, params![id.0, seq], |row| convert::event(row).map(|(_, e)| e))
    }

    fn put_event(&mut self, id: MessageId, seq: u32, e: &Event) -> Result<()> {
        let sql =
            "INSERT INTO event (message, seq, at, kind, code, detail, report) VALUES (?1,?2,?3,?4,?5,?6,?7)";
        self.run(sql, params![id.0, seq, e.at.millis(), e.kind.as_str(), e.code, e.detail, e.report])
            .map(drop)
    }

    fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>> {
        let sql =
            "SELECT no, at, upstream_id, outcome FROM attempt WHERE message = ?1 ORDER BY no, upstream_id";
        self.all(sql, [id.0], |row| {
            Ok(Attempt { no: row.get(0)?, at: time(row, 1)?, upstream_id: row.get(2)?, outcome: row.get(3)? })
        })
    }

    fn put_attempt(&mut self, id: MessageId, a: &Attempt) -> Result<()> {
        let upstream_hash = a.upstream_id.as_deref().map_or(0, hash);
        let sql = "INSERT OR REPLACE INTO attempt (message, no, upstream_hash, at, upstream_id, outcome) \
                   VALUES (?1,?2,?3,?4,?5,?6)";
        self.run(sql, params![id.0, a.no, upstream_hash, a.at.millis(), a.upstream_id, a.outcome]).map(drop)
    }

    fn messages_of_upstream(&self, upstream_id: &str) -> Result<Vec<MessageId>> {
        let sql = "SELECT message FROM attempt \
                   WHERE upstream_hash = ?1 AND upstream_id IS NOT NULL AND upstream_id = ?2";
        let mut ids =
            self.all(sql, params![hash(upstream_id), upstream_id], |row| row.get(0).map(MessageId))?;
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    fn queued(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        let sql = "SELECT due, id FROM message WHERE channel = ?1 AND state IN ('accepted','waiting') \
                   AND (due, id) > (?2, ?3) AND due <= ?4 ORDER BY due, id LIMIT ?5";
        let from = (after.0.millis(), after.1.0);
        self.all(sql, [channel.0, from.0, from.1, until.millis(), limited(limit)], position)
    }

    fn timers(&self, state: State, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MessageId)>> {
        let sql = "SELECT due, id FROM message WHERE state IN ('sending','unknown','sent') AND state = ?1 \
                   AND due <= ?2 ORDER BY due, id LIMIT ?3";
        self.all(sql, params![state.as_str(), until.millis(), limited(limit)], position)
    }

    fn oldest_queued(&self) -> Result<Option<MessageId>> {
        let sql =
            "SELECT min(id) FROM message INDEXED BY message_queue WHERE state IN ('accepted','waiting')";
        self.one(sql, [], |row| row.get::<_, Option<i64>>(0)).map(|id| id.flatten().map(MessageId))
    }

    fn bucket(&self, channel: ChannelId) -> Result<Option<Bucket>> {
        let sql = "SELECT free_at_micros FROM bucket WHERE channel = ?1";
        self.one(sql, [channel.0], |row| row.get(0).map(Bucket))
    }

    fn put_bucket(&mut self, channel: ChannelId, bucket: &Bucket) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO bucket (channel, free_at_micros) VALUES (?1, ?2)";
        self.run(sql, [channel.0, bucket.0]).map(drop)
    }

    fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Option<Person>> {
        let sql = "SELECT opted_out_at, opt_out_source, marketing_after, window_until FROM person \
                   WHERE account = ?1 AND recipient = ?2";
        self.one(sql, [account.0, recipient.0], |row| {
            Ok(Person {
                opted_out_at: time_or_null(row, 0)?,
                opt_out_source: row.get(1)?,
                marketing_after: time_or_null(row, 2)?,
                window_until: time_or_null(row, 3)?,
            })
        })
    }

    fn put_person(&mut self, account: AccountId, recipient: RecipientKey, p: &Person) -> Result<()> {
        if *p == Person::default() {
            let sql = "DELETE FROM person WHERE account = ?1 AND recipient = ?2";
            return self.run(sql, [account.0, recipient.0]).map(drop);
        }
        let (out, after, window) = (ms(p.opted_out_at), ms(p.marketing_after), ms(p.window_until));
        self.run(
            "INSERT OR REPLACE INTO person \
             (account, recipient, opted_out_at, opt_out_source, marketing_after, window_until) \
             VALUES (?1,?2,?3,?4,?5,?6)",
            params![account.0, recipient.0, out, p.opt_out_source, after, window],
        )
        .map(drop)
    }

    fn park(&mut self, p: &Parked) -> Result<()> {
        let s = &p.status;
        let (kind, code, detail) = convert::status(&s.status.kind);
        self.run(
            "INSERT INTO parked (id, account, at, channel, upstream_hash, upstream_id, message, mark_message, \
             mark_attempt, recipient, kind, code, detail, happened_at) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
            params![
                p.id,
                p.account.0,
                p.at.millis(),
                s.channel.0,
                hash(&s.upstream_id),
                s.upstream_id,
                s.message.map(|m| m.0),
                s.mark.map(|(m, _)| m.0),
                s.mark.map(|(_, attempt)| attempt),
                s.recipient.map(|r| r.0),
                kind,
                code,
                detail,
                s.status.at.millis(),
            ],
        )
        .map(drop)
    }

    fn unpark(&mut self, id: i64) -> Result<()> {
        self.run("DELETE FROM parked WHERE id = ?1", [id]).map(drop)
    }

    fn parked_of_upstream(&self, upstream_id: &str) -> Result<Vec<Parked>> {
        let sql = select!(PARKED, "FROM parked WHERE upstream_hash = ?1 AND upstream_id = ?2 ORDER BY id");
        self.all(sql, params![hash(upstream_id), upstream_id], convert::parked)
    }

    fn parked_of_person(&self, channel: ChannelId, recipient: RecipientKey) -> Result<Vec<Parked>> {
        let sql = select!(PARKED, "FROM parked WHERE channel = ?1 AND recipient = ?2 ORDER BY id");
        self.all(sql, [channel.0, recipient.0], convert::parked)
    }

    fn oldest_parked(&self) -> Result<Option<(i64, Timestamp)>> {
        self.one("SELECT id, at FROM parked ORDER BY id LIMIT 1", [], |row| Ok((row.get(0)?, time(row, 1)?)))
    }

    fn idempotency(&self, scope: &[u8; 32]) -> Result<Option<(Timestamp, Idempotency)>> {
        let sql = "SELECT at, body_hash, response FROM idempotency WHERE scope = ?1";
        self.one(sql, [scope], |row| {
            Ok((time(row, 0)?, Idempotency { scope: *scope, body_hash: row.get(1)?, response: row.get(2)? }))
        })
    }

    fn put_idempotency(&mut self, at: Timestamp, r: &Idempotency) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO idempotency (scope, at, body_hash, response) VALUES (?1,?2,?3,?4)";
        self.run(sql, params![r.scope, at.millis(), r.body_hash, r.response]).map(drop)
    }

    fn prune_idempotency(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        // In order of id, which is order of time: only the old end is looked at.
        let sql = "DELETE FROM idempotency WHERE id IN \
                   (SELECT id FROM (SELECT id, at FROM idempotency ORDER BY id LIMIT ?2) WHERE at < ?1)";
        self.run(sql, [before.millis(), limited(limit)])
    }

    fn put_outbox(&mut self, r: &OutboxRow) -> Result<()> {
        let (message, seq, notice) = match r.what {
            What::Event { message, seq } => (Some(message.0), Some(seq), None),
            What::Notice(notice) => (None, None, Some(notice.0)),
        };
        let (queued_at, due) = (r.queued_at.millis(), r.due.millis());
        self.run(
            "INSERT INTO outbox (id, endpoint, message, seq, notice, queued_at, due, tries) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            params![r.id.0, r.endpoint.0, message, seq, notice, queued_at, due, r.tries],
        )
        .map(drop)
    }

    fn outbox(&self, id: DeliveryId) -> Result<Option<OutboxRow>> {
        self.one(select!(OUTBOX, "FROM outbox WHERE id = ?1"), [id.0], convert::outbox)
    }

    fn delete_outbox(&mut self, id: DeliveryId) -> Result<()> {
        self.run("DELETE FROM outbox WHERE id = ?1", [id.0]).map(drop)
    }

    fn postpone_outbox(&mut self, id: DeliveryId, due: Timestamp, tries: u32) -> Result<()> {
        let sql = "UPDATE outbox SET due = ?2, tries = ?3 WHERE id = ?1";
        self.run(sql, params![id.0, due.millis(), tries]).map(drop)
    }

    fn outbox_due(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let sql = select!(
            OUTBOX,
            "FROM outbox INDEXED BY outbox_due WHERE endpoint = ?1 AND (due, id) > (?2, ?3) AND due <= ?4 \
             ORDER BY due, id LIMIT ?5"
        );
        let from = (after.0.millis(), after.1.0);
        self.all(sql, [endpoint.0, from.0, from.1, until.millis(), limited(limit)], convert::outbox)
    }

    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(due) FROM outbox INDEXED BY outbox_postponed \
                   WHERE endpoint = ?1 AND message = ?2 AND id < ?3 AND due > queued_at";
        let due = self.one(sql, [endpoint.0, message.0, id.0], |row| time_or_null(row, 0))?;
        Ok(due.flatten())
    }

    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>> {
        match endpoint {
            None => self.one(select!(OUTBOX, "FROM outbox ORDER BY id LIMIT 1"), [], convert::outbox),
            Some(endpoint) => {
                let sql = select!(OUTBOX, "FROM outbox NOT INDEXED WHERE endpoint = ?1 ORDER BY id LIMIT 1");
                self.one(sql, [endpoint.0], convert::outbox)
            }
        }
    }

    fn put_notice(&mut self, id: NoticeId, at: Timestamp, n: &NewNotice, refs: u32) -> Result<()> {
        let sql =
            "INSERT INTO notice (id, account, channel, field, value, at, refs) VALUES (?1,?2,?3,?4,?5,?6,?7)";
        let channel = n.channel.map(|c| c.0);
        self.run(sql, params![id.0, n.account.0, channel, n.field, n.value, at.millis(), refs]).map(drop)
    }

    fn notice(&self, id: NoticeId) -> Result<Option<NewNotice>> {
        self.one("SELECT account, channel, field, value FROM notice WHERE id = ?1", [id.0], |row| {
            Ok(NewNotice {
                account: AccountId(row.get(0)?),
                channel: row.get::<_, Option<i64>>(1)?.map(ChannelId),
                field: row.get(2)?,
                value: row.get(3)?,
            })
        })
    }

    fn unref_notice(&mut self, id: NoticeId) -> Result<()> {
        if self.run("DELETE FROM notice WHERE id = ?1 AND refs <= 1", [id.0])? == 0 {
            self.run("UPDATE notice SET refs = refs - 1 WHERE id = ?1", [id.0])?;
        }
        Ok(())
    }

    fn put_delivery_log(&mut self, account: AccountId, no: u32, r: &DeliveryLogRow) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO delivery_log \
             (delivery, no, account, endpoint, message, seq, notice, at, status, took_ms, error) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
            params![
                r.id.0,
                no,
                account.0,
                r.endpoint.0,
                r.message.map(|m| m.0),
                r.seq,
                r.notice.map(|n| n.0),
                r.at.millis(),
                r.status,
                r.took_ms,
                r.error,
            ],
        )
        .map(drop)
    }

    fn delivery_log(
        &self,
        account: AccountId,
        before: Option<DeliveryId>,
        limit: usize,
    ) -> Result<Vec<DeliveryLogRow>> {
        let sql = "SELECT delivery, endpoint, message, seq, notice, at, status, took_ms, error FROM delivery_log \
                   WHERE delivery < ?1 AND account = ?2 ORDER BY delivery DESC, no DESC LIMIT ?3";
        let below = before.map_or(i64::MAX, |id| id.0);
        self.all(sql, [below, account.0, limited(limit)], |row| {
            Ok(DeliveryLogRow {
                id: DeliveryId(row.get(0)?),
                endpoint: EndpointId(row.get(1)?),
                message: row.get::<_, Option<i64>>(2)?.map(MessageId),
                seq: row.get(3)?,
                notice: row.get::<_, Option<i64>>(4)?.map(NoticeId),
                at: time(row, 5)?,
                status: row.get(6)?,
                took_ms: row.get(7)?,
                error: row.get(8)?,
            })
        })
    }

    fn prune_delivery_log(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let sql = "SELECT delivery, no, at FROM delivery_log ORDER BY delivery, no LIMIT ?1";
        let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, time(row, 2)?));
        let oldest = self.all(sql, [limited(limit)], read)?;
        let old = oldest.iter().take_while(|(_, _, at)| *at < before);
        let mut gone = 0;
        for (delivery, no, _) in old {
            gone += self.run("DELETE FROM delivery_log WHERE delivery = ?1 AND no = ?2", [delivery, no])?;
        }
        Ok(gone)
    }

    fn put_audit(&mut self, id: i64, a: &Audit) -> Result<()> {
        let sql = "INSERT INTO audit (id, account, at, actor, action, detail) VALUES (?1,?2,?3,?4,?5,?6)";
        self.run(sql, params![id, a.account.0, a.at.millis(), a.actor, a.action, a.detail]).map(drop)
    }

    fn audit(&self, account: AccountId, before: Option<Timestamp>, limit: usize) -> Result<Vec<Audit>> {
        let sql = "SELECT at, actor, action, detail FROM audit \
                   WHERE account = ?1 AND at < ?2 ORDER BY id DESC LIMIT ?3";
        let below = before.map_or(i64::MAX, Timestamp::millis);
        self.all(sql, [account.0, below, limited(limit)], |row| {
            let at = time(row, 0)?;
            Ok(Audit { at, actor: row.get(1)?, account, action: row.get(2)?, detail: row.get(3)? })
        })
    }

    fn prune_audit(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        let sql = "DELETE FROM audit WHERE id IN \
                   (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?2) WHERE at < ?1)";
        self.run(sql, [before.millis(), limited(limit)])
    }

    fn secret(&self, name: &str) -> Result<Option<[u8; 32]>> {
        self.one("SELECT value FROM secret WHERE name = ?1", [name], |row| row.get(0))
    }

    fn put_secret(&mut self, name: &str, value: &[u8; 32]) -> Result<()> {
        self.run("INSERT INTO secret (name, value) VALUES (?1, ?2)", params![name, value]).map(drop)
    }

    fn registry(&self) -> Result<Registry> {
        Ok(registry::load(self.0)?)
    }

    fn put_registry(&mut self, change: &RegistryChange) -> Result<()> {
        Ok(registry::put(self.0, change)?)
    }

    fn prune_keys(&mut self, before: Timestamp) -> Result<()> {
        self.run("DELETE FROM api_key WHERE expires_at < ?1", [before.millis()]).map(drop)
    }

    fn counters(&self) -> Result<Vec<(Counter, i64, i64)>> {
        self.all("SELECT name, key, n FROM counter", [], |row| {
            Ok((convert::word(row, 0, convert::counter)?, row.get(1)?, row.get(2)?))
        })
    }
}
