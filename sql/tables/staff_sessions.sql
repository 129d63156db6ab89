-- staff_sessions: what the console remembers of a browser. The cookie carries the token, the table only its hash.
CREATE TABLE IF NOT EXISTS staff_sessions (
  token_hash BINARY(32)      NOT NULL COMMENT 'SHA-256 of the token in the cookie: a copy of the database opens no session',
  data       VARBINARY(4000) NOT NULL COMMENT 'what the console keeps: who it is, how far the sign-in has come',
  expires_at DATETIME(6)     NOT NULL COMMENT 'when it ends at the latest (UTC); clean_up deletes it then',
  PRIMARY KEY (token_hash),
  KEY staff_sessions_by_end (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Sessions of the console';

GRANT SELECT, INSERT, UPDATE, DELETE ON staff_sessions TO doorbuster_owner@localhost;
