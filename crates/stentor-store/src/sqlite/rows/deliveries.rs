//! Outbox, notices and the delivery log, on SQLite.

use rusqlite::{Row, params};
use stentor_core::id::{AccountId, ChannelId, DeliveryId, EndpointId, MessageId, NoticeId};
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited, select};
use crate::rows::{DeliveryRows, MessageRows, OutboxRow, Result, Told, What};
use crate::sqlite::convert::{self, OUTBOX, time, time_or_null};
use crate::{DeliveryLogRow, NewNotice};

impl DeliveryRows for SqliteRows<'_> {
    fn put_outbox(&mut self, r: &OutboxRow) -> Result<()> {
        let (message, seq, notice) = match r.what {
            What::Event { message, seq } => (Some(message.0), Some(seq), None),
            What::Notice(notice) => (None, None, Some(notice.0)),
        };
        let sql = if r.is_postponed() {
            "INSERT INTO postponed VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"
        } else {
            "INSERT INTO outbox VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"
        };
        let (queued_at, due) = (r.queued_at.millis(), r.due.millis());
        self.run(sql, params![r.endpoint.0, r.id.0, message, seq, notice, queued_at, due, r.tries]).map(drop)
    }

    fn outbox(&self, endpoint: EndpointId, id: DeliveryId) -> Result<Option<OutboxRow>> {
        let fresh = select!(OUTBOX, "FROM outbox WHERE endpoint = ?1 AND id = ?2");
        if let Some(row) = self.one(fresh, [endpoint.0, id.0], convert::outbox)? {
            return Ok(Some(row));
        }
        let postponed = select!(OUTBOX, "FROM postponed WHERE endpoint = ?1 AND id = ?2");
        self.one(postponed, [endpoint.0, id.0], convert::outbox)
    }

    fn delete_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        let sql = if row.is_postponed() {
            "DELETE FROM postponed WHERE endpoint = ?1 AND id = ?2"
        } else {
            "DELETE FROM outbox WHERE endpoint = ?1 AND id = ?2"
        };
        self.run(sql, [row.endpoint.0, row.id.0]).map(drop)
    }

    fn postpone_outbox(&mut self, row: &OutboxRow, due: Timestamp, tries: u32) -> Result<()> {
        self.delete_outbox(row)?;
        self.put_outbox(&OutboxRow { due, tries, ..row.clone() })
    }

    fn outbox_fresh(&self, endpoint: EndpointId, after: DeliveryId, limit: usize) -> Result<Vec<OutboxRow>> {
        let sql = select!(OUTBOX, "FROM outbox WHERE endpoint = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
        self.all(sql, [endpoint.0, after.0, limited(limit)], convert::outbox)
    }

    fn outbox_postponed(
        &self,
        endpoint: EndpointId,
        after: (Timestamp, DeliveryId),
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let sql = select!(
            OUTBOX,
            "FROM postponed INDEXED BY postponed_due WHERE endpoint = ?1 AND (due, id) > (?2, ?3) AND due <= ?4 \
             ORDER BY due, id LIMIT ?5"
        );
        let from = (after.0.millis(), after.1.0);
        self.all(sql, [endpoint.0, from.0, from.1, until.millis(), limited(limit)], convert::outbox)
    }

    fn told(&self, message: MessageId, seq: u32) -> Result<Option<Told>> {
        let Some(row) = self.message(message)? else { return Ok(None) };
        let sql = "SELECT seq, at, kind, code, detail, report, address, opaque FROM event \
                   LEFT JOIN body ON body.message = event.message WHERE event.message = ?1 AND seq = ?2";
        self.one(sql, params![message.0, seq], |told| {
            let (_, event) = convert::event(told)?;
            let address = told.get::<_, Option<String>>(6)?.unwrap_or_default();
            Ok(Told { message: row, event, address, opaque: told.get(7)? })
        })
    }

    fn postponed_before(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        id: DeliveryId,
    ) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(due) FROM postponed INDEXED BY postponed_message \
                   WHERE endpoint = ?1 AND message = ?2 AND id < ?3";
        let due = self.one(sql, [endpoint.0, message.0, id.0], |row| time_or_null(row, 0))?;
        Ok(due.flatten())
    }

    fn oldest_outbox(&self, endpoint: Option<EndpointId>) -> Result<Option<OutboxRow>> {
        let fresh = select!(OUTBOX, "FROM outbox WHERE endpoint >= ?1 ORDER BY endpoint, id LIMIT 1");
        let postponed = select!(OUTBOX, "FROM postponed WHERE endpoint >= ?1 ORDER BY endpoint, id LIMIT 1");
        let mut oldest = None::<OutboxRow>;
        for sql in [fresh, postponed] {
            // From endpoint to endpoint: each one's first row is its oldest.
            let mut from = endpoint.map_or(i64::MIN, |one| one.0);
            while let Some(first) = self.one(sql, [from], convert::outbox)?
                && endpoint.is_none_or(|one| one == first.endpoint)
            {
                from = first.endpoint.0.saturating_add(1);
                oldest = oldest.filter(|known| known.id < first.id).or(Some(first));
                if endpoint.is_some() {
                    break;
                }
            }
        }
        Ok(oldest)
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

    fn ref_notice(&mut self, id: NoticeId, rows: u32) -> Result<()> {
        self.run("UPDATE notice SET refs = refs + ?2 WHERE id = ?1", params![id.0, rows]).map(drop)
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
}
