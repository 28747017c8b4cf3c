//! Media and resumable uploads, on SQLite.

use rusqlite::{Row, params};
use stentor_core::id::{AccountId, ChannelId, MediaId};
use stentor_core::time::Timestamp;

use super::{SqliteRows, limited};
use crate::rows::{MediaRows, Result};
use crate::sqlite::convert::{time, word};
use crate::{Media, MediaOrigin, UploadSession};

fn media(row: &Row<'_>) -> rusqlite::Result<Media> {
    Ok(Media {
        id: MediaId(row.get(0)?),
        account: AccountId(row.get(1)?),
        channel: ChannelId(row.get(2)?),
        origin: word(row, 3, MediaOrigin::parse)?,
        mime: row.get(4)?,
        sha256: row.get(5)?,
        size: row.get::<_, i64>(6)?.unsigned_abs(),
        file_name: row.get(7)?,
        created_at: time(row, 8)?,
        expires_at: time(row, 9)?,
    })
}

fn session(row: &Row<'_>) -> rusqlite::Result<UploadSession> {
    Ok(UploadSession {
        token: row.get(0)?,
        account: AccountId(row.get(1)?),
        channel: ChannelId(row.get(2)?),
        file_name: row.get(3)?,
        file_length: row.get::<_, i64>(4)?.unsigned_abs(),
        file_type: row.get(5)?,
        file_offset: row.get::<_, i64>(6)?.unsigned_abs(),
        expires_at: time(row, 7)?,
    })
}

fn bytes(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl MediaRows for SqliteRows<'_> {
    fn media(&self, id: MediaId) -> Result<Option<Media>> {
        let sql = "SELECT id, account, channel, origin, mime, sha256, size, file_name, created_at, expires_at \
                   FROM media WHERE id = ?1";
        self.one(sql, [id.0], media)
    }

    fn put_media(&mut self, m: &Media) -> Result<()> {
        let (created_at, expires_at) = (m.created_at.millis(), m.expires_at.millis());
        self.run(
            "INSERT OR REPLACE INTO media \
             (id, account, channel, origin, mime, sha256, size, file_name, created_at, expires_at) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
            params![
                m.id.0,
                m.account.0,
                m.channel.0,
                m.origin.as_str(),
                m.mime,
                m.sha256,
                bytes(m.size),
                m.file_name,
                created_at,
                expires_at
            ],
        )
        .map(drop)
    }

    fn delete_media(&mut self, id: MediaId) -> Result<()> {
        self.run("DELETE FROM media WHERE id = ?1", [id.0]).map(drop)
    }

    fn is_media_content(&self, sha256: &[u8; 32]) -> Result<bool> {
        let found = self.one("SELECT 1 FROM media WHERE sha256 = ?1 LIMIT 1", [sha256], |_| Ok(()))?;
        Ok(found.is_some())
    }

    fn prune_media(&mut self, now: Timestamp, limit: usize) -> Result<usize> {
        let sql = "DELETE FROM media WHERE id IN \
                   (SELECT id FROM media WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2)";
        self.run(sql, [now.millis(), limited(limit)])
    }

    fn upload(&self, token: &str) -> Result<Option<UploadSession>> {
        let sql = "SELECT token, account, channel, file_name, file_length, file_type, file_offset, expires_at \
                   FROM upload WHERE token = ?1";
        self.one(sql, [token], session)
    }

    fn put_upload(&mut self, s: &UploadSession) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO upload \
             (token, account, channel, file_name, file_length, file_type, file_offset, expires_at) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
            params![
                s.token,
                s.account.0,
                s.channel.0,
                s.file_name,
                bytes(s.file_length),
                s.file_type,
                bytes(s.file_offset),
                s.expires_at.millis()
            ],
        )
        .map(drop)
    }

    fn delete_upload(&mut self, token: &str) -> Result<()> {
        self.run("DELETE FROM upload WHERE token = ?1", [token]).map(drop)
    }

    fn prune_uploads(&mut self, now: Timestamp, limit: usize) -> Result<usize> {
        let sql = "DELETE FROM upload WHERE token IN \
                   (SELECT token FROM upload WHERE expires_at <= ?1 ORDER BY expires_at, token LIMIT ?2)";
        self.run(sql, [now.millis(), limited(limit)])
    }
}
