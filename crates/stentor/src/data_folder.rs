//! The data folder's small files: the credentials of `dev` and the note of who is running here, private to the user.

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Writes a file that only the user may read, in one piece: a reader sees the old one or the new one.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)
}

/// What `dev` shows on its first screen and keeps for the next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The channel's key, for `D360-API-KEY`.
    pub api_key: String,
    /// The key of the admin API.
    pub admin_key: String,
    /// Signs outgoing webhooks.
    pub webhook_secret: String,
}

const CREDENTIALS: &str = "credentials.json";

/// Small files of a data folder that belong to a backup of it.
pub const KEPT_FILES: [&str; 3] = [CREDENTIALS, "ca.pem", "ca.key"];

impl Credentials {
    /// The folder's credentials, made by `fresh` at the first start and kept.
    ///
    /// # Errors
    /// When the file cannot be read, is not ours, or cannot be written.
    pub fn load_or_make(dir: &Path, fresh: impl FnOnce() -> Self) -> io::Result<Self> {
        let path = dir.join(CREDENTIALS);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
                io::Error::other(format!("{} is damaged ({e}): delete it for new keys", path.display()))
            }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let made = fresh();
                made.write(dir)?;
                Ok(made)
            }
            Err(e) => Err(e),
        }
    }

    /// Keeps them for the next start.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        write_private(&dir.join(CREDENTIALS), &serde_json::to_vec_pretty(self)?)
    }
}

/// Who is running on a data folder: how the command line finds a local server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The process.
    pub pid: u32,
    /// Base URL of the customer API.
    pub url: String,
    /// Base URL of the admin API.
    pub admin_url: String,
    /// The key of the admin API.
    pub admin_key: String,
    /// The first channel's key, in `dev`.
    pub api_key: Option<String>,
    /// The certificate authority to trust, with `--tls`.
    pub ca_file: Option<PathBuf>,
}

const RUNNING: &str = "run.json";

impl Running {
    /// Leaves the note.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        write_private(&dir.join(RUNNING), &serde_json::to_vec_pretty(self)?)
    }

    /// Reads the note of a folder; `None` when nobody left one.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(RUNNING)).ok()?).ok()
    }

    /// Takes the note away at the end.
    pub fn remove(dir: &Path) {
        let _ = std::fs::remove_file(dir.join(RUNNING));
    }
}
