-- Schema 7. What an upstream makes of a channel's speed, beside its budget.
-- cut_to_per_s: 0 where it was never cut.
ALTER TABLE bucket ADD COLUMN cut_to_per_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN cut_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN rest_until INTEGER NOT NULL DEFAULT 0;

-- What waits for the end of a stop, or of a limit or a night, so that the end of one finds it without walking the queue.
CREATE INDEX message_held ON message (channel, template, wait, due)
  WHERE state = 'waiting' AND wait IN ('sync','paused','pacing','quiet_hours','cap','upstream_limit');
-- What is unknown, by person and by when it left: neither a start nor a silence reads all of it.
CREATE INDEX message_doubted ON message (channel, recipient) WHERE state = 'unknown';
CREATE INDEX message_silent ON message (channel, sending_at) WHERE state = 'unknown';

-- The autopilot. NULL: as the account's numbers say.
ALTER TABLE account ADD COLUMN autopilot TEXT;
ALTER TABLE template ADD COLUMN held_at INTEGER;
ALTER TABLE template ADD COLUMN held_for TEXT;
ALTER TABLE template ADD COLUMN held_detail TEXT;
ALTER TABLE template ADD COLUMN resumed_at INTEGER;
-- Counts that fade; fresh_*: what may still be read, by how fast it ripens.
CREATE TABLE template_reception (
  template INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, taken REAL NOT NULL,
  failed REAL NOT NULL, delivered REAL NOT NULL, opted_out REAL NOT NULL, shared REAL NOT NULL,
  fresh_1 REAL NOT NULL, fresh_2 REAL NOT NULL, fresh_3 REAL NOT NULL, read REAL NOT NULL, ever INTEGER NOT NULL
) STRICT;
