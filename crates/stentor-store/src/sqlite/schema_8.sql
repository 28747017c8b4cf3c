-- Schema 8: what may be learnt from.

-- What was decided where the last send began, as bytes; NULL: nothing is learnt from the message.
ALTER TABLE message ADD COLUMN decided BLOB;
-- The classic way is first come first served, however much of the other waits beside it.
CREATE INDEX message_classic ON message (channel, due, id)
  WHERE state IN ('accepted','waiting') AND route = 'classic';
-- Of shared messages alone. Read in order and pruned from its old end, so that it needs no other index.
CREATE TABLE learning (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, deed TEXT NOT NULL, account INTEGER NOT NULL,
  recipient INTEGER NOT NULL, message INTEGER NOT NULL, template INTEGER NOT NULL, n INTEGER, data BLOB
) STRICT;
-- What was learnt of an account, as bytes, with the number of the last line it knows; empty since somebody was erased.
CREATE TABLE mind (
  account INTEGER PRIMARY KEY, position INTEGER NOT NULL, at INTEGER NOT NULL, state BLOB NOT NULL
) STRICT;
