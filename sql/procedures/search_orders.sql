-- search_orders: the orders as staff look for them, those placed last first, a page at a time.
--
-- in_number  the 16 bytes of an order's number, or its last four, which shoppers read to each other; empty: none. It names the order, so no other filter is asked
-- in_email   the shopper's address, whole, in any case; empty: all
-- in_name    how the shopper's name begins, in any case; empty: all. At most 100 shoppers are looked at, in the order of their names; not asked with an address
-- in_sale_id, in_item_id (0: all), in_state ('': all), in_from (placed at it or later), in_until (placed before it); NULL: without this end
-- in_before_at, in_before_id  placed_at and number of the last order of the page before (NULL: the first page): orders of one instant are neither left out nor told twice
--
-- Answers up to in_limit rows: id, item_id, sale_id, title, sale_title, currency, time_zone, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at,
-- closed_at, email, name. No row also for somebody who may not read. Members see the orders of their shop.
--
-- The number, the address and the name ask `orders` and `users` themselves and are never late. All other lists are found in listed_orders, which the relay fills: an
-- order of the last second may be missing (show_list_lag says up to when all are there). What is listed is true all the same: state, money and shop are those of
-- `orders`, and an order that has left the state that is asked for since the relay looked is passed over.
--
-- One branch has rows, the others are seen to be empty before anything is read. Each reads its index from the end and stops when the page is full: of ten million
-- orders it touches those that it shows, and sorts only them. Only an operator, who names neither sale nor item, reads on through the orders of other states.
-- Locks: none.
-- Called by store.SearchOrders. Proved by testdata/sql/search_orders.test and TestSearchReadsItsIndex.

DROP PROCEDURE IF EXISTS search_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE search_orders(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_number    VARBINARY(16),
    IN in_email     VARCHAR(254),
    IN in_name      VARCHAR(200),
    IN in_sale_id   BIGINT UNSIGNED,
    IN in_item_id   BIGINT UNSIGNED,
    IN in_state     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_from      DATETIME(6),
    IN in_until     DATETIME(6),
    IN in_before_at DATETIME(6),
    IN in_before_id BINARY(16),
    IN in_limit     SMALLINT UNSIGNED
  )
  COMMENT 'Orders as staff look for them, latest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
search_orders: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_known INT DEFAULT 1;
  DECLARE v_way VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_pattern VARCHAR(402);
  DECLARE v_from, v_to_at DATETIME(6);
  DECLARE v_to_id BINARY(16);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  -- What LIKE would take for a pattern is marked with |, which marks itself too.
  SET v_pattern = CONCAT(REPLACE(REPLACE(REPLACE(in_name, '|', '||'), '%', '|%'), '_', '|_'), '%'),
      v_from = COALESCE(in_from, '1000-01-01'), v_to_at = COALESCE(IF(in_number = '', in_until, NULL), '9999-12-31'), v_to_id = '';
  IF in_before_at < v_to_at THEN -- the page before ended inside of what is asked for
    SET v_to_at = in_before_at, v_to_id = COALESCE(in_before_id, '');
  END IF;
  IF in_item_id > 0 THEN
    SELECT COUNT(*) INTO v_known FROM items i JOIN sales s ON s.id = i.sale_id
     WHERE i.id = in_item_id AND in_sale_id IN (0, i.sale_id) AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  ELSEIF in_sale_id > 0 THEN
    SELECT COUNT(*) INTO v_known FROM sales s WHERE s.id = in_sale_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  END IF;
  SET v_way = CASE WHEN NOT v_allowed         THEN 'none'
                   WHEN LENGTH(in_number) > 4 THEN 'number'
                   WHEN LENGTH(in_number) > 0 THEN 'tail'
                   WHEN v_known = 0           THEN 'none'
                   WHEN in_email <> ''        THEN 'email'
                   WHEN in_name <> ''         THEN 'name'
                   WHEN in_item_id > 0        THEN 'item'
                   WHEN in_sale_id > 0        THEN 'sale'
                   WHEN v_shop_id IS NULL     THEN 'all'
                   ELSE 'shop' END;

  SELECT STRAIGHT_JOIN o.id, o.item_id, i.sale_id, i.title, s.title AS sale_title, i.currency, s.time_zone, o.units, o.unit_price_cents, o.state, o.placed_at,
         o.hold_expires_at, o.paid_at, o.closed_at, u.email, u.name
    FROM ((SELECT t.id FROM orders t WHERE v_way = 'number' AND t.id = in_number)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_tail)
            WHERE v_way = 'tail' AND l.tail = in_number AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT STRAIGHT_JOIN t.id
             FROM ((SELECT id FROM users FORCE INDEX (users_by_email) WHERE v_way = 'email' AND email = in_email LIMIT 100)
                    UNION ALL
                   (SELECT id FROM users FORCE INDEX (users_by_name) WHERE v_way = 'name' AND name LIKE v_pattern ESCAPE '|' ORDER BY name LIMIT 100)) w
             JOIN orders t FORCE INDEX (orders_by_user) ON t.user_id = w.id
             JOIN items n FORCE INDEX (PRIMARY) ON n.id = t.item_id JOIN sales a FORCE INDEX (PRIMARY) ON a.id = n.sale_id
            WHERE v_way IN ('email', 'name') AND (v_shop_id IS NULL OR a.shop_id = v_shop_id)
              AND in_state IN ('', t.state) AND in_item_id IN (0, t.item_id) AND in_sale_id IN (0, n.sale_id)
              AND t.placed_at >= v_from AND (t.placed_at < v_to_at OR (t.placed_at = v_to_at AND t.id < v_to_id))
            ORDER BY t.placed_at DESC, t.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_item)
            WHERE v_way = 'item' AND in_state = '' AND l.item_id = in_item_id
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_item_and_state) STRAIGHT_JOIN orders t ON t.id = l.order_id AND t.state = l.state
            WHERE v_way = 'item' AND in_state <> '' AND l.item_id = in_item_id AND l.state = in_state
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_sale)
            WHERE v_way = 'sale' AND in_state = '' AND l.sale_id = in_sale_id
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_sale_and_state) STRAIGHT_JOIN orders t ON t.id = l.order_id AND t.state = l.state
            WHERE v_way = 'sale' AND in_state <> '' AND l.sale_id = in_sale_id AND l.state = in_state
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_shop)
            WHERE v_way = 'shop' AND in_state = '' AND l.shop_id = v_shop_id
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (listed_orders_by_shop_and_state) STRAIGHT_JOIN orders t ON t.id = l.order_id AND t.state = l.state
            WHERE v_way = 'shop' AND in_state <> '' AND l.shop_id = v_shop_id AND l.state = in_state
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.order_id FROM listed_orders l FORCE INDEX (PRIMARY) STRAIGHT_JOIN orders t ON t.id = l.order_id AND in_state IN ('', t.state)
            WHERE v_way = 'all'
              AND l.placed_at >= v_from AND (l.placed_at < v_to_at OR (l.placed_at = v_to_at AND l.order_id < v_to_id))
            ORDER BY l.placed_at DESC, l.order_id DESC LIMIT in_limit)) f
    JOIN orders o ON o.id = f.id JOIN users u ON u.id = o.user_id
    JOIN items i FORCE INDEX (PRIMARY) ON i.id = o.item_id JOIN sales s FORCE INDEX (PRIMARY) ON s.id = i.sale_id
   WHERE v_shop_id IS NULL OR s.shop_id = v_shop_id
   ORDER BY o.placed_at DESC, o.id DESC;
END search_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE search_orders TO doorbuster_admin@'%';
