//! Files that are copied, hashed and named only when they are complete.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use stentor_store::StoreError;

use super::Entry;
use crate::media::hex;

/// Bytes between two looks at whether to go on.
const BLOCK_BYTES: usize = 1 << 20;

/// Whoever ordered it: hears how far it is, and may have it stopped.
pub struct Watch<'a> {
    /// Whether to stop now, leaving nothing half done.
    pub is_stopped: &'a dyn Fn() -> bool,
    /// Hears what is done, and how much of how much in bytes.
    pub progress: &'a dyn Fn(&str, u64, u64),
}

/// Why there is no backup, or nothing restored.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It was told to stop; what it had begun is gone.
    #[error("stopped; what was begun is removed")]
    Stopped,
    /// It must not be done so; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The data folder's database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// An I/O error with the file it is about.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Failed {
    let path = path.to_owned();
    move |source| Failed::File { path, source }
}

/// Makes a folder for its owner only, with those above it.
pub(super) fn make(folder: &Path) -> Result<(), Failed> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

/// A folder that is gone when dropped, unless it was given its name.
pub(super) struct Partial {
    pub path: PathBuf,
    is_named: bool,
}

impl Partial {
    /// Makes it, fresh: one that an earlier process left is removed first.
    pub fn make(path: PathBuf) -> Result<Self, Failed> {
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(at(&path))?;
        }
        make(&path)?;
        Ok(Self { path, is_named: false })
    }

    /// Gives it its name, durably.
    pub fn name(mut self, name: &Path) -> Result<(), Failed> {
        sync(&self.path)?;
        std::fs::rename(&self.path, name).map_err(at(name))?;
        self.is_named = true;
        name.parent().map_or(Ok(()), |above| if above.as_os_str().is_empty() { Ok(()) } else { sync(above) })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_named {
            // What cannot be removed says by its name what it is.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// The entries of a folder are on disk.
pub(super) fn sync(folder: &Path) -> Result<(), Failed> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Copies a file to a new one, on disk when this returns; its size and hash.
pub(super) fn copy(from: &Path, to: &Path, watch: &Watch<'_>) -> Result<Entry, Failed> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(at(to))?;
    let entry = read(from, watch, |block| file.write_all(block).map_err(at(to)))?;
    file.sync_all().map_err(at(to))?;
    Ok(entry)
}

/// Reads a file; its size and hash, and its last name.
pub(super) fn hash(path: &Path, watch: &Watch<'_>) -> Result<Entry, Failed> {
    read(path, watch, |_| Ok(()))
}

fn read(
    path: &Path,
    watch: &Watch<'_>,
    mut each: impl FnMut(&[u8]) -> Result<(), Failed>,
) -> Result<Entry, Failed> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hasher, mut bytes, mut block) = (Sha256::new(), 0, vec![0; BLOCK_BYTES]);
    loop {
        if (watch.is_stopped)() {
            return Err(Failed::Stopped);
        }
        let n = file.read(&mut block).map_err(at(path))?;
        if n == 0 {
            break;
        }
        hasher.update(&block[..n]);
        bytes += n as u64;
        each(&block[..n])?;
    }
    let sha256: [u8; 32] = hasher.finalize().into();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Entry { name, bytes, sha256: hex(&sha256) })
}
