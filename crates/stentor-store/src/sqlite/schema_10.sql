-- Schema 10: for a list of three words or more SQLite makes a table for every row that is written; for ORs it compares.
DROP INDEX message_timer;
CREATE INDEX message_timer ON message (state, due)
  WHERE state = 'sending' OR state = 'unknown' OR state = 'sent';
DROP INDEX message_held;
CREATE INDEX message_held ON message (channel, template, wait, due)
  WHERE state = 'waiting' AND (wait = 'sync' OR wait = 'paused' OR wait = 'pacing' OR wait = 'quiet_hours'
  OR wait = 'cap' OR wait = 'upstream_limit');
