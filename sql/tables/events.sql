-- events: what happened to each order, one line after the other, for everybody who has to be told. The relay fills it from the outbox.
-- Kept for ever: readers may ask for all of it, and it proves that a message was told whose row in the outbox is gone (I8 of the audit).
CREATE TABLE IF NOT EXISTS events (
  seq      BIGINT UNSIGNED NOT NULL COMMENT 'without gaps, in the order in which they were committed: a reader may go on behind the last it has seen',
  event_id BINARY(16)      NOT NULL COMMENT 'made from the move and the order, so a repetition is the same event; receivers know it again by this',
  kind     ENUM('order_placed', 'order_paid', 'order_cancelled', 'order_expired', 'order_refunded', 'order_retaken', 'order_extended',
                'payment_returning', 'payment_returned') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what happened to the order, or to its money',
  order_id BINARY(16)      NOT NULL COMMENT 'orders.id',
  item_id  BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  made_at  DATETIME(6)     NOT NULL COMMENT 'when it happened, by the clock of the database (UTC)',
  PRIMARY KEY (seq),
  UNIQUE KEY events_once (event_id),
  KEY events_by_order (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'What happened to orders, numbered; append-only';

GRANT SELECT, INSERT ON events TO doorbuster_owner@localhost;
