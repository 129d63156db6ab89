-- move_payment: a payment changes its state, with its line in payment_moves. A step, never called alone.
--
-- The caller has opened the transaction, holds the locks of the order and of the payment, and has decided. in_captured says that the money
-- was taken, whatever the state is now. Somebody looks after it again at once if it has to go back, in ten seconds if it has to be captured
-- (whoever heard of it does so at once), never if its state is final.
-- Locks: the payment (again). Answers nothing.
-- Called by start_payment, settle_payment, pay_order and refund_order. Proved by testdata/sql/settle_payment.test.

DROP PROCEDURE IF EXISTS move_payment;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE move_payment(
    IN in_payment_id BINARY(16),
    IN in_state      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_reason     VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_captured   BOOLEAN,
    IN in_reference  VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_detail     VARCHAR(200),
    IN in_actor      VARCHAR(100),
    IN in_now        DATETIME(6)
  )
  COMMENT 'Step of settle_payment and others: a payment changes its state. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
move_payment: BEGIN
  INSERT INTO payment_moves (payment_id, line, from_state, to_state, detail, actor, moved_at)
  SELECT p.id, (SELECT COUNT(*) FROM payment_moves m WHERE m.payment_id = p.id), p.state, in_state,
         IF(in_detail = '', in_reason, in_detail), in_actor, in_now
    FROM payments p WHERE p.id = in_payment_id;
  UPDATE payments
     SET state = in_state, reason = in_reason, changed_at = in_now, asked = 0,
         reference = IF(in_reference = '', reference, in_reference),
         captured_at = IF(in_captured, COALESCE(captured_at, in_now), captured_at),
         ask_at = CASE in_state WHEN 'refunding' THEN in_now WHEN 'authorised' THEN in_now + INTERVAL 10 SECOND END
   WHERE id = in_payment_id;
END move_payment$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE move_payment TO doorbuster_owner@localhost;
