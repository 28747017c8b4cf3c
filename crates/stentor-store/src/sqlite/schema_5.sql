-- Schema 5: the outbox of an endpoint in the order it was queued in; what was put off stands apart, found by its time.

CREATE TABLE outbox_by_endpoint (
  endpoint INTEGER NOT NULL, id INTEGER NOT NULL, message INTEGER, seq INTEGER, notice INTEGER,
  queued_at INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (endpoint, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE postponed (
  endpoint INTEGER NOT NULL, id INTEGER NOT NULL, message INTEGER, seq INTEGER, notice INTEGER,
  queued_at INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (endpoint, id)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_by_endpoint
  SELECT endpoint, id, message, seq, notice, queued_at, due, tries FROM outbox WHERE due <= queued_at;
INSERT INTO postponed
  SELECT endpoint, id, message, seq, notice, queued_at, due, tries FROM outbox WHERE due > queued_at;
DROP TABLE outbox;
ALTER TABLE outbox_by_endpoint RENAME TO outbox;
CREATE INDEX postponed_due ON postponed (endpoint, due, id);
CREATE INDEX postponed_message ON postponed (endpoint, message);
