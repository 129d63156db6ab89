-- outbox: what others must be told, written in the transaction that made it true. What was sent long ago is deleted by clean_up: its events stay.
CREATE TABLE IF NOT EXISTS outbox (
  move_id   BINARY(16)      NOT NULL COMMENT 'stock_moves.move_id, or a number of its own where no unit moved: one message per transaction, so none is written twice',
  kind      ENUM('orders_placed', 'order_paid', 'order_cancelled', 'orders_expired', 'order_refunded', 'order_retaken', 'order_extended',
                 'payment_returning', 'payment_returned') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what happened to the orders, or to their money',
  item_id   BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  order_ids LONGTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'JSON list of the orders'' numbers in hexadecimal',
  made_at   DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  sent_at   DATETIME(6)     NULL COMMENT 'when it was handed over (UTC); NULL: still to send. Never read by "number above the last"',
  PRIMARY KEY (move_id),
  KEY outbox_by_time_to_send (sent_at, made_at)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Messages to send, at least once, in the order of each order''s life';

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO doorbuster_owner@localhost;
