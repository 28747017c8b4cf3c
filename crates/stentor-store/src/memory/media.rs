//! Media and resumable uploads, in memory.

use stentor_core::id::MediaId;
use stentor_core::time::Timestamp;

use super::Tables;
use crate::rows::{MediaRows, Result};
use crate::{Media, UploadSession};

impl MediaRows for Tables {
    fn media(&self, id: MediaId) -> Result<Option<Media>> {
        Ok(self.media.get(&id).cloned())
    }

    fn put_media(&mut self, media: &Media) -> Result<()> {
        self.media.insert(media.id, media.clone());
        Ok(())
    }

    fn delete_media(&mut self, id: MediaId) -> Result<()> {
        self.media.remove(&id);
        Ok(())
    }

    fn is_media_content(&self, sha256: &[u8; 32]) -> Result<bool> {
        Ok(self.media.values().any(|media| media.sha256 == *sha256))
    }

    fn prune_media(&mut self, now: Timestamp, limit: usize) -> Result<usize> {
        let over = self.media.values().filter(|media| media.expires_at <= now);
        let mut over: Vec<_> = over.map(|media| (media.expires_at, media.id)).collect();
        over.sort_unstable();
        over.truncate(limit);
        over.iter().for_each(|(_, id)| drop(self.media.remove(id)));
        Ok(over.len())
    }

    fn upload(&self, token: &str) -> Result<Option<UploadSession>> {
        Ok(self.uploads.get(token).cloned())
    }

    fn put_upload(&mut self, session: &UploadSession) -> Result<()> {
        self.uploads.insert(session.token.clone(), session.clone());
        Ok(())
    }

    fn delete_upload(&mut self, token: &str) -> Result<()> {
        self.uploads.remove(token);
        Ok(())
    }

    fn prune_uploads(&mut self, now: Timestamp, limit: usize) -> Result<usize> {
        let over = self.uploads.values().filter(|session| session.expires_at <= now);
        let mut over: Vec<_> = over.map(|session| (session.expires_at, session.token.clone())).collect();
        over.sort_unstable();
        over.truncate(limit);
        over.iter().for_each(|(_, token)| drop(self.uploads.remove(token)));
        Ok(over.len())
    }
}
