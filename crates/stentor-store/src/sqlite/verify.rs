//! The invariants of a data folder's database, checked on a snapshot: nothing is written, a server may be running.

mod queries;
mod readable;

use std::path::Path;

use rusqlite::Connection;
use stentor_core::message::flaws;

use super::copy::{ContentName, contents};
use super::rows::SqliteRows;
use super::{convert, schema};
use crate::StoreError;
use crate::rows::Result;
use queries::QUERIES;
use readable::READABLE;

/// Violations named one by one; the rest is counted.
pub const EXAMPLES_MAX: usize = 20;

/// What one check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows (or files) it looked at.
    pub looked_at: u64,
    /// How many of them are not as they should be.
    pub violations: u64,
    /// The first of them in words, at most 20; no addresses, no bodies.
    pub examples: Vec<String>,
}

impl Checked {
    /// Counts a violation; its words only for the first ones.
    pub fn violated(&mut self, what: impl FnOnce() -> String) {
        self.violations += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(what());
        }
    }
}

/// A snapshot to be checked.
#[derive(Debug)]
pub struct Verifier {
    connection: Connection,
}

/// A check of the database.
enum Check {
    File,
    Messages,
    Readable(&'static str, readable::Read),
    Query(&'static queries::Query),
}

impl Verifier {
    /// Opens the database file of a data folder or of a backup.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when there is none, or another version wrote it.
    pub fn open(file: &Path) -> Result<Self> {
        let (connection, version) = schema::open_snapshot(file)?;
        if version < schema::LATEST {
            return Err(StoreError::Unusable(format!(
                "{} has schema {version}, this version checks {}: the next start of the server brings it there",
                file.display(),
                schema::LATEST
            )));
        }
        Ok(Self { connection })
    }

    /// The checks, by name, in their order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        checks().map(|(name, _)| name)
    }

    /// Runs the check of that name.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub fn run(&self, name: &str) -> Result<Checked> {
        match checks().find(|(known, _)| *known == name) {
            Some((_, Check::File)) => self.file(),
            Some((_, Check::Messages)) => self.messages(),
            Some((_, Check::Readable(keys, read))) => self.readable(keys, read),
            Some((_, Check::Query(query))) => self.query(query),
            None => Ok(Checked::default()),
        }
    }

    /// Every content that its media name, each once.
    ///
    /// # Errors
    /// The database.
    pub fn contents(&self) -> Result<Vec<ContentName>> {
        contents(&self.connection, schema::LATEST)
    }

    /// SQLite's own check of pages and indexes.
    fn file(&self) -> Result<Checked> {
        let looked_at = self.count("SELECT page_count FROM pragma_page_count")?;
        let mut checked = Checked { looked_at, ..Checked::default() };
        let said: Vec<String> =
            SqliteRows::new(&self.connection).all("PRAGMA quick_check", [], |row| row.get(0))?;
        for line in said.into_iter().filter(|line| line != "ok") {
            checked.violated(|| line);
        }
        Ok(checked)
    }

    /// Every message can be read and does not contradict itself.
    fn messages(&self) -> Result<Checked> {
        let mut checked = Checked::default();
        let sql = format!("SELECT {} FROM message ORDER BY id", convert::MESSAGE);
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            checked.looked_at += 1;
            let id: i64 = row.get(0)?;
            match convert::message(row) {
                Ok(message) => {
                    let state = message.state.as_str();
                    flaws(&message).iter().for_each(|flaw| {
                        checked.violated(|| format!("message {id} ({state}): {flaw}"));
                    });
                }
                Err(error) => checked.violated(|| format!("message {id} cannot be read: {error}")),
            }
        }
        Ok(checked)
    }

    /// Every row under these keys can be read.
    fn readable(&self, keys: &str, read: readable::Read) -> Result<Checked> {
        let mut checked = Checked::default();
        let reader = SqliteRows::new(&self.connection);
        let mut statement = self.connection.prepare(keys)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            checked.looked_at += 1;
            if let Err((what, error)) = read(&reader, row)? {
                checked.violated(|| format!("{what} cannot be read: {error}"));
            }
        }
        Ok(checked)
    }

    fn query(&self, query: &queries::Query) -> Result<Checked> {
        let mut checked = Checked { looked_at: self.count(query.all)?, ..Checked::default() };
        let mut statement = self.connection.prepare(query.broken)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let what: String = row.get(0)?;
            checked.violated(|| what);
        }
        Ok(checked)
    }

    fn count(&self, sql: &str) -> Result<u64> {
        Ok(self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }
}

fn checks() -> impl Iterator<Item = (&'static str, Check)> {
    let first =
        [("the file's pages and indexes", Check::File), ("messages and their states", Check::Messages)];
    let readable = READABLE.iter().map(|(name, keys, read)| (*name, Check::Readable(keys, *read)));
    first.into_iter().chain(readable).chain(QUERIES.iter().map(|query| (query.name, Check::Query(query))))
}
