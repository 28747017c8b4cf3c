//! Backups of a data folder, and the folder that is made of one. A backup folder holds contents of media, each once for
//! all backups in it, and a sub-folder for each backup: the database, small files, a manifest with the hash of each.
//!
//! Everything is written under a name that says it is not complete and renamed at the end. Blocking: called on threads
//! that may wait. Sends nothing, decides nothing about messages.

mod contents;
mod files;
mod manifest;
mod restore;
mod take;

pub use contents::check as check_contents;
pub use files::{Failed, Watch};
pub use manifest::{Entry, MANIFEST, Manifest};
pub use restore::{Laid, lay};
pub use take::{Order, Taken, take};
