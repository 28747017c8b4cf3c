//! Names of what was told, and the forgetting of everything, on SQLite.

use rusqlite::params;
use stentor_core::id::AccountId;
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited};
use crate::rows::{InboundRows, Result};

impl InboundRows for SqliteRows<'_> {
    fn is_seen(&self, account: AccountId, key: &[u8; 16]) -> Result<bool> {
        let sql = "SELECT 1 FROM seen WHERE account = ?1 AND key = ?2";
        Ok(self.one(sql, params![account.0, key], |_| Ok(()))?.is_some())
    }

    fn put_seen(&mut self, at: Timestamp, account: AccountId, key: &[u8; 16]) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO seen (account, key, at) VALUES (?1, ?2, ?3)";
        self.run(sql, params![account.0, key, at.millis()]).map(drop)
    }

    fn prune_seen(&mut self, before: Timestamp, limit: usize) -> Result<usize> {
        // In order of id, which is order of time: only the old end is looked at.
        let sql = "DELETE FROM seen WHERE id IN \
                   (SELECT id FROM (SELECT id, at FROM seen ORDER BY id LIMIT ?2) WHERE at < ?1)";
        self.run(sql, [before.millis(), limited(limit)])
    }

    fn wipe(&mut self, sending_too: bool) -> Result<()> {
        self.write_changed()?;
        if let Some(recent) = self.recent {
            recent.borrow_mut().clear();
        }
        self.run("DELETE FROM message WHERE ?1 OR state <> 'sending'", [sending_too])?;
        for sql in [
            "DELETE FROM body WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM event WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM attempt WHERE message NOT IN (SELECT id FROM message)",
            "DELETE FROM outbox",
            "DELETE FROM postponed",
            "DELETE FROM notice",
            "DELETE FROM delivery_log",
            "DELETE FROM person",
            "DELETE FROM consent",
            "DELETE FROM alias",
            "DELETE FROM begun",
            "DELETE FROM parked",
            "DELETE FROM idempotency",
            "DELETE FROM bucket",
            "DELETE FROM template_reception",
            "DELETE FROM learning",
            "DELETE FROM mind",
            "DELETE FROM seen",
        ] {
            self.run(sql, [])?;
        }
        Ok(())
    }
}
