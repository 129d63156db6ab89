-- listed_orders: where staff find orders. `orders` takes the rush and has no index for lists, so the relay copies here what lists ask for, a second later.
--
-- This table only finds orders: whatever is shown or decided is read from `orders` (search_orders). Who writes: relay_outbox, and nobody else. It can be
-- emptied and filled again from `orders` at any time (docs/operating.md).
CREATE TABLE IF NOT EXISTS listed_orders (
  placed_at DATETIME(6)     NOT NULL COMMENT 'orders.placed_at, which never changes: lists are read from the latest',
  order_id  BINARY(16)      NOT NULL COMMENT 'orders.id; orders placed at the same instant are told apart by it',
  tail      BINARY(4)       GENERATED ALWAYS AS (RIGHT(order_id, 4)) STORED COMMENT 'the end of the number, which shoppers read to each other',
  shop_id   BIGINT UNSIGNED NOT NULL COMMENT 'sales.shop_id',
  sale_id   BIGINT UNSIGNED NOT NULL COMMENT 'sales.id',
  item_id   BIGINT UNSIGNED NOT NULL COMMENT 'items.id',
  state     ENUM('held', 'paid', 'cancelled', 'expired', 'refunded') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
            COMMENT 'orders.state as the relay read it last',
  PRIMARY KEY (placed_at, order_id),
  KEY listed_orders_by_tail (tail, placed_at, order_id),
  KEY listed_orders_by_shop (shop_id, placed_at, order_id),
  KEY listed_orders_by_shop_and_state (shop_id, state, placed_at, order_id),
  KEY listed_orders_by_sale (sale_id, placed_at, order_id),
  KEY listed_orders_by_sale_and_state (sale_id, state, placed_at, order_id),
  KEY listed_orders_by_item (item_id, placed_at, order_id),
  KEY listed_orders_by_item_and_state (item_id, state, placed_at, order_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Orders as lists look for them, written by the relay with the events; finds, and decides nothing';

GRANT SELECT, INSERT, UPDATE ON listed_orders TO doorbuster_owner@localhost;
