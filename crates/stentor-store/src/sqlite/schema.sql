-- Schema 1. Milliseconds everywhere, text enums, no index by a random key on the accept path.
CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL, channel INTEGER NOT NULL, template INTEGER, category TEXT, recipient INTEGER NOT NULL,
  route TEXT NOT NULL, sharing INTEGER NOT NULL, state TEXT NOT NULL, wait TEXT, due INTEGER,
  deadline INTEGER NOT NULL, attempts INTEGER NOT NULL, code INTEGER, sending_at INTEGER, taken_at INTEGER,
  sent_at INTEGER, delivered_at INTEGER, read_at INTEGER, ended_at INTEGER, events INTEGER NOT NULL
) STRICT;
-- id and state are in it so that a walk over the queue touches no row.
CREATE INDEX message_queue ON message (channel, due, id, state) WHERE state IN ('accepted','waiting');
CREATE INDEX message_timer ON message (state, due) WHERE state IN ('sending','unknown','sent');

CREATE TABLE body (
  message INTEGER PRIMARY KEY, input TEXT NOT NULL, address TEXT NOT NULL, opaque TEXT, payload BLOB NOT NULL
) STRICT;

CREATE TABLE event (
  message INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, code INTEGER,
  detail TEXT, report INTEGER NOT NULL, PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

-- upstream_hash: 0 where the upstream named none.
CREATE TABLE attempt (
  message INTEGER NOT NULL, no INTEGER NOT NULL, upstream_hash INTEGER NOT NULL, at INTEGER NOT NULL,
  upstream_id TEXT, outcome TEXT NOT NULL, PRIMARY KEY (message, no, upstream_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_upstream ON attempt (upstream_hash) WHERE upstream_id IS NOT NULL;

CREATE TABLE bucket (channel INTEGER PRIMARY KEY, free_at_micros INTEGER NOT NULL) STRICT;

CREATE TABLE person (
  account INTEGER NOT NULL, recipient INTEGER NOT NULL, opted_out_at INTEGER, opt_out_source TEXT,
  marketing_after INTEGER, window_until INTEGER, PRIMARY KEY (account, recipient)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, channel INTEGER NOT NULL,
  upstream_hash INTEGER NOT NULL, upstream_id TEXT NOT NULL, message INTEGER, mark_message INTEGER,
  mark_attempt INTEGER, recipient INTEGER, kind TEXT NOT NULL, code INTEGER, detail TEXT, happened_at INTEGER NOT NULL
) STRICT;
CREATE INDEX parked_upstream ON parked (upstream_hash);
CREATE INDEX parked_person ON parked (channel, recipient);

CREATE TABLE idempotency (
  id INTEGER PRIMARY KEY, scope BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, body_hash BLOB NOT NULL,
  response BLOB NOT NULL
) STRICT;

-- A row that was put off has `due` after `queued_at`.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, message INTEGER, seq INTEGER, notice INTEGER,
  queued_at INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (endpoint, due);
CREATE INDEX outbox_postponed ON outbox (endpoint, message) WHERE due > queued_at;

CREATE TABLE notice (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, channel INTEGER, field TEXT NOT NULL, value TEXT NOT NULL,
  at INTEGER NOT NULL, refs INTEGER NOT NULL
) STRICT;

CREATE TABLE delivery_log (
  delivery INTEGER NOT NULL, no INTEGER NOT NULL, account INTEGER NOT NULL, endpoint INTEGER NOT NULL,
  message INTEGER, seq INTEGER, notice INTEGER, at INTEGER NOT NULL, status INTEGER NOT NULL,
  took_ms INTEGER NOT NULL, error TEXT, PRIMARY KEY (delivery, no)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_account ON audit (account);

CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
  name TEXT NOT NULL, key INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, sharing_default INTEGER NOT NULL,
  product_policy_default TEXT NOT NULL, terms_signed_at INTEGER, marketing_on_messages INTEGER NOT NULL,
  webhook_secret TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE channel (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, display_phone_number TEXT NOT NULL, state TEXT NOT NULL,
  character TEXT NOT NULL, sync_policy TEXT, rate_per_s INTEGER NOT NULL, unknown_policy TEXT NOT NULL,
  upstream TEXT NOT NULL, echo TEXT NOT NULL, automatic_routing INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE api_key (
  hash BLOB PRIMARY KEY, account INTEGER NOT NULL, channel INTEGER NOT NULL, created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
-- edited_at: JSON array of milliseconds.
CREATE TABLE template (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,
  category TEXT NOT NULL, previous_category TEXT, status TEXT NOT NULL, rejected_reason TEXT,
  parameter_format TEXT NOT NULL, components TEXT NOT NULL, ttl_secs INTEGER, pinned INTEGER NOT NULL,
  created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL, approved_at INTEGER, last_used_at INTEGER,
  resynced_at INTEGER, deleted_at INTEGER, edited_at TEXT NOT NULL
) STRICT;
-- headers: JSON array of [name, value].
CREATE TABLE endpoint (
  id INTEGER PRIMARY KEY, account INTEGER NOT NULL, channel INTEGER, url TEXT NOT NULL, headers TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
