//! How much room the data folder's disk has: looked at now and then, asked at every request. Below the watermark nothing
//! new is taken in, so that what was taken can still be booked to its end.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// The disk of the data folder.
#[derive(Debug)]
pub struct Disk {
    /// `None`: nothing is looked at, as in tests of the API alone.
    folder: Option<PathBuf>,
    free_bytes_min: u64,
    free_bytes: AtomicU64,
}

impl Default for Disk {
    fn default() -> Self {
        Self { folder: None, free_bytes_min: 0, free_bytes: AtomicU64::new(u64::MAX) }
    }
}

impl Disk {
    /// The disk of `folder`, of which so much is kept free (0: nothing is).
    #[must_use]
    pub fn new(folder: PathBuf, free_mib_min: u64) -> Self {
        let free_bytes_min = free_mib_min.saturating_mul(1 << 20);
        let disk = Self { folder: Some(folder), free_bytes_min, ..Self::default() };
        disk.look();
        disk
    }

    /// Looks how much is free: one call of the system. What cannot be asked is taken for room, and said.
    pub fn look(&self) {
        let Some(folder) = &self.folder else { return };
        let free = match rustix::fs::statvfs(folder) {
            Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
            Err(error) => {
                tracing::warn!(%error, "how much room the disk has is not known");
                u64::MAX
            }
        };
        let was_low = self.low_mib().is_some();
        self.free_bytes.store(free, Ordering::Release);
        match self.low_mib() {
            Some(free_mib) if !was_low => {
                tracing::error!(
                    free_mib,
                    "the disk is nearly full: nothing new is accepted until there is room"
                );
            }
            None if was_low => tracing::info!("the disk has room again"),
            _ => {}
        }
    }

    /// Bytes that are free, as of the last look.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Acquire)
    }

    /// Bytes that are kept free.
    #[must_use]
    pub const fn free_bytes_min(&self) -> u64 {
        self.free_bytes_min
    }

    /// The MiB that are left, when they are too few.
    #[must_use]
    pub fn low_mib(&self) -> Option<u64> {
        let free = self.free_bytes();
        (free < self.free_bytes_min).then_some(free >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_low_below_its_watermark_alone() {
        let here = tempfile::tempdir().expect("a folder");
        let disk = |mib| Disk::new(here.path().to_owned(), mib);
        assert_eq!(disk(0).low_mib(), None);
        assert!(disk(0).free_bytes() < u64::MAX, "it was looked at");
        assert!(disk(u64::MAX >> 20).low_mib().is_some());
        assert_eq!(Disk::default().low_mib(), None);
    }
}
