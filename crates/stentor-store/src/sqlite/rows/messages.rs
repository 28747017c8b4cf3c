//! Messages with their bodies, events and attempts, on SQLite.

use std::fmt::Write as _;
use std::ops::Range;

use rusqlite::{Row, params};
use stentor_core::id::{AccountId, ChannelId, MessageId, RecipientKey, TemplateId};
use stentor_core::learning::Decided;
use stentor_core::message::{Event, Message, State, WaitReason};
use stentor_core::route::Route;
use stentor_core::template::Category;
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited, select};
use crate::rows::{Find, MessageRows, Result};
use crate::sqlite::convert::{self, MESSAGE, hash, ms, time};
use crate::tx::broken;
use crate::{Attempt, Body, DayUse, StoreError, Tally, TemplateUse};

/// The condition of `message_timer`, word for word: without it the index is not considered.
macro_rules! is_timed {
    () => {
        "(state = 'sending' OR state = 'unknown' OR state = 'sent')"
    };
}
/// The condition of `message_held`.
macro_rules! is_held {
    () => {
        "state = 'waiting' AND (wait = 'sync' OR wait = 'paused' OR wait = 'pacing' OR wait = 'quiet_hours' \
         OR wait = 'cap' OR wait = 'upstream_limit')"
    };
}

fn position(row: &Row<'_>) -> rusqlite::Result<(Timestamp, MessageId)> {
    Ok((time(row, 0)?, MessageId(row.get(1)?)))
}

impl SqliteRows<'_> {
    /// Writes what was changed in this transaction: before it is read otherwise than by its id, and before the commit.
    pub(in crate::sqlite) fn write_changed(&self) -> Result<()> {
        let Some(recent) = self.recent else { return Ok(()) };
        let next = || recent.borrow_mut().next_unwritten();
        while let Some((state, message)) = next() {
            self.write_message(state, &message)?;
            recent.borrow_mut().remember(message);
        }
        Ok(())
    }

    fn write_message(&self, was: State, m: &Message) -> Result<()> {
        let updated = self.run(
            "UPDATE message SET state = ?4, wait = ?5, due = ?6, attempts = ?7, code = ?8, sending_at = ?9, \
             taken_at = ?10, sent_at = ?11, delivered_at = ?12, read_at = ?13, ended_at = ?14, events = ?15, decided = ?16 \
             WHERE id = ?1 AND account = ?2 AND state = ?3",
            params![
                m.id.0,
                m.account.0,
                was.as_str(),
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
                m.decided.as_deref().map(Decided::bytes),
            ],
        )?;
        if updated == 1 { Ok(()) } else { Err(changed()) }
    }
}

fn changed() -> StoreError {
    broken("a message changed under its own transaction")
}

impl MessageRows for SqliteRows<'_> {
    fn message(&self, id: MessageId) -> Result<Option<Message>> {
        if let Some(message) = self.recent.and_then(|recent| recent.borrow_mut().get(id)) {
            return Ok(Some(message));
        }
        let message = self.one(select!(MESSAGE, "FROM message WHERE id = ?1"), [id.0], convert::message)?;
        if let (Some(recent), Some(message)) = (self.recent, &message) {
            recent.borrow_mut().remember(message.clone());
        }
        Ok(message)
    }

    fn insert_message(&mut self, m: &Message, body: &Body) -> Result<bool> {
        let inserted = self.run(
            "INSERT INTO message VALUES \
             (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22) ON CONFLICT (id) DO NOTHING",
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
                m.decided.as_deref().map(Decided::bytes),
            ],
        )?;
        if inserted == 0 {
            return Ok(false);
        }
        self.run(
            "INSERT INTO body (message, input, address, opaque, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![m.id.0, body.input, body.address, body.opaque, body.payload],
        )?;
        if let Some(recent) = self.recent {
            recent.borrow_mut().remember(m.clone());
        }
        Ok(true)
    }

    fn update_message(&mut self, old: &Message, m: &Message) -> Result<()> {
        match self.recent {
            None => self.write_message(old.state, m),
            Some(recent) if recent.borrow_mut().change(old, m.clone()) => Ok(()),
            Some(_) => Err(changed()),
        }
    }

    fn delete_message(&mut self, id: MessageId) -> Result<()> {
        if let Some(recent) = self.recent {
            recent.borrow_mut().forget(id);
            recent.borrow_mut().forget_named(None);
        }
        self.run("DELETE FROM message WHERE id = ?1", [id.0])?;
        self.run("DELETE FROM event WHERE message = ?1", [id.0])?;
        self.run("DELETE FROM attempt WHERE message = ?1", [id.0])?;
        self.delete_body(id)
    }

    fn oldest_message(&self) -> Result<Option<MessageId>> {
        self.one("SELECT id FROM message ORDER BY id LIMIT 1", [], |row| row.get(0).map(MessageId))
    }

    fn find_messages(&self, find: &Find) -> Result<Vec<Message>> {
        self.write_changed()?;
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

    fn template_use(
        &self,
        account: AccountId,
        template: TemplateId,
        ids: std::ops::Range<MessageId>,
    ) -> Result<TemplateUse> {
        self.write_changed()?;
        let sql = "SELECT count(taken_at), count(coalesce(delivered_at, read_at)), count(read_at), \
                   count(CASE WHEN code = 131050 THEN 1 END) FROM message \
                   WHERE id >= ?1 AND id < ?2 AND account = ?3 AND template = ?4";
        let counts = self.one(sql, [ids.start.0, ids.end.0, account.0, template.0], |row| {
            let n = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(TemplateUse { template, taken: n(0)?, delivered: n(1)?, read: n(2)?, stopped: n(3)? })
        })?;
        counts.ok_or_else(|| broken("a count without a row"))
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
        if let (Some(recent), Some(upstream_id)) = (self.recent, &a.upstream_id) {
            recent.borrow_mut().forget_named(Some(upstream_id));
        }
        let upstream_hash = a.upstream_id.as_deref().map_or(0, hash);
        let sql = "INSERT OR REPLACE INTO attempt (message, no, upstream_hash, at, upstream_id, outcome) \
                   VALUES (?1,?2,?3,?4,?5,?6)";
        self.run(sql, params![id.0, a.no, upstream_hash, a.at.millis(), a.upstream_id, a.outcome]).map(drop)
    }

    fn messages_of_upstream(&self, upstream_id: &str) -> Result<Vec<MessageId>> {
        if let Some(known) =
            self.recent.and_then(|recent| recent.borrow().named(upstream_id).map(<[_]>::to_vec))
        {
            return Ok(known);
        }
        let sql = "SELECT message FROM attempt \
                   WHERE upstream_hash = ?1 AND upstream_id IS NOT NULL AND upstream_id = ?2";
        let mut ids =
            self.all(sql, params![hash(upstream_id), upstream_id], |row| row.get(0).map(MessageId))?;
        ids.sort_unstable();
        ids.dedup();
        if let Some(recent) = self.recent.filter(|_| !ids.is_empty()) {
            recent.borrow_mut().remember_named(upstream_id, ids.clone());
        }
        Ok(ids)
    }

    fn queued(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        self.write_changed()?;
        let sql = "SELECT due, id FROM message WHERE channel = ?1 AND state IN ('accepted','waiting') \
                   AND (due, id) > (?2, ?3) AND due <= ?4 ORDER BY due, id LIMIT ?5";
        let from = (after.0.millis(), after.1.0);
        self.all(sql, [channel.0, from.0, from.1, until.millis(), limited(limit)], position)
    }

    fn queued_classic(
        &self,
        channel: ChannelId,
        after: (Timestamp, MessageId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, MessageId)>> {
        self.write_changed()?;
        let sql = "SELECT due, id FROM message INDEXED BY message_classic WHERE channel = ?1 \
                   AND state IN ('accepted','waiting') AND route = 'classic' AND (due, id) > (?2, ?3) AND due <= ?4 \
                   ORDER BY due, id LIMIT ?5";
        let from = (after.0.millis(), after.1.0);
        self.all(sql, [channel.0, from.0, from.1, until.millis(), limited(limit)], position)
    }

    fn held(
        &self,
        channel: ChannelId,
        template: Option<TemplateId>,
        wait: WaitReason,
        after: Timestamp,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        self.write_changed()?;
        let sql = concat!(
            "SELECT id FROM message INDEXED BY message_held WHERE channel = ?1 AND template IS ?2 AND ",
            is_held!(),
            " AND wait = ?4 AND due > ?3 ORDER BY due, id LIMIT ?5"
        );
        let template = template.map(|t| t.0);
        let values = params![channel.0, template, after.millis(), wait.as_str(), limited(limit)];
        self.all(sql, values, |row| row.get(0).map(MessageId))
    }

    fn held_templates(&self, channel: ChannelId) -> Result<Vec<Option<TemplateId>>> {
        self.write_changed()?;
        // From one template to the next: a look for each, not for each of its messages.
        let first = concat!(
            "SELECT template FROM message INDEXED BY message_held WHERE channel = ?1 AND ",
            is_held!(),
            " ORDER BY template LIMIT 1"
        );
        let next = concat!(
            "SELECT template FROM message INDEXED BY message_held WHERE channel = ?1 AND ",
            is_held!(),
            " AND template > ?2 ORDER BY template LIMIT 1"
        );
        let read = |row: &Row<'_>| row.get::<_, Option<i64>>(0);
        let mut found = Vec::new();
        let mut template = self.one(first, [channel.0], read)?;
        while let Some(id) = template {
            found.push(id.map(TemplateId));
            template = self.one(next, [channel.0, id.unwrap_or(i64::MIN)], read)?;
        }
        Ok(found)
    }

    fn unknown_to(
        &self,
        channel: ChannelId,
        recipient: RecipientKey,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        self.write_changed()?;
        let sql = "SELECT id FROM message INDEXED BY message_doubted \
                   WHERE state = 'unknown' AND channel = ?1 AND recipient = ?2 ORDER BY id LIMIT ?3";
        self.all(sql, [channel.0, recipient.0, limited(limit)], |row| row.get(0).map(MessageId))
    }

    fn unknown_since(
        &self,
        channel: ChannelId,
        begun: Range<Timestamp>,
        limit: usize,
    ) -> Result<Vec<MessageId>> {
        self.write_changed()?;
        let sql = "SELECT id FROM message INDEXED BY message_silent \
                   WHERE state = 'unknown' AND channel = ?1 AND sending_at >= ?2 AND sending_at < ?3 \
                   ORDER BY sending_at, id LIMIT ?4";
        self.all(sql, [channel.0, begun.start.millis(), begun.end.millis(), limited(limit)], |row| {
            row.get(0).map(MessageId)
        })
    }

    fn timers(&self, state: State, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MessageId)>> {
        self.write_changed()?;
        let sql = concat!(
            "SELECT due, id FROM message INDEXED BY message_timer WHERE ",
            is_timed!(),
            " AND state = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3"
        );
        self.all(sql, params![state.as_str(), until.millis(), limited(limit)], position)
    }

    fn days(&self, account: AccountId, ids: Range<MessageId>) -> Result<Vec<DayUse>> {
        self.write_changed()?;
        // An id's upper bits are milliseconds since 2020-01-01, the beginning of a day.
        let sql = "SELECT template, route, (id >> 22) / 86400000 AS day, count(coalesce(sent_at, delivered_at, read_at)), \
                   count(coalesce(delivered_at, read_at)), count(read_at), \
                   sum(EXISTS (SELECT 1 FROM event e WHERE e.message = message.id AND e.kind = 'answered' \
                   AND e.detail LIKE 'button%')) \
                   FROM message WHERE id >= ?1 AND id < ?2 AND account = ?3 AND template IS NOT NULL AND sharing = 1 \
                   GROUP BY day, template, route ORDER BY day, template, route";
        let epoch = MessageId(0).accepted_at();
        self.all(sql, [ids.start.0, ids.end.0, account.0], |row| {
            let n = |i| row.get::<_, i64>(i).map(i64::unsigned_abs);
            let day: i64 = row.get(2)?;
            Ok(DayUse {
                template: TemplateId(row.get(0)?),
                route: convert::word(row, 1, Route::parse)?,
                day: Timestamp::from_millis(epoch.millis() + day * 86_400_000),
                sent: n(3)?,
                delivered: n(4)?,
                read: n(5)?,
                clicked: n(6)?,
            })
        })
    }

    fn tally(&self, of: (AccountId, ChannelId), from: MessageId, to: MessageId) -> Result<Vec<Tally>> {
        self.write_changed()?;
        let sql = "SELECT category, route, count(sent_at), count(coalesce(delivered_at, read_at)), count(read_at), \
                   count(*) FILTER (WHERE state = 'failed') FROM message \
                   WHERE id >= ?1 AND id < ?2 AND account = ?3 AND channel = ?4 \
                   GROUP BY category, route ORDER BY category, route";
        self.all(sql, [from.0, to.0, of.0.0, of.1.0], |row| {
            let n = |i| row.get::<_, i64>(i).map(i64::unsigned_abs);
            Ok(Tally {
                category: convert::word_or_null(row, 0, Category::parse)?,
                route: convert::word(row, 1, Route::parse)?,
                sent: n(2)?,
                delivered: n(3)?,
                read: n(4)?,
                failed: n(5)?,
            })
        })
    }

    fn first_due(&self) -> Result<Option<Timestamp>> {
        self.write_changed()?;
        // The head of each channel's queue: a look for every channel, not for every message.
        let sql = "SELECT channel, due FROM message INDEXED BY message_queue \
                   WHERE state IN ('accepted','waiting') AND channel > ?1 ORDER BY channel, due LIMIT 1";
        let (mut first, mut after) = (None, i64::MIN);
        while let Some((channel, due)) =
            self.one(sql, [after], |row| Ok((row.get::<_, i64>(0)?, time(row, 1)?)))?
        {
            first = Some(first.map_or(due, |first: Timestamp| first.min(due)));
            after = channel;
        }
        Ok(first)
    }
}
