//! The files of the tree that people write: text by its extension, without build output and hidden folders
//! other than the project's own. Called by `run`; the checks get paths and texts and touch no disk.

use std::fs;
use std::io;
use std::path::Path;

const EXTENSIONS: &[&str] = &[
    "rs", "toml", "md", "sql", "html", "css", "js", "py", "json", "jsonl", "yaml", "yml", "sh", "txt", "snap",
];
const NAMES: &[&str] = &["Cargo.lock", "run", "Dockerfile", "LICENSE"];
const HIDDEN: &[&str] = &[".cargo", ".ci", ".config"];
/// What builds and package managers write.
const MADE: &[&str] = &["target", "node_modules", "__pycache__"];

/// A file: its path from the root, with forward slashes, and its text.
pub struct File {
    /// Path from the workspace's root.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Every text file below `root`, in order of path.
pub fn all(root: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(dir: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if !hidden && !MADE.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if NAMES.contains(&name.as_str())
            || name.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
        {
            let text = fs::read_to_string(entry.path())
                .map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))?;
            files.push(File { path, text });
        }
    }
    Ok(())
}
