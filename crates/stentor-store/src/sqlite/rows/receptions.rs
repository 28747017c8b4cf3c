//! What templates' messages came to, on SQLite.

use rusqlite::{Row, params};
use stentor_core::id::{AccountId, TemplateId};
use stentor_core::template::Reception;

use super::SqliteRows;
use crate::rows::{ReceptionRows, Result};
use crate::sqlite::convert::time;

/// The counts, from column `first` on.
fn reception(row: &Row<'_>, first: usize) -> rusqlite::Result<Reception> {
    let n = |at: usize| row.get::<_, f64>(first + at);
    Ok(Reception {
        at: time(row, first)?,
        taken: n(1)?,
        failed: n(2)?,
        delivered: n(3)?,
        opted_out: n(4)?,
        shared: n(5)?,
        fresh: [n(6)?, n(7)?, n(8)?],
        read: n(9)?,
        ever: row.get::<_, i64>(first + 10)?.unsigned_abs(),
    })
}

impl ReceptionRows for SqliteRows<'_> {
    fn reception(&self, template: TemplateId) -> Result<Option<Reception>> {
        let sql = "SELECT at, taken, failed, delivered, opted_out, shared, fresh_1, fresh_2, fresh_3, read, ever \
                   FROM template_reception WHERE template = ?1";
        self.one(sql, [template.0], |row| reception(row, 0))
    }

    fn receptions(&self) -> Result<Vec<(TemplateId, AccountId, Reception)>> {
        let sql = "SELECT template, account, at, taken, failed, delivered, opted_out, shared, fresh_1, fresh_2, \
                   fresh_3, read, ever FROM template_reception ORDER BY template";
        self.all(sql, [], |row| Ok((TemplateId(row.get(0)?), AccountId(row.get(1)?), reception(row, 2)?)))
    }

    fn put_reception(&mut self, template: TemplateId, account: AccountId, t: &Reception) -> Result<()> {
        let ever = i64::try_from(t.ever).unwrap_or(i64::MAX);
        let sql =
            "INSERT OR REPLACE INTO template_reception VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)";
        let [f1, f2, f3] = t.fresh;
        let at = t.at.millis();
        let counts = (t.taken, t.failed, t.delivered, t.opted_out, t.shared);
        self.run(
            sql,
            params![
                template.0, account.0, at, counts.0, counts.1, counts.2, counts.3, counts.4, f1, f2, f3,
                t.read, ever
            ],
        )
        .map(drop)
    }

    fn delete_reception(&mut self, template: TemplateId) -> Result<()> {
        self.run("DELETE FROM template_reception WHERE template = ?1", [template.0]).map(drop)
    }
}
