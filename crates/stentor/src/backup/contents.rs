//! Contents of media in a backup: copied once, under their hash; and checked wherever they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use stentor_store::{Checked, ContentName};

use super::files::{Failed, Watch, at, copy, hash, make, sync};
use super::{Entry, Manifest, manifest};
use crate::media::hex;

/// Where contents lie in a data folder.
pub(super) const IN_DATA: &str = "media/content";
/// Where they lie in a backup folder.
pub(super) const IN_BACKUP: &str = "media";

/// Contents on their way into a backup folder.
pub(super) struct Contents<'a> {
    from: PathBuf,
    into: PathBuf,
    /// For what is not complete; gone with the backup if that fails.
    partial: PathBuf,
    watch: &'a Watch<'a>,
    /// New ones.
    pub copied: u64,
    pub copied_bytes: u64,
    /// Contents whose bytes are not what their name says.
    pub damaged: BTreeSet<String>,
}

impl<'a> Contents<'a> {
    pub fn new(data_dir: &Path, into: &Path, partial: &Path, watch: &'a Watch<'a>) -> Result<Self, Failed> {
        let (from, into) = (data_dir.join(IN_DATA), into.join(IN_BACKUP));
        make(&into)?;
        let partial = partial.to_owned();
        Ok(Self { from, into, partial, watch, copied: 0, copied_bytes: 0, damaged: BTreeSet::new() })
    }

    /// Copies what lies in the data folder now and is not in the backup folder yet. The bulk of the work, before the
    /// database is read: so that little can go in between.
    pub fn copy_all(&mut self) -> Result<(), Failed> {
        let entries = match std::fs::read_dir(&self.from) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(at(&self.from))?,
        };
        for entry in entries {
            let name = entry.map_err(at(&self.from))?.file_name().to_string_lossy().into_owned();
            self.bring(&name)?;
        }
        Ok(())
    }

    /// Copies what the database names; the entries of what is there, and the hashes of what has gone meanwhile.
    pub fn complete(&mut self, named: &[ContentName]) -> Result<(Vec<Entry>, Vec<[u8; 32]>), Failed> {
        let (mut entries, mut gone) = (Vec::with_capacity(named.len()), Vec::new());
        for ContentName { sha256, size } in named {
            let name = hex(sha256);
            match self.bring(&name)? {
                true => entries.push(Entry { name: name.clone(), bytes: *size, sha256: name }),
                false if self.damaged.contains(&name) => {}
                false => gone.push(*sha256),
            }
        }
        sync(&self.into)?;
        Ok((entries, gone))
    }

    /// Whether the content is in the backup folder, now or already.
    fn bring(&mut self, name: &str) -> Result<bool, Failed> {
        let to = self.into.join(name);
        if to.exists() {
            return Ok(true);
        }
        let partial = self.partial.join(name);
        let entry = match copy(&self.from.join(name), &partial, self.watch) {
            Err(Failed::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                let _ = std::fs::remove_file(&partial);
                return Ok(false);
            }
            copied => copied?,
        };
        if entry.sha256 != name {
            self.damaged.insert(name.to_owned());
            std::fs::remove_file(&partial).map_err(at(&partial))?;
            return Ok(false);
        }
        std::fs::rename(&partial, &to).map_err(at(&to))?;
        (self.copied, self.copied_bytes) = (self.copied + 1, self.copied_bytes + entry.bytes);
        (self.watch.progress)("media", self.copied_bytes, 0);
        Ok(true)
    }
}

/// Removes all but the newest `keep` backups, and the contents that none of these names; how many backups went.
pub(super) fn forget(folder: &Path, keep: usize) -> Result<u64, Failed> {
    let backups = manifest::backups(folder)?;
    let (old, kept) = backups.split_at(backups.len().saturating_sub(keep.max(1)));
    let mut wanted = BTreeSet::new();
    for backup in kept {
        wanted.extend(Manifest::read(backup)?.media.into_iter().map(|entry| entry.name));
    }
    for backup in old {
        // Its manifest first: without one it is no backup any more.
        let manifest = backup.join(super::MANIFEST);
        std::fs::remove_file(&manifest).map_err(at(&manifest))?;
        std::fs::remove_dir_all(backup).map_err(at(backup))?;
    }
    let contents = folder.join(IN_BACKUP);
    for entry in std::fs::read_dir(&contents).map_err(at(&contents))? {
        let path = entry.map_err(at(&contents))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !wanted.contains(name.as_ref()) {
            std::fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    Ok(old.len() as u64)
}

/// Checks the contents that a database names where they lie: there, and what their names say. `is_wanted` is asked
/// again before one is missed: it may have been deleted meanwhile.
///
/// # Errors
/// When a file cannot be read, or it was stopped.
pub fn check(
    folder: &Path,
    named: &[ContentName],
    is_wanted: &dyn Fn(&[u8; 32]) -> bool,
    watch: &Watch<'_>,
) -> Result<Checked, Failed> {
    let folder = if folder.join(super::MANIFEST).is_file() {
        folder.parent().unwrap_or(folder).join(IN_BACKUP)
    } else {
        folder.join(IN_DATA)
    };
    let mut checked = Checked::default();
    let sizes: BTreeMap<String, &ContentName> =
        named.iter().map(|content| (hex(&content.sha256), content)).collect();
    for (name, content) in sizes {
        checked.looked_at += 1;
        match hash(&folder.join(&name), watch) {
            Ok(entry) if entry.sha256 == name && entry.bytes == content.size => {}
            Ok(entry) => checked.violated(|| {
                format!(
                    "content {name}: {} bytes, of {} that it should have, or others",
                    entry.bytes, content.size
                )
            }),
            Err(Failed::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                if is_wanted(&content.sha256) {
                    checked.violated(|| format!("content {name} is not there"));
                }
            }
            Err(other) => return Err(other),
        }
    }
    Ok(checked)
}
