-- show_order: one order for the shopper who placed it. No row: no such order, or another shopper's.
--
-- Answers at most one row: the order with its item, sale, the state and reason of its latest payment (NULL: none was begun), the minutes of its
-- extension (0: there is none, or it had it), and the clock of the database.
-- Locks: none.
-- Called by store.Order. Proved by testdata/sql/show_order.test.

DROP PROCEDURE IF EXISTS show_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_order(
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED
  )
  COMMENT 'One order of one shopper. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_order: BEGIN
  SELECT o.id, o.item_id, i.sale_id, i.title, i.image_url, i.currency, o.units, o.unit_price_cents, o.state, o.placed_at, o.hold_expires_at,
         o.paid_at, o.closed_at, o.request_id, s.time_zone, s.title AS sale_title, p.state AS payment_state, p.reason AS payment_reason,
         IF(o.state = 'held' AND NOT o.extended, i.extension_minutes, 0) AS extension_minutes, UTC_TIMESTAMP(6) AS database_time
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
    LEFT JOIN payments p ON p.id = (SELECT id FROM payments WHERE order_id = in_order_id AND reason <> 'superseded' ORDER BY started_at DESC, id DESC LIMIT 1)
   WHERE o.id = in_order_id AND o.user_id = in_user_id;
END show_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_order TO doorbuster_web@'%';
