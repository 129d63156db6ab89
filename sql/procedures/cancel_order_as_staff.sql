-- cancel_order_as_staff: staff give a held order back for its shopper; its units are available again. The log of the sale tells who and why.
--
-- Outcomes and answer: those of cancel_held_order.
-- Locks: those of cancel_held_order.
-- Called by store.CancelOrderAsStaff. Proved by testdata/sql/cancel_order_as_staff.test.

DROP PROCEDURE IF EXISTS cancel_order_as_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_order_as_staff(
    IN in_order_id BINARY(16),
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Cancels a held order of any shopper, once, and gives its units back. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_order_as_staff: BEGIN
  CALL cancel_held_order(in_order_id, NULL, in_move_id, in_actor, in_reason);
END cancel_order_as_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_order_as_staff TO doorbuster_admin@'%';
