//! A data folder out of a backup: checked before anything is written, laid beside its place, named at the end.

use std::path::{Path, PathBuf};

use super::contents::{IN_BACKUP, IN_DATA};
use super::files::{Failed, Partial, Watch, at, copy, hash, make, sync};
use super::manifest::backups;
use super::{Entry, MANIFEST, Manifest};

/// A data folder that lies beside its place; gone when dropped, unless it was put there.
pub struct Laid {
    partial: Partial,
    to: PathBuf,
    /// The backup it is made of.
    pub backup: PathBuf,
    /// What that holds.
    pub manifest: Manifest,
}

impl Laid {
    /// Where it lies now.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.partial.path
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When somebody else has put something there meanwhile.
    pub fn put(self) -> Result<(), Failed> {
        self.partial.name(&self.to)
    }
}

/// Lays the data folder `to` from a backup, or from the newest in a backup folder.
///
/// # Errors
/// [`Failed`]: a target that is not empty, a newer or a damaged backup; one line with the fix. Nothing is left then.
pub fn lay(from: &Path, to: &Path, watch: &Watch<'_>) -> Result<Laid, Failed> {
    let backup = find(from)?;
    let manifest = Manifest::read(&backup)?;
    if std::fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) || to.is_file() {
        return Err(Failed::Refused(format!("{} is not empty: name a new folder", to.display())));
    }
    let media = backup.parent().unwrap_or(&backup).join(IN_BACKUP);
    let mut done = 0;
    for (folder, entry) in sources(&manifest, &backup, &media) {
        same(&hash(&folder.join(&entry.name), watch)?, entry, folder)?;
        done += entry.bytes;
        (watch.progress)("checked", done, manifest.bytes());
    }
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let partial = Partial::make(to.with_file_name(format!("{name}.partial")))?;
    let contents = partial.path.join(IN_DATA);
    make(&contents)?;
    done = 0;
    for (folder, entry) in sources(&manifest, &backup, &media) {
        let into = if std::ptr::eq(folder, &*media) { &contents } else { &partial.path };
        same(&copy(&folder.join(&entry.name), &into.join(&entry.name), watch)?, entry, folder)?;
        done += entry.bytes;
        (watch.progress)("copied", done, manifest.bytes());
    }
    sync(&contents)?;
    Ok(Laid { partial, to: to.to_owned(), backup, manifest })
}

/// Every file of a backup with the folder it lies in.
fn sources<'a>(
    manifest: &'a Manifest,
    backup: &'a Path,
    media: &'a Path,
) -> impl Iterator<Item = (&'a Path, &'a Entry)> {
    let files = manifest.files.iter().map(move |entry| (backup, entry));
    files.chain(manifest.media.iter().map(move |entry| (media, entry)))
}

fn same(there: &Entry, entry: &Entry, folder: &Path) -> Result<(), Failed> {
    if there == entry {
        return Ok(());
    }
    let file = folder.join(&entry.name);
    Err(Failed::Refused(format!("{} is not what its manifest says: restore another backup", file.display())))
}

/// The backup itself, or the newest one in a backup folder.
fn find(from: &Path) -> Result<PathBuf, Failed> {
    if from.join(MANIFEST).is_file() {
        return std::path::absolute(from).map_err(at(from));
    }
    let none = || Failed::Refused(format!("there is no backup in {}: name one", from.display()));
    if !from.is_dir() {
        return Err(none());
    }
    let newest = backups(from)?.pop().ok_or_else(none)?;
    std::path::absolute(&newest).map_err(at(&newest))
}
