-- walk_orders: orders with all that an export tells of them, in the order of their numbers, from one call to the next.
--
-- Looks at up to in_limit orders of the primary key: from in_first to in_last (of the whole table if NULL), behind in_after (NULL: from in_first). It answers those of the member's shop
-- that are of in_sale_id (NULL: of any sale), in in_state (empty: any), and were placed from in_from (NULL: ever) to before in_to. What one call costs
-- is bounded by what it looks at, not by what it finds: a small shop among large ones is walked in short steps, too.
--
-- Answers first a row that says how far it looked: last_id (NULL: nothing was there), more (1: call again with last_id as in_after). Its other columns are NULL. Then
-- one row for each order found: last_id, more (NULL), id, item_id, sale_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at, closed_at,
-- request_id, sku, title, currency, sale_title, name, email.
-- No row: the member may not have it. It takes the right to sell, because it tells where shoppers can be written to, of all of them at once.
-- Locks: none.
-- Called by store.WalkOrders. Proved by testdata/sql/walk_orders.test.

DROP PROCEDURE IF EXISTS walk_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE walk_orders(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_from     DATETIME(6),
    IN in_to       DATETIME(6),
    IN in_first    BINARY(16),
    IN in_last     BINARY(16),
    IN in_after    BINARY(16),
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Orders as exports tell them, by number. Looks at up to in_limit orders; returns one row of how far, then one per order found.'
  READS SQL DATA
  SQL SECURITY DEFINER
walk_orders: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_seen INT UNSIGNED DEFAULT 0;
  DECLARE v_first BINARY(16) DEFAULT COALESCE(in_first, X'00000000000000000000000000000000');
  DECLARE v_last BINARY(16) DEFAULT COALESCE(in_last, X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF');
  DECLARE v_upto BINARY(16);

  CALL check_staff(in_staff_id, 'sell', v_actor, v_shop_id, v_allowed);
  IF v_allowed THEN
    -- The lower end must be one value: with an OR in its place each step would read everything from the first order on again.
    SET v_first = GREATEST(v_first, COALESCE(in_after, v_first));
    SELECT COUNT(*), MAX(f.id) INTO v_seen, v_upto
      FROM (SELECT id FROM orders WHERE id >= v_first AND id <= v_last AND NOT id <=> in_after ORDER BY id LIMIT in_limit) f;
  END IF;
  SELECT w.*
    FROM ((SELECT v_upto AS last_id, v_seen = in_limit AS more, NULL AS id, NULL AS item_id, NULL AS sale_id, NULL AS user_id, NULL AS units, NULL AS unit_price_cents,
                  NULL AS state, NULL AS placed_at, NULL AS hold_expires_at, NULL AS paid_at, NULL AS closed_at, NULL AS request_id, NULL AS sku, NULL AS title,
                  NULL AS currency, NULL AS sale_title, NULL AS name, NULL AS email
             FROM (SELECT 1 AS one) x WHERE v_allowed)
           UNION ALL
          (SELECT NULL, NULL, o.id, o.item_id, i.sale_id, o.user_id, o.units, o.unit_price_cents, o.state, o.placed_at, o.hold_expires_at, o.paid_at, o.closed_at,
                  o.request_id, i.sku, i.title, i.currency, s.title, u.name, u.email
             FROM orders o FORCE INDEX (PRIMARY) STRAIGHT_JOIN items i ON i.id = o.item_id STRAIGHT_JOIN sales s ON s.id = i.sale_id STRAIGHT_JOIN users u ON u.id = o.user_id
            WHERE v_allowed AND o.id >= v_first AND o.id <= v_upto AND NOT o.id <=> in_after AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
              AND (in_sale_id IS NULL OR i.sale_id = in_sale_id) AND (in_state = '' OR o.state = in_state)
              AND (in_from IS NULL OR o.placed_at >= in_from) AND (in_to IS NULL OR o.placed_at < in_to))) w
   ORDER BY w.id;
END walk_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE walk_orders TO doorbuster_admin@'%';
