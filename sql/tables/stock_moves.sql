-- stock_moves: the ledger. Append-only: not even the owner of the procedures may change or delete a line.
CREATE TABLE IF NOT EXISTS stock_moves (
  move_id      BINARY(16)        NOT NULL COMMENT 'UUIDv7 of the transaction that moved the units; a batch of orders is one move',
  line         INT UNSIGNED      NOT NULL COMMENT 'line within the move, from 0',
  item_id      BIGINT UNSIGNED   NOT NULL COMMENT 'items.id',
  shard        SMALLINT UNSIGNED NOT NULL COMMENT 'stock_shards.shard, if the line enters or leaves available; else the shopper''s home shard',
  order_id     BINARY(16)        NULL COMMENT 'orders.id when the line is about one order; NULL for a batch (its orders carry the move_id) and for the merchant',
  units        INT UNSIGNED      NOT NULL COMMENT 'how many units moved',
  from_account ENUM('outside', 'available', 'held', 'sold') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where they were',
  to_account   ENUM('outside', 'available', 'held', 'sold') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'where they went',
  reason       VARCHAR(200)      NOT NULL COMMENT 'placed, paid, cancelled, expired, retaken, refunded, or the merchant''s own words',
  actor        VARCHAR(100)      NOT NULL COMMENT 'who: shopper, worker, or the merchant''s name',
  moved_at     DATETIME(6)       NOT NULL COMMENT 'clock of the database (UTC)',
  PRIMARY KEY (move_id, line),
  KEY stock_moves_by_item (item_id, order_id),
  CONSTRAINT stock_moves_move_something CHECK (units >= 1 AND from_account <> to_account)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Stock ledger: per item, what came in minus what went out of an account is what is there';

GRANT SELECT, INSERT ON stock_moves TO doorbuster_owner@localhost;
