//! Taking a backup: contents of media, then the database as of one moment, then what came in between.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stentor_core::time::Timestamp;
use stentor_store::{DATABASE, DatabaseCopy};

use super::contents::{Contents, forget};
use super::files::{Failed, Partial, Watch, at, copy, hash, make};
use super::manifest::FORMAT;
use super::{MANIFEST, Manifest};
use crate::data_folder::{KEPT_FILES, write_private};

/// What is asked for.
#[derive(Debug)]
pub struct Order<'a> {
    /// The data folder; a server may be running on it.
    pub data_dir: &'a Path,
    /// The backup folder.
    pub into: &'a Path,
    /// Now, which names the backup.
    pub now: Timestamp,
    /// The database is read no faster than this; 0: as fast as it goes.
    pub mib_per_sec_max: u32,
    /// Older backups than the newest so many go; `None`: all stay.
    pub keep: Option<usize>,
}

/// A backup that was taken.
#[derive(Debug)]
pub struct Taken {
    /// Its folder.
    pub folder: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// Contents that were not in the backup folder before, and their bytes.
    pub new_contents: (u64, u64),
    /// Contents left out: their bytes are not what their name says.
    pub damaged: Vec<String>,
    /// Older backups that went.
    pub forgotten: u64,
}

/// Takes a backup. What is half done when it fails or is stopped is removed.
///
/// # Errors
/// [`Failed`], one line with the fix.
pub fn take(order: &Order<'_>, watch: &Watch<'_>) -> Result<Taken, Failed> {
    let into = order.into;
    make(into)?;
    let _only_one = lock(into)?;
    let name = order.now.to_string().replace(':', "-").split('.').next().unwrap_or_default().to_owned() + "Z";
    let folder = into.join(name);
    if folder.exists() {
        return Err(Failed::Refused(format!("{} is there already: try again in a second", folder.display())));
    }
    let partial = Partial::make(folder.with_extension("partial"))?;
    let mut contents = Contents::new(order.data_dir, into, &partial.path, watch)?;
    contents.copy_all()?;
    let file = partial.path.join(DATABASE);
    let database = database(order, &file, watch)?;
    let (media, gone) = contents.complete(&database.contents()?)?;
    database.forget_contents(&gone)?;
    let summary = database.finish()?;
    let mut files = vec![hash(&file, watch)?];
    for small in KEPT_FILES {
        if order.data_dir.join(small).is_file() {
            files.push(copy(&order.data_dir.join(small), &partial.path.join(small), watch)?);
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        stentor: env!("CARGO_PKG_VERSION").to_owned(),
        schema: summary.schema,
        taken_at: order.now.to_string(),
        taken_at_ms: summary.taken_at.millis(),
        rows: summary.rows.into_iter().collect(),
        files,
        media,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::other);
    let path = partial.path.join(MANIFEST);
    text.and_then(|text| write_private(&path, &text)).map_err(at(&path))?;
    partial.name(&folder)?;
    let forgotten = order.keep.map_or(Ok(0), |keep| forget(into, keep))?;
    let new_contents = (contents.copied, contents.copied_bytes);
    let damaged = contents.damaged.into_iter().collect();
    Ok(Taken { folder, manifest, new_contents, damaged, forgotten })
}

/// One backup at a time into a folder.
fn lock(into: &Path) -> Result<File, Failed> {
    let path = into.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
    file.try_lock().map_err(|_| {
        Failed::Refused(format!("another backup into {} is under way: wait for its end", into.display()))
    })?;
    Ok(file)
}

fn database(order: &Order<'_>, to: &Path, watch: &Watch<'_>) -> Result<DatabaseCopy, Failed> {
    let began = crate::clock::instant();
    let copy = DatabaseCopy::take(order.data_dir, to, &mut |done, all| {
        if (watch.is_stopped)() {
            return ControlFlow::Break(());
        }
        (watch.progress)("database", done * PAGE_BYTES, all * PAGE_BYTES);
        let due = match order.mib_per_sec_max {
            0 => Duration::ZERO,
            most => Duration::from_millis(done * PAGE_BYTES * 1_000 / (u64::from(most) << 20)),
        };
        while let Some(left) = due.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
            if (watch.is_stopped)() {
                return ControlFlow::Break(());
            }
            crate::clock::rest(left.min(REST_MAX));
        }
        ControlFlow::Continue(())
    })?;
    copy.ok_or(Failed::Stopped)
}

const PAGE_BYTES: u64 = 8_192;
/// Between two looks at whether to go on.
const REST_MAX: Duration = Duration::from_millis(100);
