//! The folder's upkeep: contents and resumable files that no row wants go, a page at a time under the gate.

use std::path::Path;

use stentor_store::{Store, StoreError};

use super::folder::Folder;

/// Files looked at while uploads wait at the gate.
const PAGE_FILES: usize = 200;

/// Those of the contents that no medium has any more go.
///
/// # Errors
/// When the store cannot be asked; then nothing goes.
pub async fn collect(store: &Store, folder: &Folder, hashes: Vec<[u8; 32]>) -> Result<(), StoreError> {
    let _nobody_commits = folder.gate.write().await;
    for hash in store.unreferenced_media(hashes).await? {
        folder.remove(&folder.content(&hash), 1).await;
    }
    Ok(())
}

/// Everything in the folder that no row wants goes.
///
/// # Errors
/// When the store cannot be asked; what is left waits for the next time.
pub async fn sweep(store: &Store, folder: &Folder) -> Result<(), StoreError> {
    let hashes: Vec<[u8; 32]> =
        names(&folder.contents()).await.iter().filter_map(|name| unhex(name)).collect();
    for page in hashes.chunks(PAGE_FILES) {
        collect(store, folder, page.to_vec()).await?;
    }
    for page in names(&folder.resumable()).await.chunks(PAGE_FILES) {
        for ended in store.ended_uploads(page.to_vec()).await? {
            folder.remove(&folder.resumable().join(ended), 0).await;
        }
    }
    Ok(())
}

/// The names in a folder; none where there is no folder.
async fn names(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return names };
    while let Ok(Some(entry)) = entries.next_entry().await {
        names.extend(entry.file_name().into_string());
    }
    names
}

fn unhex(name: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if name.len() != 64 || !name.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&name[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}
