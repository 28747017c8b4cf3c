//! The store in a data folder: SQLite, one writer thread for everything that commits, a few readers beside it.
//! `store.rs` hands operations in and awaits their answer, which comes after the fsync. Runs on no async runtime.

mod convert;
mod copy;
mod lanes;
mod lock;
mod readers;
mod registry;
mod rows;
mod schema;
mod verify;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use stentor_core::time::Timestamp;
use tokio::sync::oneshot;

use crate::rows::{Counter, Result, Rows};
use crate::tx::Tx;
use crate::{Retention, StoreError};
pub use copy::{ContentName, CopySummary, DATABASE, DatabaseCopy};
pub(crate) use lanes::Lane;
use lanes::{Job, Lanes};
use readers::Readers;
pub use verify::{Checked, Verifier};
use writer::Writer;

/// Limits of the store; what is above them is refused at once, not queued.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rows of results, statuses and deliveries that may wait for the writer.
    pub settle_rows_max: usize,
    /// Rows of claims, begun sends and administration that may wait for the writer.
    pub begin_rows_max: usize,
    /// Accepted messages that may wait for the writer.
    pub accept_rows_max: usize,
    /// Rows in one commit.
    pub commit_rows_max: usize,
    /// Reads that may wait for a reader.
    pub read_rows_max: usize,
    /// Reader threads.
    pub readers: usize,
    /// Page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// Pages of 8 KiB in the write-ahead log before the writer folds it in.
    pub checkpoint_pages: u32,
    /// Pages of 8 KiB the database may grow to; `None`: as far as the disk goes.
    pub db_pages_max: Option<u32>,
    /// How much faster than life `now` runs (1 to 3600): leases are spans of real time.
    pub speed: u32,
    /// Ages, and what may wait for an endpoint.
    pub retention: Retention,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settle_rows_max: 65_536,
            begin_rows_max: 65_536,
            accept_rows_max: 8_192,
            commit_rows_max: 2_000,
            read_rows_max: 1_024,
            readers: 2,
            cache_kib: 65_536,
            checkpoint_pages: 8_000,
            db_pages_max: None,
            speed: 1,
            retention: Retention::default(),
        }
    }
}

/// An open data folder. Dropping it finishes what is queued.
#[derive(Debug)]
pub struct Sqlite {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    /// As configured.
    pub(crate) retention: Retention,
    /// Held, not read: the lock on the folder.
    _lock: File,
}

/// What the threads and the handle share.
struct Shared {
    lanes: Lanes,
    readers: Readers,
    last_message: AtomicI64,
    last_seen: AtomicI64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Sqlite {
    pub(crate) fn open(dir: &Path, options: Options) -> Result<Self> {
        let lock = lock::lock(dir)?;
        let file = dir.join(DATABASE);
        let shared = Arc::new(Shared {
            lanes: Lanes::new(&options),
            readers: Readers::new(options.read_rows_max),
            last_message: AtomicI64::new(0),
            last_seen: AtomicI64::new(0),
        });
        let writer = Writer::open(file.clone(), options.clone(), Arc::clone(&shared))?;
        lock::keep_name(dir);
        let (end, ended) = oneshot::channel();
        let mut threads = Vec::with_capacity(1 + options.readers);
        for _ in 0..options.readers.max(1) {
            let connection = schema::open_reader(&file, &options)?;
            let shared = Arc::clone(&shared);
            threads.push(thread("store-reader", move || shared.readers.work(&connection))?);
        }
        threads.push(thread("store-writer", move || {
            writer.work();
            drop(end);
        })?);
        Ok(Self {
            shared,
            threads: Mutex::new(threads),
            ended: Mutex::new(Some(ended)),
            retention: options.retention,
            _lock: lock,
        })
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        weight: usize,
        now: Option<Timestamp>,
        run: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(lane, weight, now, false, run).await
    }

    /// An operation of the engine that changes no row: it has its place among those that do, and is answered as soon as it
    /// has run. If their commit fails, its leases are lost, which is always safe.
    pub(crate) async fn lease<T: Send + 'static>(
        &self,
        weight: usize,
        now: Option<Timestamp>,
        run: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(Lane::Begin, weight, now, true, run).await
    }

    async fn call<T: Send + 'static>(
        &self,
        lane: Lane,
        weight: usize,
        now: Option<Timestamp>,
        is_lease: bool,
        run: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let (weight, run, reply) = (weight.max(1), Some(run), Some(reply));
        let call = Call { weight, now, is_lease, run, result: None, reply };
        self.shared.lanes.push(lane, Box::new(call))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::OutcomeUnknown("the writer has ended".to_owned())))
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        run: impl FnOnce(&dyn Rows) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.shared.readers.push(Box::new(move |rows| {
            // Nobody may wait any more: then nobody needs the answer.
            let _ = reply.send(rows.and_then(run));
        }))?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    pub(crate) fn mark(&self, counter: Counter) -> i64 {
        match counter {
            Counter::LastMessage => self.shared.last_message.load(Ordering::Acquire),
            _ => self.shared.last_seen.load(Ordering::Acquire),
        }
    }

    /// Takes nothing more, finishes what is queued.
    pub(crate) async fn close(&self) {
        self.shared.lanes.close();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ended) = ended {
            // The writer drops its end when it is through.
            let _ = ended.await;
        }
        self.shared.readers.close();
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.shared.lanes.close();
        self.shared.readers.close();
        for thread in self.threads.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// Whether this version can read a database of that schema.
///
/// # Errors
/// [`StoreError::Unusable`]: a newer version wrote it.
pub fn schema_known(schema: u32, file: &Path) -> Result<()> {
    schema::known(schema, file)
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| StoreError::Unusable(format!("cannot start the thread {name}: {error}")))
}

struct Call<T, F> {
    weight: usize,
    now: Option<Timestamp>,
    /// Answered as soon as it has run.
    is_lease: bool,
    run: Option<F>,
    result: Option<Result<T>>,
    reply: Option<oneshot::Sender<Result<T>>>,
}

impl<T: Send, F: FnOnce(&mut Tx<'_>) -> Result<T> + Send> Job for Call<T, F> {
    fn weight(&self) -> usize {
        self.weight
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        if let Some(now) = self.now {
            tx.live.counters.raise_lazily(Counter::LastSeen, now.millis());
        }
        let Some(run) = self.run.take() else { return Ok(()) };
        self.result = Some(match run(tx) {
            // Refused before anything was written: of no consequence to its neighbours.
            Ok(done) => Ok(done),
            Err(refused @ (StoreError::Conflict(_) | StoreError::QueueFull { .. })) => Err(refused),
            Err(failure) => return Err(failure),
        });
        if self.is_lease
            && let (Some(reply), Some(result)) = (self.reply.take(), self.result.take())
        {
            // The caller may have gone away; its leases run out.
            let _ = reply.send(result);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<&StoreError>) {
        let Some(reply) = self.reply else { return };
        let result = match failure {
            Some(failure) => Err(failure.clone()),
            None => self.result.unwrap_or(Err(StoreError::Closed)),
        };
        // The caller may have gone away; the commit stands.
        let _ = reply.send(result);
    }
}
