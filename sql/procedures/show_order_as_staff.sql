-- show_order_as_staff: one order with its item, its sale, its shopper and its money, as staff see it.
--
-- Answers at most one row: id, item_id, sale_id, sku, title, sale_title, currency, time_zone, units, unit_price_cents, state, extended, placed_at, hold_expires_at, paid_at,
-- closed_at, request_id, move_id, email, name, language, customer_ref (NULL: signed up here), then of the payment that counts (the captured one, else the latest that no
-- other took the place of; NULL: none): payment_id, provider, reference, payment_state, payment_reason, amount_cents; and database_time.
-- No row: there is no order of this number, it is another shop's, or the member may not read; the three are not told apart.
-- Locks: none.
-- Called by store.ShowOrderAsStaff. Proved by testdata/sql/show_order_as_staff.test.

DROP PROCEDURE IF EXISTS show_order_as_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_order_as_staff(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_order_id BINARY(16)
  )
  COMMENT 'One order as staff see it. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_order_as_staff: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT o.id, o.item_id, i.sale_id, i.sku, i.title, s.title AS sale_title, i.currency, s.time_zone, o.units, o.unit_price_cents, o.state, o.extended, o.placed_at,
         o.hold_expires_at, o.paid_at, o.closed_at, o.request_id, o.move_id, u.email, u.name, u.language, u.customer_ref,
         p.id AS payment_id, p.provider, p.reference, p.state AS payment_state, p.reason AS payment_reason, p.amount_cents, UTC_TIMESTAMP(6) AS database_time
    FROM orders o JOIN users u ON u.id = o.user_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
    LEFT JOIN payments p ON p.id = (SELECT c.id FROM payments c WHERE c.order_id = in_order_id AND c.reason <> 'superseded'
                                     ORDER BY c.state = 'captured' DESC, c.started_at DESC, c.id DESC LIMIT 1)
   WHERE o.id = in_order_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_order_as_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_order_as_staff TO doorbuster_admin@'%';
