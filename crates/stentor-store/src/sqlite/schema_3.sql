-- Schema 3: the whole API surface.

-- accounts and channels

-- endpoints

-- templates
-- extra: JSON object.
ALTER TABLE template ADD COLUMN extra TEXT NOT NULL DEFAULT '{}';
ALTER TABLE template ADD COLUMN archived_at INTEGER;
ALTER TABLE template ADD COLUMN archived_from TEXT;
ALTER TABLE template ADD COLUMN created_by TEXT NOT NULL DEFAULT 'system';
ALTER TABLE template ADD COLUMN modified_by TEXT NOT NULL DEFAULT 'system';
ALTER TABLE template ADD COLUMN quality TEXT NOT NULL DEFAULT 'UNKNOWN';
ALTER TABLE template ADD COLUMN quality_at INTEGER;
ALTER TABLE template ADD COLUMN pauses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE template ADD COLUMN paused_until INTEGER;
ALTER TABLE template ADD COLUMN paced_since INTEGER;
ALTER TABLE template ADD COLUMN correct_category TEXT;
ALTER TABLE template ADD COLUMN category_at INTEGER;

-- media
-- sha256: names the content in the media folder. origin: upload, inbound, sample.
CREATE TABLE media (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, channel INTEGER NOT NULL, origin TEXT NOT NULL,
  mime TEXT NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL, file_name TEXT, created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX media_content ON media (sha256);
CREATE INDEX media_expiry ON media (expires_at, id);
-- Resumable uploads that are not complete; file_offset: bytes surely on disk.
CREATE TABLE upload (
  token TEXT PRIMARY KEY, account INTEGER NOT NULL, channel INTEGER NOT NULL, file_name TEXT,
  file_length INTEGER NOT NULL, file_type TEXT NOT NULL, file_offset INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_expiry ON upload (expires_at);

-- messages and people
