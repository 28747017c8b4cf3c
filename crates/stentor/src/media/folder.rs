//! Contents on disk, each once, under its SHA-256; private to the user, with a quota.
//!
//! What comes in is written to `incoming/` and hashed on the way; [`Folder::place`] gives it its name in `content/` after
//! the fsync, and holds the gate until the caller has committed the row that wants it. Only the row makes it a medium:
//! a file without one is swept. `resumable/` holds uploads that may go on another time.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use stentor_core::media::HEAD_BYTES;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::{RwLock, RwLockReadGuard};

/// Bytes read at once when a file is hashed again.
const BLOCK_BYTES: usize = 256 * 1_024;

/// Why bytes cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The quota is used up.
    #[error("the media folder's quota of {quota_mib} MiB is used up: delete media, or raise media.quota_mib")]
    Full {
        /// As configured.
        quota_mib: u64,
    },
    /// The disk.
    #[error("the media folder: {0}")]
    Io(#[from] io::Error),
}

/// The folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    quota_bytes: u64,
    used: AtomicU64,
    files: AtomicU64,
    /// Held for reading from a content's naming to its row's commit; for writing while contents without a row go.
    pub(super) gate: RwLock<()>,
    is_temporary: bool,
}

impl Folder {
    /// Opens (or makes) the folder and counts what is in it. What was half received when the last process ended goes.
    ///
    /// # Errors
    /// When it cannot be made, read or written.
    pub fn open(root: &Path, quota_mib: u64) -> io::Result<Self> {
        let folder = Self::new(root.to_owned(), quota_mib, false);
        folder.make()?;
        for entry in std::fs::read_dir(folder.incoming())? {
            std::fs::remove_file(entry?.path())?;
        }
        for (at, counts) in [(folder.contents(), 1), (folder.resumable(), 0)] {
            for entry in std::fs::read_dir(at)? {
                folder.used.fetch_add(entry?.metadata()?.len(), Ordering::Relaxed);
                folder.files.fetch_add(counts, Ordering::Relaxed);
            }
        }
        Ok(folder)
    }

    /// A folder of this process alone, made when it is first needed and gone with it.
    #[must_use]
    pub fn temporary(quota_mib: u64) -> Self {
        let name = format!("stentor-media-{}-{}", std::process::id(), fresh());
        Self::new(std::env::temp_dir().join(name), quota_mib, true)
    }

    const fn new(root: PathBuf, quota_mib: u64, is_temporary: bool) -> Self {
        let (used, files) = (AtomicU64::new(0), AtomicU64::new(0));
        let quota_bytes = quota_mib.saturating_mul(1 << 20);
        Self { root, quota_bytes, used, files, gate: RwLock::const_new(()), is_temporary }
    }

    fn make(&self) -> io::Result<()> {
        for folder in [self.contents(), self.incoming(), self.resumable()] {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        std::fs::File::open(&self.root)?.sync_all()
    }

    pub(super) fn contents(&self) -> PathBuf {
        self.root.join("content")
    }

    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    pub(super) fn resumable(&self) -> PathBuf {
        self.root.join("resumable")
    }

    pub(super) fn content(&self, sha256: &[u8; 32]) -> PathBuf {
        self.contents().join(hex(sha256))
    }

    /// Bytes of all contents and of what is on its way in.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Contents.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// The most bytes there may be.
    #[must_use]
    pub const fn quota_bytes(&self) -> u64 {
        self.quota_bytes
    }

    /// Begins to take a content in.
    ///
    /// # Errors
    /// The disk.
    pub async fn receive(self: &Arc<Self>) -> Result<Incoming, FolderError> {
        if self.is_temporary {
            self.make()?;
        }
        let path = self.incoming().join(fresh());
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path).await?;
        let held = Held { folder: Arc::clone(self), path, size: 0, is_gone_at_drop: true };
        Ok(Incoming { file, held, hasher: Sha256::new(), head: Vec::new() })
    }

    /// Goes on with a resumable upload at `offset`; what lay beyond was never confirmed and is cut off.
    ///
    /// # Errors
    /// The disk, or less there than was confirmed.
    pub async fn resume(self: &Arc<Self>, token: &str, offset: u64) -> Result<Resumed, FolderError> {
        if self.is_temporary {
            self.make()?;
        }
        let path = self.resumable().join(token);
        let mut file =
            File::options().write(true).create(true).truncate(false).mode(0o600).open(&path).await?;
        let there = file.metadata().await?.len();
        if there < offset {
            let lost = format!("{offset} bytes of a resumable upload were confirmed, {there} are there");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, lost).into());
        }
        file.set_len(offset).await?;
        self.used.fetch_sub(there - offset, Ordering::Relaxed);
        file.seek(io::SeekFrom::Start(offset)).await?;
        let held = Held { folder: Arc::clone(self), path, size: offset, is_gone_at_drop: false };
        Ok(Resumed { file, held })
    }

    /// The file of a content; `None`: there is none.
    ///
    /// # Errors
    /// The disk.
    pub async fn read(&self, sha256: &[u8; 32]) -> io::Result<Option<File>> {
        match File::open(self.content(sha256)).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives what was received its name among the contents, durably. The row that wants it is committed before the
    /// guard goes; without one it is swept.
    ///
    /// # Errors
    /// The disk.
    pub async fn place(&self, received: Received) -> Result<Placed<'_>, FolderError> {
        let gate = self.gate.read().await;
        let mut held = received.held;
        match tokio::fs::hard_link(&held.path, self.content(&received.sha256)).await {
            Ok(()) => {
                // Its bytes stay; only its first name goes.
                held.size = 0;
                self.files.fetch_add(1, Ordering::Relaxed);
                sync(&self.contents()).await?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        held.is_gone_at_drop = true;
        Ok(Placed { _gate: gate, _first_name: held })
    }

    /// One content goes. The gate is held by the caller.
    pub(super) async fn remove(&self, path: &Path, counts: u64) {
        let Ok(metadata) = tokio::fs::metadata(path).await else { return };
        match tokio::fs::remove_file(path).await {
            Ok(()) => {
                self.used.fetch_sub(metadata.len(), Ordering::Relaxed);
                self.files.fetch_sub(counts, Ordering::Relaxed);
            }
            Err(error) => tracing::warn!(%error, "a file of the media folder could not be removed"),
        }
    }

    fn take(&self, bytes: u64) -> Result<(), FolderError> {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.quota_bytes {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(FolderError::Full { quota_mib: self.quota_bytes >> 20 });
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}

/// A file that counts against the quota as long as it is there.
#[derive(Debug)]
struct Held {
    folder: Arc<Folder>,
    path: PathBuf,
    size: u64,
    is_gone_at_drop: bool,
}

impl Held {
    async fn write(&mut self, file: &mut File, bytes: &[u8]) -> Result<(), FolderError> {
        self.folder.take(bytes.len() as u64)?;
        self.size += bytes.len() as u64;
        Ok(file.write_all(bytes).await?)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_gone_at_drop {
            let _ = std::fs::remove_file(&self.path);
            self.folder.used.fetch_sub(self.size, Ordering::Relaxed);
        }
    }
}

/// A content on its way in; dropped, it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    held: Held,
    hasher: Sha256,
    head: Vec<u8>,
}

impl Incoming {
    /// The next bytes.
    ///
    /// # Errors
    /// The quota, or the disk.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        keep_head(&mut self.head, bytes);
        self.hasher.update(bytes);
        self.held.write(&mut self.file, bytes).await
    }

    /// Bytes so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.held.size
    }

    /// All of it is here, and on disk.
    ///
    /// # Errors
    /// The disk.
    pub async fn finish(mut self) -> Result<Received, FolderError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let sha256 = self.hasher.finalize().into();
        Ok(Received { size: self.held.size, sha256, head: self.head, held: self.held })
    }
}

/// A resumable upload's file; dropped, it stays for another time.
#[derive(Debug)]
pub struct Resumed {
    file: File,
    held: Held,
}

impl Resumed {
    /// The next bytes.
    ///
    /// # Errors
    /// The quota, or the disk.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.held.write(&mut self.file, bytes).await
    }

    /// Bytes so far, the earlier ones included.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.held.size
    }

    /// What was written is on disk: it may be confirmed.
    ///
    /// # Errors
    /// The disk.
    pub async fn confirm(&mut self) -> Result<u64, FolderError> {
        self.file.flush().await?;
        self.file.sync_data().await?;
        sync(&self.held.folder.resumable()).await?;
        Ok(self.held.size)
    }

    /// All of it is here: hashed from the start, since earlier processes wrote some of it.
    ///
    /// # Errors
    /// The disk.
    pub async fn finish(mut self) -> Result<Received, FolderError> {
        self.confirm().await?;
        let mut file = File::open(&self.held.path).await?;
        let (mut hasher, mut head, mut block) = (Sha256::new(), Vec::new(), vec![0; BLOCK_BYTES]);
        loop {
            let n = file.read(&mut block).await?;
            if n == 0 {
                break;
            }
            keep_head(&mut head, &block[..n]);
            hasher.update(&block[..n]);
        }
        Ok(Received { size: self.held.size, sha256: hasher.finalize().into(), head, held: self.held })
    }
}

/// A content that is wholly here and has no name yet; dropped, it is gone, or stays resumable where it was that.
#[derive(Debug)]
pub struct Received {
    /// Bytes.
    pub size: u64,
    /// Of all of them.
    pub sha256: [u8; 32],
    /// The first of them.
    pub head: Vec<u8>,
    held: Held,
}

impl Received {
    /// Its bytes again, from the start.
    ///
    /// # Errors
    /// The disk.
    pub async fn open(&self) -> io::Result<File> {
        File::open(&self.held.path).await
    }

    /// Nothing of it is wanted any more, resumable or not.
    pub fn discard(mut self) {
        self.held.is_gone_at_drop = true;
    }
}

/// The gate, held for whoever commits the row.
#[derive(Debug)]
pub struct Placed<'a> {
    _gate: RwLockReadGuard<'a, ()>,
    _first_name: Held,
}

/// The directory's own entries are on disk.
async fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

fn keep_head(head: &mut Vec<u8>, bytes: &[u8]) {
    let missing = HEAD_BYTES - head.len();
    head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
}

fn fresh() -> String {
    hex(&crate::clock::random::<12>())
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
