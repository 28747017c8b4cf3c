//! The writer: drains the lanes, commits, answers after the fsync. The only thread that changes the database.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::lanes::Job;
use super::rows::{Recent, SqliteRows};
use super::{Options, Shared, schema};
use crate::StoreError;
use crate::directory::Directory;
use crate::live::Live;
use crate::rows::{Counter, KeepRows, ReceptionRows, Result};
use crate::tx::Tx;

/// How far the stored clock may be behind, in milliseconds.
pub(super) const LAST_SEEN_LAG_MAX_MS: i64 = 1_000;

pub(super) struct Writer {
    file: PathBuf,
    options: Options,
    shared: Arc<Shared>,
    /// `None` after a commit whose outcome is unknown, until it can be opened again.
    connection: Option<Connection>,
    live: Live,
    recent: RefCell<Recent>,
    directory: Directory,
    last_seen_written: i64,
}

impl Writer {
    pub(super) fn open(file: PathBuf, options: Options, shared: Arc<Shared>) -> Result<Self> {
        let live = Live::new(options.speed, options.retention);
        let mut writer = Self {
            file,
            options,
            shared,
            connection: None,
            live,
            recent: RefCell::default(),
            directory: Directory::default(),
            last_seen_written: 0,
        };
        writer.reopen()?;
        writer.fold_in()?;
        Ok(writer)
    }

    /// A log that an earlier process left may hold what a failed sync never wrote: the system still shows it, a power cut
    /// would take it, and with it everything that is written behind it. Folded in, it is written anew.
    fn fold_in(&self) -> Result<()> {
        let Some(connection) = &self.connection else { return Ok(()) };
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Opens the database (again) and loads what is held in memory from it.
    fn reopen(&mut self) -> Result<()> {
        let connection = schema::open_writer(&self.file, &self.options)?;
        self.load(&connection)?;
        self.connection = Some(connection);
        Ok(())
    }

    fn load(&mut self, connection: &Connection) -> Result<()> {
        self.recent.get_mut().clear();
        let rows = SqliteRows::new(connection);
        self.live.reload(&rows)?;
        self.directory = Directory::new(rows.registry()?);
        self.publish();
        Ok(())
    }

    fn publish(&self) {
        let mark = |counter| self.live.counters.get(counter, 0);
        self.shared.last_message.store(mark(Counter::LastMessage), Ordering::Release);
        self.shared.last_seen.store(mark(Counter::LastSeen), Ordering::Release);
    }

    /// The writer's life: until the lanes are closed and empty.
    pub(super) fn work(mut self) {
        let _abandon = Abandon(Arc::clone(&self.shared));
        while let Some(mut batch) = self.shared.lanes.take(self.options.commit_rows_max) {
            let failure = self.commit(&mut batch).err();
            if let Some(failure) = &failure {
                tracing::error!(store.rows = batch.len(), "a commit failed: {failure}");
                self.recover(failure);
            }
            self.scrub();
            self.publish();
            for job in batch {
                job.answer(failure.as_ref());
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<()> {
        if self.connection.is_none() {
            self.reopen()?;
        }
        let Some(connection) = &self.connection else { return Err(StoreError::Closed) };
        let Self { live, directory, file, recent, .. } = self;
        let full = |error: StoreError| match error {
            StoreError::DiskFull { .. } => StoreError::DiskFull { path: file.display().to_string() },
            other => other,
        };
        connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| full(e.into()))?;
        let changes = connection.total_changes();
        let mut rows = SqliteRows::of_writer(connection, recent);
        for job in batch {
            job.run(&mut Tx { rows: &mut rows, live, directory }).map_err(full)?;
        }
        rows.write_changed().map_err(full)?;
        let (mut dirty, receptions) = (live.counters.take_dirty(), live.receptions.take_dirty());
        let seen = live.counters.get(Counter::LastSeen, 0);
        let wrote = !dirty.is_empty() || !receptions.is_empty() || connection.total_changes() != changes;
        let note_seen = wrote && seen - self.last_seen_written >= LAST_SEEN_LAG_MAX_MS;
        if note_seen {
            dirty.push((Counter::LastSeen, 0, seen));
        }
        rows.put_counters(&dirty).map_err(full)?;
        for (template, account, reception) in receptions {
            rows.put_reception(template, account, &reception).map_err(full)?;
        }
        connection.execute_batch("COMMIT").map_err(|error| match error.into() {
            // Its frames did not fit: there is no commit record, and rolling back settles it.
            full_error @ StoreError::DiskFull { .. } => full(full_error),
            other => StoreError::OutcomeUnknown(other.to_string()),
        })?;
        live.counted.commit();
        if note_seen {
            self.last_seen_written = seen;
        }
        Ok(())
    }

    /// After an erasure: what the write-ahead log still holds goes with its file, and what lies in unused parts of pages
    /// with the pages, where that is asked for. While a reader holds a snapshot it is tried again with the next commit.
    fn scrub(&mut self) {
        let (Some(connection), Some(anew)) = (&self.connection, self.live.scrub) else { return };
        let sweep = || -> rusqlite::Result<bool> {
            if anew {
                connection.execute_batch("VACUUM")?;
            }
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        };
        match sweep() {
            Ok(false) => self.live.scrub = None,
            Ok(true) => {
                self.live.scrub = Some(false);
                tracing::warn!("somebody reads: the write-ahead log is emptied with the next commit");
            }
            Err(error) => {
                self.live.scrub = None;
                tracing::error!("what was erased may still be in the database's files: {error}");
            }
        }
    }

    /// After a failed commit: back to what the database holds. Where nobody knows, over a new connection.
    fn recover(&mut self, failure: &StoreError) {
        let Some(connection) = self.connection.take() else { return };
        let unknown = matches!(failure, StoreError::OutcomeUnknown(_));
        let rolled_back =
            !unknown && (connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok());
        if rolled_back && self.load(&connection).is_ok() {
            self.connection = Some(connection);
            return;
        }
        drop(connection);
        if let Err(error) = self.reopen() {
            tracing::error!("the store cannot be opened again, and is tried with every commit: {error}");
        }
    }
}

/// However the writer ends, nobody waits for it in vain.
struct Abandon(Arc<Shared>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.lanes.abandon();
    }
}
