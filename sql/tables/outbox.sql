-- outbox: what others must be told, written in the transaction that made it true.
CREATE TABLE IF NOT EXISTS outbox (
  move_id   BINARY(16)      NOT NULL COMMENT 'stock_moves.move_id: one message per move, so a message cannot be written twice',
  kind      ENUM('orders_placed', 'order_paid', 'order_cancelled', 'orders_expired', 'order_refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
            COMMENT 'what happened to the orders',
  item_id   BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  order_ids LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'JSON list of the orders'' numbers in hexadecimal',
  made_at   DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  sent_at   DATETIME(6)     NULL COMMENT 'when it was handed over (UTC); NULL: still to send. Never read by "number above the last"',
  PRIMARY KEY (move_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Messages to send, at least once, in the order of each order''s life';

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO doorbuster_owner@localhost;
