-- list_orders: the orders of a shopper, newest first, a page at a time.
--
-- in_before is the last order of the page before (NULL: the first page). Orders are numbered by time, so the number is the cursor.
-- Answers up to in_limit rows, the same columns as show_order.
-- Locks: none.
-- Called by store.Orders. Proved by testdata/sql/list_orders.test.

DROP PROCEDURE IF EXISTS list_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_orders(
    IN in_user_id BIGINT UNSIGNED,
    IN in_before  BINARY(16),
    IN in_limit   SMALLINT UNSIGNED
  )
  COMMENT 'Orders of one shopper, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_orders: BEGIN
  SELECT o.id, o.item_id, i.sale_id, i.title, i.image_url, i.currency, o.units, o.unit_price_cents, o.state, o.placed_at, o.hold_expires_at,
         o.paid_at, o.closed_at, o.request_id, s.time_zone, s.title AS sale_title, UTC_TIMESTAMP(6) AS database_time
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE o.user_id = in_user_id AND (in_before IS NULL OR o.id < in_before)
   ORDER BY o.id DESC LIMIT in_limit;
END list_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_orders TO doorbuster_web@'%';
