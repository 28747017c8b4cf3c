//! The witness on paper: every request's record is in the file before its reply leaves the process.
//! Called by the Graph API of the network process. Many requests share one write.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Notify, oneshot};

use stentor_simnet::journal::Record;

/// The journal; lines are added at the end of what is there.
#[derive(Debug)]
pub struct Journal {
    waiting: Mutex<Waiting>,
    is_waiting: Notify,
    file: tokio::sync::Mutex<File>,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    written: Vec<oneshot::Sender<()>>,
}

impl Journal {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(file: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(file).await?;
        Ok(Self { waiting: Mutex::default(), is_waiting: Notify::new(), file: file.into() })
    }

    /// Returns once the record is in the file; `false` when it could not be written: then nothing may be promised.
    pub async fn write(&self, record: &Record) -> bool {
        let (done, written) = oneshot::channel();
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.lines.extend_from_slice(record.to_line().as_bytes());
            waiting.lines.push(b'\n');
            waiting.written.push(done);
        }
        self.is_waiting.notify_one();
        written.await.is_ok()
    }

    /// Writes what comes, for ever.
    pub async fn run(&self) {
        let mut file = self.file.lock().await;
        loop {
            self.is_waiting.notified().await;
            let batch = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            let written = async {
                file.write_all(&batch.lines).await?;
                file.flush().await
            };
            match written.await {
                Ok(()) => {
                    for done in batch.written {
                        // A client that left does not wait any more.
                        let _ = done.send(());
                    }
                }
                Err(error) => tracing::error!(%error, "the journal cannot be written"),
            }
        }
    }
}
