-- orders: the order as every baseline keeps it: the product's columns without those that only the product needs (move_id, request_id,
-- the generated column of its unique key), and without its index on hold_expires_at. So a baseline's row costs less, never more.
CREATE TABLE orders (
  id               BINARY(16)        NOT NULL COMMENT 'UUIDv7 made by the caller',
  item_id          BIGINT UNSIGNED   NOT NULL COMMENT 'number of the item',
  user_id          BIGINT UNSIGNED   NOT NULL COMMENT 'number of the shopper',
  units            SMALLINT UNSIGNED NOT NULL COMMENT 'units ordered',
  unit_price_cents BIGINT            NOT NULL COMMENT 'price of one unit when it was placed',
  state            ENUM('held', 'paid', 'cancelled', 'expired', 'refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as in the product',
  placed_at        DATETIME(6)       NOT NULL COMMENT 'UTC',
  hold_expires_at  DATETIME(6)       NULL COMMENT 'until when an unpaid order keeps its unit (UTC)',
  paid_at          DATETIME(6)       NULL COMMENT 'UTC',
  closed_at        DATETIME(6)       NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  UNIQUE KEY orders_one_per_user_and_item (user_id, item_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin COMMENT = 'Orders of a baseline'
