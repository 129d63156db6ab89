-- show_payment_as_staff: one payment as staff see it. show_payment is what shop and worker need of it.
--
-- Answers at most one row, with the columns of list_payments. No row also for another shop's payment and for somebody who may not read.
-- Locks: none.
-- Called by store.PaymentAsStaff. Proved by testdata/sql/show_payment_as_staff.test.

DROP PROCEDURE IF EXISTS show_payment_as_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_payment_as_staff(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_payment_id BINARY(16)
  )
  COMMENT 'A payment as staff see it. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_payment_as_staff: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT p.id AS payment_id, p.order_id, p.provider, p.reference, p.amount_cents, p.currency, p.state, p.reason, p.started_at, p.changed_at, p.captured_at, p.ask_at,
         p.asked, o.state AS order_state, o.hold_expires_at, i.id AS item_id, i.title AS item_title, s.id AS sale_id, s.title AS sale_title, s.time_zone,
         v_now AS database_time
    FROM payments p JOIN orders o ON o.id = p.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE p.id = in_payment_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_payment_as_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_payment_as_staff TO doorbuster_admin@'%';
