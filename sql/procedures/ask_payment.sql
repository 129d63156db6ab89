-- ask_payment: staff have the provider asked now how a payment stands, instead of when its next turn comes, and from then on as often as in the beginning.
--
-- Nothing is decided here: the worker asks, and settle_payment writes down what the provider says.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not
--   no_such_payment  no payment of this number, or another shop's
--   final            nobody has to look after it any more: it was taken, failed, or went back
--   due              the worker asks within seconds
--
-- Answers one row: outcome.
-- Locks: the payment, for an instant also one that proves to be another shop's.
-- Called by store.AskPayment. Proved by testdata/sql/ask_payment.test.

DROP PROCEDURE IF EXISTS ask_payment;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE ask_payment(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_actor      VARCHAR(100),
    IN in_payment_id BINARY(16),
    IN in_reason     VARCHAR(200)
  )
  COMMENT 'Has the provider asked about a payment now. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
ask_payment: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id, v_sale_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_order_id BINARY(16);
  DECLARE v_ask_at, v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_allowed THEN
    SELECT state, ask_at, order_id INTO v_state, v_ask_at, v_order_id FROM payments WHERE id = in_payment_id FOR UPDATE;
    SELECT s.id, s.shop_id INTO v_sale_id, v_sale_shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
     WHERE o.id = v_order_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  END IF;
  SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_sale_id IS NULL THEN 'no_such_payment'
    WHEN v_ask_at IS NULL THEN 'final'
    ELSE 'due' END;
  IF v_outcome = 'due' THEN
    UPDATE payments SET ask_at = LEAST(ask_at, v_now), asked = 0 WHERE id = in_payment_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, v_sale_shop_id, 'payment_asked',
            CONCAT('payment ', LOWER(HEX(in_payment_id)), ' (', v_state, '): next try from ', DATE_FORMAT(v_ask_at, '%Y-%m-%d %H:%i:%s'), ' UTC to now'), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END ask_payment$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE ask_payment TO doorbuster_admin@'%';
