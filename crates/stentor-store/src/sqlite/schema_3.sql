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

-- media

-- messages and people
