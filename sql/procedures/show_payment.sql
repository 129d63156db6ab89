-- show_payment: one payment with the order that it is for. No row: there is none.
--
-- Answers at most one row: the payment, its order's shopper, state and hold, the item, and the clock of the database.
-- Locks: none.
-- Called by store.ShowPayment. Proved by testdata/sql/show_payment.test.

DROP PROCEDURE IF EXISTS show_payment;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_payment(
    IN in_payment_id BINARY(16)
  )
  COMMENT 'One payment with its order. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_payment: BEGIN
  SELECT p.id AS payment_id, p.order_id, o.user_id, o.item_id, i.title, p.provider, p.reference, p.state, p.reason, p.amount_cents, p.currency,
         p.captured_at IS NOT NULL AS captured, o.state AS order_state, o.hold_expires_at, UTC_TIMESTAMP(6) AS database_time
    FROM payments p JOIN orders o ON o.id = p.order_id JOIN items i ON i.id = o.item_id
   WHERE p.id = in_payment_id;
END show_payment$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_payment TO doorbuster_web@'%', doorbuster_worker@'%';
