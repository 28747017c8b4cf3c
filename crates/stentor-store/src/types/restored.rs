//! What becomes of a restored queue.

use stentor_core::time::Timestamp;

/// What becomes of the messages that were queued when a restored backup was taken: they may have left since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoredQueue {
    /// Nobody has said anything yet: they are held until their deadlines. Those of this process's own network are not:
    /// it is gone with the process.
    Hold {
        /// When the backup was taken.
        taken_at: Timestamp,
    },
    /// Nothing has left since: they are sent.
    Release,
    /// They may have left: each becomes unknown, to be settled by evidence and never sent again.
    Doubt,
}
