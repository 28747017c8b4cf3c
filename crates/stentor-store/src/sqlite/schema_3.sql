-- Schema 3: the whole API surface.

-- accounts and channels
ALTER TABLE account ADD COLUMN owner_business INTEGER NOT NULL DEFAULT 0;
UPDATE account SET owner_business = id;
ALTER TABLE account ADD COLUMN country TEXT;
ALTER TABLE account ADD COLUMN onboarding_hold TEXT;
ALTER TABLE account ADD COLUMN invited_at INTEGER;
ALTER TABLE account ADD COLUMN business_verified INTEGER NOT NULL DEFAULT 1;
ALTER TABLE channel ADD COLUMN account_events INTEGER;
ALTER TABLE channel ADD COLUMN multi_webhook INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN used_at INTEGER;
-- hash: Argon2's own text for a password, hex SHA-256 for a key.
CREATE TABLE partner_login (
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, hash TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- channel: 0 for the account's own. value: JSON text.
CREATE TABLE document (
  account INTEGER NOT NULL, channel INTEGER NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (account, channel, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE block (
  account INTEGER NOT NULL, channel INTEGER NOT NULL, person INTEGER NOT NULL, address TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (channel, person)
) STRICT, WITHOUT ROWID;

-- endpoints
-- name: of a copy; starts_at, override_all: of a coming one; secret: the partner's.
ALTER TABLE endpoint ADD COLUMN role TEXT NOT NULL DEFAULT 'main';
ALTER TABLE endpoint ADD COLUMN name TEXT;
ALTER TABLE endpoint ADD COLUMN starts_at INTEGER;
ALTER TABLE endpoint ADD COLUMN override_all INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN secret TEXT;

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
-- What people and the upstream told, by name: a webhook that comes again is known.
CREATE TABLE seen (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, key BLOB NOT NULL, at INTEGER NOT NULL, UNIQUE (account, key)
) STRICT;
