-- stock_seals: the sealed ledger. Each line of stock_moves gets a number and a hash over the seal before it and all its columns, so a line that
-- is changed, removed, added or moved afterwards is seen. Append-only, as the ledger is. Who may change everything may also compute everything
-- anew: that is why the head goes to a file outside of the database (docs/decisions/0008-sealed-ledger.md).
CREATE TABLE IF NOT EXISTS stock_seals (
  seq       BIGINT UNSIGNED NOT NULL COMMENT '1, 2, 3 … without gaps, in the order of sealing',
  move_id   BINARY(16)      NOT NULL COMMENT 'stock_moves.move_id',
  line      INT UNSIGNED    NOT NULL COMMENT 'stock_moves.line',
  hash      BINARY(32)      NOT NULL COMMENT 'SHA-256 over the former hash (zeros before the first), seq, sealed_at and the line: see seal_moves',
  sealed_at DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  PRIMARY KEY (seq),
  UNIQUE KEY stock_seals_one_per_line (move_id, line)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Seals of ledger lines: a chain of hashes';

GRANT SELECT, INSERT ON stock_seals TO doorbuster_owner@localhost;
