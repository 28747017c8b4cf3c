//! Rows on SQLite, inside the transaction of the connection handed in. Prepared once, integer keys, no decisions.

mod deliveries;
mod inbound;
mod keep;
mod learning;
mod media;
mod messages;
mod people;
mod recent;
mod receptions;

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::convert;
use crate::rows::{Counter, Result};

pub(super) use recent::Recent;

pub(super) struct SqliteRows<'c> {
    connection: &'c Connection,
    /// Of the writer alone: whoever only reads has a snapshot to read.
    recent: Option<&'c RefCell<Recent>>,
}

/// A statement with the column list of a table in it, as a constant.
macro_rules! select {
    ($columns:expr, $rest:literal) => {{
        static SQL: std::sync::LazyLock<String> =
            std::sync::LazyLock::new(|| format!(concat!("SELECT {} ", $rest), $columns));
        SQL.as_str()
    }};
}
use select;

impl<'c> SqliteRows<'c> {
    /// The rows as the connection sees them.
    pub(super) const fn new(connection: &'c Connection) -> Self {
        Self { connection, recent: None }
    }

    /// The rows of the only connection that writes, with what it remembers of them.
    pub(super) const fn of_writer(connection: &'c Connection, recent: &'c RefCell<Recent>) -> Self {
        Self { connection, recent: Some(recent) }
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        Ok(self.connection.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<_>>()?)
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
