-- Schema 4: limits of people and businesses.

-- pairs: bursts not yet paid back, 15 bytes each: channel, milliseconds of its begin (6 bytes), messages.
-- marketing: begins of the last marketing messages, milliseconds in 6 bytes each, at most 8, oldest first.
ALTER TABLE person ADD COLUMN pairs BLOB;
ALTER TABLE person ADD COLUMN marketing BLOB;
ALTER TABLE person ADD COLUMN undeliverable_at INTEGER;
ALTER TABLE person ADD COLUMN undeliverable_times INTEGER;

-- Whom a business with a messaging limit has begun with: kept_at is what is too old to be given back.
CREATE TABLE begun (
  business INTEGER NOT NULL, person INTEGER NOT NULL, at INTEGER NOT NULL, before_at INTEGER, kept_at INTEGER,
  PRIMARY KEY (business, person)
) STRICT, WITHOUT ROWID;

-- null: by the channel's character.
ALTER TABLE account ADD COLUMN marketing_cap_24h INTEGER;
ALTER TABLE account ADD COLUMN marketing_cap_7d INTEGER;
ALTER TABLE channel ADD COLUMN paused_policy TEXT NOT NULL DEFAULT 'hold';
ALTER TABLE channel ADD COLUMN pair_limit INTEGER NOT NULL DEFAULT 1;
