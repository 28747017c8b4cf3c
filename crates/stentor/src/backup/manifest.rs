//! The manifest of a backup: what it is of, and the hash of everything in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stentor_core::time::Timestamp;
use stentor_store::{DATABASE, schema_known};

use super::Failed;
use super::files::at;

/// Its name in a backup.
pub const MANIFEST: &str = "manifest.json";
/// The form of backups that this version writes and reads.
pub(super) const FORMAT: u32 = 1;

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name; of a content of media its hash.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// What a backup is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the backup.
    pub format: u32,
    /// The version that took it.
    pub stentor: String,
    /// The database's schema.
    pub schema: u32,
    /// When it was taken, RFC 3339.
    pub taken_at: String,
    /// The same by the store's own time, in milliseconds: nothing in it is later.
    pub taken_at_ms: i64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// The database and the small files beside it.
    pub files: Vec<Entry>,
    /// Contents of media, in `media/` beside the backup's folder.
    pub media: Vec<Entry>,
}

impl Manifest {
    /// The manifest of the backup in `folder`, if this version can restore it.
    ///
    /// # Errors
    /// No backup, a damaged or a newer one.
    pub fn read(folder: &Path) -> Result<Self, Failed> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(at(&path))?;
        let refused = |why: String| Failed::Refused(format!("{} {why}", path.display()));
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|e| refused(format!("is damaged ({e}): take another backup")))?;
        if manifest.format > FORMAT {
            let newer =
                format!("is of a newer version (form {}): restore it with that version", manifest.format);
            return Err(refused(newer));
        }
        schema_known(manifest.schema, &folder.join(DATABASE))?;
        let named = manifest.files.iter().chain(&manifest.media).map(|entry| entry.name.as_str());
        match named
            .into_iter()
            .find(|name| name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.'))
        {
            Some(name) => Err(refused(format!("names {name:?}, which is no file of a backup"))),
            None => Ok(manifest),
        }
    }

    /// When it was taken, by the store's own time.
    #[must_use]
    pub const fn taken_at(&self) -> Timestamp {
        Timestamp::from_millis(self.taken_at_ms)
    }

    /// Bytes of everything it names.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().chain(&self.media).map(|entry| entry.bytes).sum()
    }
}

/// The complete backups in a backup folder, oldest first.
pub(super) fn backups(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.join(MANIFEST).is_file() && path.extension().is_none() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
