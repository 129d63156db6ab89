-- orders: who has what. The order's number is made by the caller before the first attempt, so every retry carries the same one.
CREATE TABLE IF NOT EXISTS orders (
  id               BINARY(16)        NOT NULL COMMENT 'UUIDv7 made by the caller; the idempotency key of the purchase',
  item_id          BIGINT UNSIGNED   NOT NULL COMMENT 'items.id',
  user_id          BIGINT UNSIGNED   NOT NULL COMMENT 'users.id',
  units            SMALLINT UNSIGNED NOT NULL COMMENT 'units ordered, at most items.limit_per_user',
  unit_price_cents BIGINT            NOT NULL COMMENT 'price in force when it was placed',
  state            ENUM('held', 'paid', 'cancelled', 'expired', 'refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
                   COMMENT 'held to paid to refunded; held to cancelled or expired; expired to held when a late payment took the units again',
  active           TINYINT UNSIGNED  GENERATED ALWAYS AS (CASE WHEN state IN ('held', 'paid') THEN 1 END) STORED
                   COMMENT '1 while the shopper has the units, NULL afterwards, so that the unique key binds active orders only',
  placed_at        DATETIME(6)       NOT NULL COMMENT 'clock of the database (UTC), read while the stock was locked',
  hold_expires_at  DATETIME(6)       NULL COMMENT 'until when an unpaid order keeps its units (UTC); NULL unless held',
  paid_at          DATETIME(6)       NULL COMMENT 'UTC; NULL until paid',
  closed_at        DATETIME(6)       NULL COMMENT 'when it was cancelled, expired or refunded (UTC)',
  extended         BOOLEAN           NOT NULL DEFAULT FALSE COMMENT '1: the shopper has had his one extension of the hold',
  move_id          BINARY(16)        NOT NULL COMMENT 'stock_moves.move_id of the batch that took the units',
  request_id       BINARY(16)        NOT NULL COMMENT 'id of the request that placed it, as in the log',
  PRIMARY KEY (id),
  UNIQUE KEY orders_one_active_per_user_and_item (item_id, user_id, active),
  KEY orders_by_user (user_id),
  KEY orders_by_end_of_hold (hold_expires_at, item_id),
  CONSTRAINT orders_have_units CHECK (units >= 1),
  CONSTRAINT orders_held_means_a_hold_that_ends CHECK ((state = 'held') = (hold_expires_at IS NOT NULL)),
  CONSTRAINT orders_closed_means_a_time CHECK ((state IN ('cancelled', 'expired', 'refunded')) = (closed_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Orders. No foreign key, trigger or counter here: this table takes the rush';

GRANT SELECT, INSERT, UPDATE ON orders TO doorbuster_owner@localhost;
