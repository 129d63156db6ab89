-- cancel_order: a shopper gives a held order back; its units are available again and the shopper may buy again.
--
-- Outcomes and answer: those of cancel_held_order. Without a shopper there is no order.
-- Locks: those of cancel_held_order.
-- Called by store.CancelOrder. Proved by testdata/sql/cancel_order.test.

DROP PROCEDURE IF EXISTS cancel_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_order(
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16)
  )
  COMMENT 'Cancels a held order of one shopper, once, and gives its units back. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_order: BEGIN
  CALL cancel_held_order(NULL, NULL, in_order_id, COALESCE(in_user_id, 0), in_move_id, 'shopper', 'cancelled');
END cancel_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_order TO doorbuster_web@'%';
