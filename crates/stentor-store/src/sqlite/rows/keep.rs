//! Budgets, people, parked statuses, audit, secrets, registry and counters, on SQLite.

use std::sync::LazyLock;

use rusqlite::{Row, params};
use stentor_core::consent::Source;
use stentor_core::id::{AccountId, BusinessId, ChannelId, RecipientKey};
use stentor_core::messaging_limit::Begun;
use stentor_core::rate::{Bucket, Pace, Throttle};
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited, select};
use crate::rows::{Counter, KeepRows, Parked, Result};
use crate::sqlite::convert::{self, PARKED, PERSON, hash, ms, time, time_or_null};
use crate::sqlite::registry;
use crate::{Audit, Idempotency, Person, Registry, RegistryChange};

/// A channel's budget and its throttle, from column `first` on.
fn pace(row: &Row<'_>, first: usize) -> rusqlite::Result<Pace> {
    let (cut_at, rest_until) = (time(row, first + 2)?, time(row, first + 3)?);
    let throttle = Throttle { cut_to_per_s: row.get(first + 1)?, cut_at, rest_until };
    Ok(Pace { bucket: Bucket(row.get(first)?), throttle })
}

impl KeepRows for SqliteRows<'_> {
    fn pace(&self, channel: ChannelId) -> Result<Option<Pace>> {
        let sql = "SELECT free_at_micros, cut_to_per_s, cut_at, rest_until FROM bucket WHERE channel = ?1";
        self.one(sql, [channel.0], |row| pace(row, 0))
    }

    fn put_pace(&mut self, channel: ChannelId, p: &Pace) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO bucket (channel, free_at_micros, cut_to_per_s, cut_at, rest_until) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let Throttle { cut_to_per_s, cut_at, rest_until } = p.throttle;
        let values = params![channel.0, p.bucket.0, cut_to_per_s, cut_at.millis(), rest_until.millis()];
        self.run(sql, values).map(drop)
    }

    fn paces(&self) -> Result<Vec<(ChannelId, Pace)>> {
        let sql =
            "SELECT channel, free_at_micros, cut_to_per_s, cut_at, rest_until FROM bucket ORDER BY channel";
        self.all(sql, [], |row| Ok((ChannelId(row.get(0)?), pace(row, 1)?)))
    }

    fn person(&self, account: AccountId, recipient: RecipientKey) -> Result<Option<Person>> {
        let sql = select!(PERSON, "FROM person WHERE account = ?1 AND recipient = ?2");
        self.one(sql, [account.0, recipient.0], convert::person)
    }

    fn put_person(&mut self, account: AccountId, recipient: RecipientKey, p: &Person) -> Result<()> {
        if *p == Person::default() {
            let sql = "DELETE FROM person WHERE account = ?1 AND recipient = ?2";
            return self.run(sql, [account.0, recipient.0]).map(drop);
        }
        static SQL: LazyLock<String> = LazyLock::new(|| {
            format!(
                "INSERT OR REPLACE INTO person (account, recipient, {PERSON}) \
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"
            )
        });
        let (out, source) = p.consent.opted_out.unzip();
        self.run(
            &SQL,
            params![
                account.0,
                recipient.0,
                ms(out),
                source.map(Source::as_str),
                ms(p.marketing_after),
                ms(p.window_until),
                ms(p.consent.opted_in_at),
                convert::write_pairs(&p.pairs),
                convert::write_ring(&p.marketing),
                p.undeliverable.map(|u| u.at.millis()),
                p.undeliverable.map(|u| u.times),
                ms(p.consent.suppressed_at),
                ms(p.consent.lifted_at),
                p.address,
                p.time_zone,
            ],
        )
        .map(drop)
    }

    fn begun(&self) -> Result<Vec<(BusinessId, RecipientKey, Begun)>> {
        self.all("SELECT business, person, at, before_at, kept_at FROM begun", [], |row| {
            let (before, kept) = (time_or_null(row, 3)?, time_or_null(row, 4)?);
            let begun = Begun { at: time(row, 2)?, before, kept };
            Ok((BusinessId(row.get(0)?), RecipientKey(row.get(1)?), begun))
        })
    }

    fn put_begun(&mut self, business: BusinessId, person: RecipientKey, begun: Option<Begun>) -> Result<()> {
        let Some(Begun { at, before, kept }) = begun else {
            let sql = "DELETE FROM begun WHERE business = ?1 AND person = ?2";
            return self.run(sql, [business.0, person.0]).map(drop);
        };
        self.run(
            "INSERT OR REPLACE INTO begun (business, person, at, before_at, kept_at) VALUES (?1,?2,?3,?4,?5)",
            params![business.0, person.0, at.millis(), ms(before), ms(kept)],
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

    fn put_idempotency(&mut self, at: Timestamp, of: AccountId, r: &Idempotency) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO idempotency (scope, at, body_hash, response, account) \
                   VALUES (?1,?2,?3,?4,?5)";
        self.run(sql, params![r.scope, at.millis(), r.body_hash, r.response, of.0]).map(drop)
    }

    fn prune_idempotency(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        // In order of id, which is order of time: only the old end is looked at.
        let sql = "DELETE FROM idempotency WHERE id IN \
                   (SELECT id FROM (SELECT id, at FROM idempotency ORDER BY id LIMIT ?2) WHERE at < ?1)";
        self.run(sql, [before.millis(), limited(limit)])
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
        Ok(registry::load(self.connection)?)
    }

    fn put_registry(&mut self, change: &RegistryChange) -> Result<()> {
        Ok(registry::put(self.connection, change)?)
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
