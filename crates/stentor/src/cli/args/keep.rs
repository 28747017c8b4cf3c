//! Flags of what is done with a data folder as a whole: `backup`, `restore`, `verify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `backup`
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The backup folder: each run adds a folder to it, named by its time; media that are there already are not copied
    /// again. It holds secrets: keep it as private as the data folder.
    #[arg(value_name = "DIR")]
    pub into: PathBuf,
    /// The data folder; default: as for `serve`.
    #[arg(long = "data-dir", visible_alias = "data", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Keep only the newest N backups in DIR.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Read the database no faster than this; 0: as fast as it goes.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub mib_per_sec: u32,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `restore`
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// A backup, or a backup folder: then the newest in it.
    #[arg(value_name = "FROM", required_unless_present = "resume", conflicts_with = "resume")]
    pub from: Option<PathBuf>,
    /// The data folder to make (new or empty); with --resume the one that was made.
    #[arg(long = "data-dir", visible_alias = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// Say what becomes of the messages that were queued in the backup and are held since; a server that runs
    /// on the folder is told so.
    #[arg(long, value_enum)]
    pub resume: Option<Resume>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What becomes of a restored queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Resume {
    /// Nothing was sent since the backup was taken: send what is held.
    Send,
    /// It may have been sent since: never send it; statuses or its deadline settle it.
    Settle,
}

/// `verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A data folder (a server may be running on it) or a backup; default: the data folder, as for `serve`.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
