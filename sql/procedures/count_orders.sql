-- count_orders: how many orders of a sale are in a state, and what they come to: what bulk work is about to do, before it is begun.
--
-- in_state empty: every state.
-- Answers one row per currency, the rows in the order of its code: currency, order_count, units, total_cents, database_time. No row: there is no such order, no such sale, it is another
-- shop's, or the member may not read.
-- All orders of the sale are read, by orders_one_active_per_user_and_item: about a second for half a million.
-- Locks: none.
-- Called by store.CountOrders. Proved by testdata/sql/count_orders.test.

DROP PROCEDURE IF EXISTS count_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE count_orders(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Counts the orders of a sale in a state, with their money. Returns one row per currency.'
  READS SQL DATA
  SQL SECURITY DEFINER
count_orders: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.currency, COUNT(*) AS order_count, SUM(o.units) AS units, SUM(o.units * o.unit_price_cents) AS total_cents, v_now AS database_time
    FROM sales s JOIN items i ON i.sale_id = s.id JOIN orders o ON o.item_id = i.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id) AND (in_state = '' OR o.state = in_state) AND o.placed_at < v_now
   GROUP BY i.currency ORDER BY i.currency;
END count_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE count_orders TO doorbuster_admin@'%';
