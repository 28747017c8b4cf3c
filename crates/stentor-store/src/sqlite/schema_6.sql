-- Schema 6: consent, quiet hours, personal data.

-- quiet_hours: 21:00-08:00. opt_out_payloads: JSON array of text.
ALTER TABLE account ADD COLUMN quiet_hours TEXT;
ALTER TABLE account ADD COLUMN opt_out_payloads TEXT NOT NULL DEFAULT '[]';

-- address: of a person whom the history or the time zone is about; NULL once erased.
ALTER TABLE person ADD COLUMN suppressed_at INTEGER;
ALTER TABLE person ADD COLUMN lifted_at INTEGER;
ALTER TABLE person ADD COLUMN address TEXT;
ALTER TABLE person ADD COLUMN time_zone TEXT;
-- What was said about whether a person may be written to, in the order in which it was told.
CREATE TABLE consent (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, recipient INTEGER NOT NULL, at INTEGER NOT NULL,
  act TEXT NOT NULL, source TEXT NOT NULL, wording TEXT, actor TEXT NOT NULL
) STRICT;
CREATE INDEX consent_person ON consent (account, recipient, id);
INSERT INTO consent (account, recipient, at, act, source, actor)
  SELECT account, recipient, opted_out_at, 'opted_out', opt_out_source, 'network' FROM person
  WHERE opted_out_at IS NOT NULL;

-- Whose request it was; NULL for those of earlier versions.
ALTER TABLE idempotency ADD COLUMN account INTEGER;
