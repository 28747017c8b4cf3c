//! What can go wrong with a file that is to be evaluated: which file, which line, what to do.

use std::path::PathBuf;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of it says something that cannot be meant.
    #[error("{}:{line}: {what}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong, and what it should be.
        what: String,
    },
    /// The file as a whole.
    #[error("{}: {what}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what it should be.
        what: String,
    },
    /// The plot cannot be drawn or written.
    #[error("the plot: {0}")]
    Plot(String),
}
