//! A disk that fails as disks do, under SQLite: a VFS over the system's own, for files in folders that were given one.
//! Writes count as lost until a sync has succeeded. For tests alone; the only unsafe code of the house: SQLite is C.
//!
//! After [`Disk::cut`] every operation fails; [`Disk::restart`] says what is found then: after a power cut each sector
//! that was not synced is there or not, after the end of the process alone all of it is, but what a failed sync
//! pretended to have written is still not on the disk.

mod table;

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

const SECTOR: u64 = 512;
const SECTOR_BYTES: usize = 512;

/// What the next operations do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A sync fails; what it was to write may count as clean from then on and be lost all the same.
    Sync,
    /// A write fails, none of it done.
    Write,
    /// A write fails after its first half.
    ShortWrite,
    /// A read fails.
    Read,
}

/// How the machine went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The process alone: the system still writes what it had taken.
    Process,
    /// The power.
    Power,
}

#[derive(Debug, Default)]
struct State {
    dice: u64,
    /// Writes, truncations and syncs so far.
    operations: u64,
    /// Faults that have struck.
    faults: u64,
    /// The power goes before this one.
    cut_before: Option<u64>,
    is_cut: bool,
    is_full: bool,
    /// A fault after so many operations of its kind.
    armed: Option<(Fault, u32)>,
    files: BTreeMap<PathBuf, Tracked>,
}

/// What of a file is surely on the disk.
#[derive(Debug, Default)]
struct Tracked {
    size: u64,
    /// Kept open: it is read before every write.
    file: Option<File>,
    /// Sectors that differ from the file: as they are on the disk.
    unsure: BTreeMap<u64, Sector>,
}

#[derive(Debug)]
struct Sector {
    /// Empty: beyond the end.
    on_disk: Vec<u8>,
    /// Whether the next sync writes it; what a failed sync left clean is lost without a word.
    is_dirty: bool,
    order: u64,
}

/// The disk of one folder.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

static DISKS: Mutex<Vec<Disk>> = Mutex::new(Vec::new());

impl Disk {
    /// From now on the databases of this folder lie on a disk of that seed. Before any is opened.
    ///
    /// # Panics
    /// When there is no such folder.
    pub fn of(folder: &Path, seed: u64) -> Self {
        table::register();
        let state = State { dice: seed, ..State::default() };
        let folder = folder.canonicalize().expect("a folder");
        let disk = Self { folder, state: Arc::new(Mutex::new(state)) };
        disks().push(disk.clone());
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails once, after so many more operations of that kind.
    pub fn arm(&self, fault: Fault, after: u32) {
        self.state().armed = Some((fault, after));
    }

    /// What was armed and has not struck does not.
    pub fn disarm(&self) {
        self.state().armed = None;
    }

    /// No room, or room again.
    pub fn fill(&self, is_full: bool) {
        self.state().is_full = is_full;
    }

    /// Everything fails from now on.
    pub fn cut(&self) {
        self.state().is_cut = true;
    }

    /// The same before the operation so many from now.
    pub fn cut_after(&self, operations: u64) {
        let mut state = self.state();
        state.cut_before = Some(state.operations + operations);
    }

    /// Writes, truncations and syncs so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Faults that have struck so far: armed ones, and writes to a full disk.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.state().faults
    }

    /// Whether everything fails.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.state().is_cut
    }

    /// Up again, nobody has the files open: they are as this outage leaves them.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn restart(&self, outage: Outage) {
        let mut state = self.state();
        (state.is_cut, state.cut_before, state.armed, state.is_full) = (false, None, None, false);
        let State { dice, files, .. } = &mut *state;
        if outage == Outage::Power {
            for (path, tracked) in std::mem::take(files) {
                tracked.lose(&path, dice);
            }
        }
        drop(state);
        for entry in std::fs::read_dir(&self.folder).expect("listed") {
            let path = entry.expect("an entry").path();
            // Shared memory goes with its processes.
            if path.to_string_lossy().ends_with("-shm") {
                std::fs::remove_file(path).expect("removed");
            }
        }
    }
}

fn disks() -> MutexGuard<'static, Vec<Disk>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn disk_of(path: &Path) -> Option<Disk> {
    disks().iter().rev().find(|disk| path.starts_with(&disk.folder)).cloned()
}

/// SplitMix64.
fn roll(dice: &mut u64, below: u64) -> u64 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = (*dice ^ (*dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % below
}

impl State {
    /// Whether an operation may go on; a write may have to end half way.
    fn check(&mut self, kind: Fault) -> Result<(), c_int> {
        if kind != Fault::Read {
            self.operations += 1;
            if self.cut_before.is_some_and(|at| self.operations >= at) {
                self.is_cut = true;
            }
        }
        if self.is_cut {
            return Err(error(kind));
        }
        if kind == Fault::Write && self.is_full {
            self.faults += 1;
            return Err(ffi::SQLITE_FULL);
        }
        let strikes = |fault| fault == kind || (fault == Fault::ShortWrite && kind == Fault::Write);
        match &mut self.armed {
            Some((fault, 0)) if strikes(*fault) => {
                let half = *fault == Fault::ShortWrite;
                (self.armed, self.faults) = (None, self.faults + 1);
                Err(if half { HALF } else { error(kind) })
            }
            Some((fault, after)) if strikes(*fault) => {
                *after -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A write that ends half way; never seen by SQLite.
const HALF: c_int = -1;

const fn error(kind: Fault) -> c_int {
    match kind {
        Fault::Sync => ffi::SQLITE_IOERR_FSYNC,
        Fault::Write | Fault::ShortWrite => ffi::SQLITE_IOERR_WRITE,
        Fault::Read => ffi::SQLITE_IOERR_READ,
    }
}

impl Tracked {
    /// Remembers how these bytes are on the disk, before they change.
    fn remember(&mut self, path: &Path, from: u64, to: u64, order: u64) {
        let file = &*self.file.get_or_insert_with(|| File::open(path).expect("it is open"));
        for sector in from / SECTOR..to.div_ceil(SECTOR) {
            let known = self.unsure.entry(sector).or_insert_with(|| {
                let mut on_disk = vec![0; SECTOR_BYTES];
                let at = sector * SECTOR;
                let mut there = 0;
                while at < self.size && there < SECTOR_BYTES {
                    match file.read_at(&mut on_disk[there..], at + there as u64).expect("read") {
                        0 => break,
                        n => there += n,
                    }
                }
                on_disk.truncate(there);
                Sector { on_disk, is_dirty: true, order }
            });
            (known.is_dirty, known.order) = (true, order);
        }
    }

    fn synced(&mut self, size: u64) {
        self.unsure.retain(|_, sector| !sector.is_dirty);
        self.size = size;
    }

    /// The sync failed: some of it is given up without a word.
    fn sync_failed(&mut self, dice: &mut u64) {
        for sector in self.unsure.values_mut() {
            sector.is_dirty &= roll(dice, 2) == 0;
        }
    }

    /// Leaves the file as a power cut does.
    fn lose(self, path: &Path, dice: &mut u64) {
        if !path.exists() {
            return;
        }
        let file = OpenOptions::new().read(true).write(true).open(path).expect("opened");
        let now = file.metadata().expect("there").len();
        let last = self.unsure.values().map(|sector| sector.order).max().unwrap_or(0);
        let first = self.unsure.values().map(|sector| sector.order).min().unwrap_or(0);
        // Everything is lost, or all up to a moment, or each as it happens.
        let mode = roll(dice, 3);
        let until = first + roll(dice, last - first + 2);
        let mut size = self.size;
        for (number, sector) in &self.unsure {
            let is_kept = sector.is_dirty
                && match mode {
                    0 => false,
                    1 => sector.order < until,
                    _ => roll(dice, 2) == 0,
                };
            let at = number * SECTOR;
            if is_kept {
                size = size.max((at + SECTOR).min(now));
            } else {
                let mut bytes = sector.on_disk.clone();
                bytes.resize(SECTOR_BYTES, 0);
                file.write_all_at(&bytes, at).expect("written");
            }
        }
        file.set_len(size).expect("cut");
        file.sync_all().expect("synced");
    }
}
