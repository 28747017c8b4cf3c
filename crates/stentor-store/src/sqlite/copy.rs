//! A copy of a data folder's database, all of one moment, while a server may be writing to it: SQLite's backup over a
//! connection that holds one snapshot. The writer goes on meanwhile; only its log cannot be folded in for so long.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use stentor_core::id::MessageId;
use stentor_core::time::Timestamp;

use super::rows::SqliteRows;
use super::schema;
use super::writer::LAST_SEEN_LAG_MAX_MS;
use crate::StoreError;
use crate::rows::{Counter, KeepRows, Result};

/// Pages of 8 KiB copied in one step.
const STEP_PAGES: i32 = 128;

/// The database in a data folder and in a backup.
pub const DATABASE: &str = "stentor.db";

/// A copied database: one file, complete in itself, owned by nobody yet.
#[derive(Debug)]
pub struct DatabaseCopy {
    file: PathBuf,
    connection: Connection,
    schema: u32,
}

/// What a copied database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySummary {
    /// The number of its schema.
    pub schema: u32,
    /// When it was taken, by the time of its store: nothing in it is later.
    pub taken_at: Timestamp,
    /// Rows by table.
    pub rows: Vec<(String, u64)>,
}

/// A content that media rows name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentName {
    /// Its SHA-256, which is its name in the media folder.
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
}

impl DatabaseCopy {
    /// Copies the database of the data folder `dir` into the new file `to`. `on_step` hears how many of how many pages
    /// are there, after each of at most 1 MiB, and may rest or break off; `None`: it did.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when there is no database, a newer version wrote it, or the copy cannot be written.
    pub fn take(
        dir: &Path,
        to: &Path,
        on_step: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Option<Self>> {
        let (source, schema) = schema::open_snapshot(&dir.join(DATABASE))?;
        schema::private(to)?;
        let mut connection = Connection::open(to)?;
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
        let backup = Backup::new(&source, &mut connection)?;
        loop {
            let step = backup.step(STEP_PAGES)?;
            let progress = backup.progress();
            let (left, all) = (pages(progress.remaining), pages(progress.pagecount));
            if on_step(all - left.min(all), all).is_break() {
                return Ok(None);
            }
            if step == StepResult::Done {
                break;
            }
        }
        drop(backup);
        // Without a log beside it, and without what only the original can go on with.
        connection.execute_batch("PRAGMA journal_mode = DELETE")?;
        if schema >= MEDIA_SINCE {
            connection.execute_batch("DELETE FROM upload")?;
        }
        Ok(Some(Self { file: to.to_owned(), connection, schema }))
    }

    /// Every content that its media name, each once.
    ///
    /// # Errors
    /// The database.
    pub fn contents(&self) -> Result<Vec<ContentName>> {
        contents(&self.connection, self.schema)
    }

    /// Deletes the media of contents that went before they could be copied: as if it had been taken a moment later.
    ///
    /// # Errors
    /// The database.
    pub fn forget_contents(&self, gone: &[[u8; 32]]) -> Result<()> {
        for sha256 in gone {
            self.connection.execute("DELETE FROM media WHERE sha256 = ?1", [sha256])?;
        }
        Ok(())
    }

    /// What it holds; closes it, on disk.
    ///
    /// # Errors
    /// The database, or the disk.
    pub fn finish(self) -> Result<CopySummary> {
        let counters = SqliteRows::new(&self.connection).counters()?;
        let mark = |wanted| counters.iter().find(|(counter, ..)| *counter == wanted).map_or(0, |(.., n)| *n);
        let seen = Timestamp::from_millis(mark(Counter::LastSeen) + LAST_SEEN_LAG_MAX_MS);
        let taken_at = seen.max(MessageId(mark(Counter::LastMessage)).accepted_at());
        let mut rows = Vec::new();
        let names =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
        let names: Vec<String> = SqliteRows::new(&self.connection).all(names, [], |row| row.get(0))?;
        for name in names {
            let sql = format!("SELECT count(*) FROM \"{name}\"");
            let n = self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
            rows.push((name, n.unsigned_abs()));
        }
        let (schema, file) = (self.schema, self.file.clone());
        drop(self);
        let synced = std::fs::File::open(&file).and_then(|file| file.sync_all());
        synced.map_err(|e| StoreError::Unusable(format!("{} cannot be written: {e}", file.display())))?;
        Ok(CopySummary { schema, taken_at, rows })
    }
}

/// The schema that brought media and uploads.
const MEDIA_SINCE: u32 = 3;

/// Every content that media rows name, each once.
pub(super) fn contents(connection: &Connection, schema: u32) -> Result<Vec<ContentName>> {
    if schema < MEDIA_SINCE {
        return Ok(Vec::new());
    }
    let sql = "SELECT sha256, max(size) FROM media GROUP BY sha256 ORDER BY sha256";
    SqliteRows::new(connection).all(sql, [], |row| {
        Ok(ContentName { sha256: row.get(0)?, size: row.get::<_, i64>(1)?.unsigned_abs() })
    })
}

fn pages(n: i32) -> u64 {
    u64::from(n.unsigned_abs())
}
