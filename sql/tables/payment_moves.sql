-- payment_moves: how each payment came to its state. Append-only: not even the owner of the procedures may change or delete a line.
CREATE TABLE IF NOT EXISTS payment_moves (
  payment_id BINARY(16)   NOT NULL COMMENT 'payments.id',
  line       INT UNSIGNED NOT NULL COMMENT 'line within the payment, from 0',
  from_state VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'state before; empty in the first line',
  to_state   VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'state afterwards; the same when only the money was taken meanwhile',
  detail     VARCHAR(200) NOT NULL COMMENT 'the reason, or the provider''s or the staff''s own words',
  actor      VARCHAR(100) NOT NULL COMMENT 'who: shopper, callback, worker, or the name of staff',
  moved_at   DATETIME(6)  NOT NULL COMMENT 'clock of the database (UTC)',
  PRIMARY KEY (payment_id, line)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Ledger of the payments'' states';

GRANT SELECT, INSERT ON payment_moves TO doorbuster_owner@localhost;
