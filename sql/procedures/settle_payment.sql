-- settle_payment: what the provider says of a payment is written down, and what has to be done there now is answered. It is the only door
-- to the money's state: callbacks, shoppers who come back and the worker's check-back all come through it, in any order and as often as
-- they like.
--
-- in_says is pending, authorised (the provider holds the money for us), captured (it was taken), failed or refunded (nothing is held any
-- more). in_amount_cents and in_currency are what the provider holds or took; they are compared with the order's, never believed.
--
-- Money that is held or was taken is kept only with the units in hand:
-- of a held order they are, and the hold then lasts at least a quarter of an hour more, for the capture; of an expired one they are taken
-- again, if enough are free and the shopper has not ordered the item anew, else the money goes back (too_late). In all other cases it
-- goes back: second_payment, order_cancelled, order_refunded; and so does another amount (wrong_amount).
-- The first payment of an order that holds the money wins; one that was only begun beside it goes back (superseded).
--
-- Outcomes, first match wins:
--   no_such_payment  no payment of this number
--   repeated         this was known, or came after what it comes before; nothing changes
--   settled          the payment, and the order with it, have changed
--
-- Answers one row: outcome, state (of the payment now), todo, order_id, order_state. todo is what the caller does at the provider and
-- then reports here: capture, release (let go what was not captured), refund (give back what was), or empty. It is answered as long as it has
-- to be done, so it may be done twice, with the payment's number as key.
-- Locks: all shards of the item if the order has expired, the order, then its payments.
-- Called by store.SettlePayment. Proved by testdata/sql/settle_payment.test.

DROP PROCEDURE IF EXISTS settle_payment;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE settle_payment(
    IN in_payment_id   BINARY(16),
    IN in_says         VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_amount_cents BIGINT,
    IN in_currency     VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_reference    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_detail       VARCHAR(200),
    IN in_actor        VARCHAR(100),
    IN in_move_id      BINARY(16)
  )
  COMMENT 'Writes down what the provider says of a payment. Returns one row: outcome, state, todo, order_id, order_state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
settle_payment: BEGIN
  DECLARE v_state, v_to, v_order_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_reason VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_currency VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_order_id, v_other_id BINARY(16);
  DECLARE v_other_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_item_id, v_user_id BIGINT UNSIGNED;
  DECLARE v_units SMALLINT UNSIGNED;
  DECLARE v_amount, v_free BIGINT;
  DECLARE v_line, v_newer INT DEFAULT 0;
  DECLARE v_captured, v_takes, v_settled BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF in_says IS NULL OR in_says NOT IN ('pending', 'authorised', 'captured', 'failed', 'refunded') THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50002, MESSAGE_TEXT = 'settle_payment: the provider cannot say that';
  END IF;

  -- Stock before orders: whether the shelf is needed is seen without a lock, and looked at again under it.
  lock_order: LOOP
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    SELECT p.order_id, o.item_id, o.user_id, o.units, o.state INTO v_order_id, v_item_id, v_user_id, v_units, v_order_state
      FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = in_payment_id;
    SET v_free = NULL;
    IF v_order_state = 'expired' AND in_says IN ('authorised', 'captured') THEN
      SELECT SUM(available) INTO v_free FROM stock_shards WHERE item_id = v_item_id FOR UPDATE;
    END IF;
    SELECT state INTO v_order_state FROM orders WHERE id = v_order_id FOR UPDATE;
    IF v_free IS NOT NULL OR COALESCE(v_order_state <> 'expired', TRUE) OR in_says NOT IN ('authorised', 'captured') THEN LEAVE lock_order; END IF;
    ROLLBACK; -- it expired in between
  END LOOP lock_order;
  SELECT state, amount_cents, currency, captured_at IS NOT NULL INTO v_state, v_amount, v_currency, v_captured
    FROM payments WHERE id = in_payment_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6), v_to = v_state;

  -- What was known, and what comes late, changes nothing.
  CASE in_says
    WHEN 'failed' THEN
      SET v_to = CASE WHEN v_state IN ('started', 'authorised') THEN 'failed' WHEN v_state = 'refunding' AND NOT v_captured THEN 'refunded' ELSE v_state END,
          v_reason = IF(v_to = 'failed', IF(in_detail = 'abandoned', 'abandoned', 'declined'), '');
    WHEN 'refunded' THEN
      SET v_to = CASE WHEN v_state IN ('started', 'authorised') THEN 'failed' WHEN v_state IN ('captured', 'refunding') THEN 'refunded' ELSE v_state END,
          v_reason = IF(v_state IN ('started', 'authorised', 'captured'), 'at_provider', '');
    WHEN 'authorised' THEN
      SET v_takes = v_state IN ('started', 'failed') OR (v_state = 'authorised' AND v_order_state <> 'held');
    WHEN 'captured' THEN
      SET v_takes = v_state IN ('started', 'failed', 'authorised'),
          v_to = IF(v_state IN ('refunding', 'refunded') AND NOT v_captured, 'refunding', v_state);
    ELSE
      -- Somebody waits who has done his part: the worker asks soon. Its own asking again and again must not do that.
      UPDATE payments
         SET ask_at = IF(state = 'started' AND in_actor <> 'worker' AND in_reference IN ('', reference), LEAST(ask_at, v_now + INTERVAL 5 SECOND), ask_at),
             reference = IF(in_reference = '', reference, in_reference)
       WHERE id = in_payment_id;
  END CASE;
  SET v_settled = v_to <> v_state OR (in_says = 'captured' AND v_to = 'refunding' AND NOT v_captured);

  IF v_takes THEN
    SELECT id, state INTO v_other_id, v_other_state FROM payments WHERE order_id = v_order_id AND open = 1 AND id <> in_payment_id FOR UPDATE;
    SELECT COUNT(*) INTO v_newer FROM orders WHERE item_id = v_item_id AND user_id = v_user_id AND active = 1 AND id <> v_order_id;
    SET v_settled = TRUE, v_reason = CASE
      WHEN NOT (in_amount_cents <=> v_amount AND UPPER(in_currency) <=> v_currency)   THEN 'wrong_amount'
      WHEN v_order_state = 'paid' OR v_other_state = 'authorised'                     THEN 'second_payment'
      WHEN v_order_state = 'expired' AND (v_newer > 0 OR v_free < v_units)            THEN 'too_late'
      WHEN v_order_state NOT IN ('held', 'expired')                                   THEN CONCAT('order_', v_order_state)
      ELSE '' END;
    SET v_to = IF(v_reason = '', in_says, 'refunding');
    IF v_reason = '' THEN
      IF v_other_id IS NOT NULL THEN
        CALL move_payment(v_other_id, 'refunding', 'superseded', FALSE, '', '', in_actor, v_now);
      END IF;
      IF v_order_state = 'expired' THEN
        CALL retake_units(v_order_id, in_move_id, in_actor, v_now);
        SELECT COUNT(*) INTO v_line FROM stock_moves WHERE move_id = in_move_id;
      END IF;
    END IF;
  END IF;

  IF v_settled THEN
    IF v_reason = '' AND v_to IN ('refunding', 'refunded') THEN
      SELECT reason INTO v_reason FROM payments WHERE id = in_payment_id; -- why it goes back was said when that began
    END IF;
    CALL move_payment(in_payment_id, v_to, v_reason, in_says = 'captured', in_reference, in_detail, in_actor, v_now);
    SET v_captured = v_captured OR in_says = 'captured';
  END IF;
  IF v_takes AND v_to = 'captured' THEN
    CALL sell_held_units(v_order_id, in_move_id, v_line, in_actor, v_now);
  ELSEIF v_line > 0 THEN
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at) VALUES (in_move_id, 'order_retaken', v_item_id, JSON_ARRAY(HEX(v_order_id)), v_now);
  ELSEIF v_settled AND v_to IN ('refunding', 'refunded') AND IF(v_reason = 'superseded', v_captured, v_to <> v_state) THEN
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, IF(v_to = 'refunding', 'payment_returning', 'payment_returned'), v_item_id, JSON_ARRAY(HEX(v_order_id)), v_now);
  END IF;
  IF v_to = 'authorised' THEN -- the units stay in hand while the money is captured, however long that takes
    UPDATE orders SET hold_expires_at = GREATEST(hold_expires_at, v_now + INTERVAL 15 MINUTE) WHERE id = v_order_id AND state = 'held';
  END IF;
  SELECT state INTO v_order_state FROM orders WHERE id = v_order_id;
  COMMIT;

  SELECT CASE WHEN v_state IS NULL THEN 'no_such_payment' WHEN v_settled THEN 'settled' ELSE 'repeated' END AS outcome, COALESCE(v_to, '') AS state,
         CASE v_to WHEN 'authorised' THEN 'capture' WHEN 'refunding' THEN IF(v_captured, 'refund', 'release') ELSE '' END AS todo,
         v_order_id AS order_id, COALESCE(v_order_state, '') AS order_state;
END settle_payment$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE settle_payment TO doorbuster_web@'%', doorbuster_worker@'%';
