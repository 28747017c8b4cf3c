-- Schema 9: two names of one person, as an upstream told them together: the key of their user id, that of their number.
CREATE TABLE alias (
  account INTEGER NOT NULL, user INTEGER NOT NULL, number INTEGER NOT NULL, user_id TEXT NOT NULL, wa_id TEXT NOT NULL,
  PRIMARY KEY (account, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_number ON alias (account, number);
