//! What can go wrong in the store, told apart by what the caller may promise afterwards.

/// An error of the store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nothing was tried: the lane is full. The caller may answer 503 with `Retry-After`.
    #[error(
        "the store is busy: {lane} holds {rows_max} rows waiting (raise `store.{lane}_rows_max` or slow down)"
    )]
    Overloaded {
        /// Which lane.
        lane: &'static str,
        /// Its limit.
        rows_max: usize,
    },
    /// Nothing was stored: the account's queue is as long as it may be. The caller may answer 503 with `Retry-After`.
    #[error(
        "the account has {messages_max} messages queued, as many as it may (`engine.queue_messages_per_account_max`)"
    )]
    QueueFull {
        /// The limit.
        messages_max: u64,
    },
    /// Nothing was committed and nothing will be: the disk is full. Recovers by itself when there is room.
    #[error("no space left on the disk of {path}: free some, the server goes on by itself")]
    DiskFull {
        /// The data folder.
        path: String,
    },
    /// Whether it was committed is not known (a failed fsync, an I/O error at COMMIT): the caller must not answer.
    #[error("the outcome of a commit is unknown: {0}")]
    OutcomeUnknown(String),
    /// The data folder cannot be used; the text says why and what to do.
    #[error("{0}")]
    Unusable(String),
    /// Another process has the data folder; the text names it and says what to do.
    #[error("{0}")]
    InUse(String),
    /// Refused by a rule of the data (a duplicate name, a missing parent).
    #[error("{0}")]
    Conflict(String),
    /// Closed for shutdown: nothing was tried.
    #[error("the store is closed")]
    Closed,
}
