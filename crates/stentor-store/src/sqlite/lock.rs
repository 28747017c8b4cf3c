//! One process per data folder: a lock on a file that names its holder. The lock goes with the process.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::StoreError;

/// Makes the folder, for its owner only, and locks it for as long as the file is kept.
pub(super) fn lock(dir: &Path) -> Result<File, StoreError> {
    let cannot = |what: &str, error: std::io::Error| {
        StoreError::Unusable(format!("cannot {what} the data folder {}: {error}", dir.display()))
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|e| cannot("make", e))?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(dir.join("lock")).map_err(|e| cannot("write", e))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(error)) => return Err(cannot("lock", error)),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Best effort: the name only helps people.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
            return Err(StoreError::InUse(format!(
                "the data folder {} is in use by {holder}: stop it, or choose another folder",
                dir.display()
            )));
        }
    }
    let named = file.set_len(0).and_then(|()| file.rewind());
    named.and_then(|()| write!(file, "pid {}", std::process::id())).map_err(|e| cannot("write", e))?;
    Ok(file)
}

/// A folder whose own name a power cut takes takes everything in it along. Best effort: not everybody may open what is
/// above it.
pub(super) fn keep_name(dir: &Path) {
    for folder in [Some(dir), dir.parent()].into_iter().flatten() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
