-- cancel_order_as_staff: staff give a held order back for its shopper; its units are available again. The log of the sale tells who and why.
--
-- Outcomes, first match wins:
--   not_allowed  the member may not change orders
--   else those of cancel_held_order; an order of another shop is no such order
--
-- Answers one row, as cancel_held_order does.
-- Locks: those of cancel_held_order.
-- Called by store.CancelOrderAsStaff. Proved by testdata/sql/cancel_order_as_staff.test and staff_rights.test.

DROP PROCEDURE IF EXISTS cancel_order_as_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_order_as_staff(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_order_id BINARY(16),
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Cancels a held order of any shopper, once, and gives its units back. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_order_as_staff: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  IF v_allowed THEN
    CALL cancel_held_order(in_staff_id, v_shop_id, in_order_id, NULL, in_move_id, in_actor, in_reason);
  ELSE
    SELECT 'not_allowed' AS outcome, NULL AS state, NULL AS item_id;
  END IF;
END cancel_order_as_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_order_as_staff TO doorbuster_admin@'%';
