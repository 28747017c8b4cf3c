-- Schema 7. What an upstream makes of a channel's speed, beside its budget.
-- cut_to_per_s: 0 where it was never cut.
ALTER TABLE bucket ADD COLUMN cut_to_per_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN cut_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bucket ADD COLUMN rest_until INTEGER NOT NULL DEFAULT 0;
