-- start_payment: a shopper begins to pay a held order. The amount and the currency are the order's; nobody says them.
--
-- Outcomes, first match wins:
--   no_such_order  no order of this number, or it is another shopper's: the two are not told apart
--   already_paid   it was paid before; nothing changes
--   not_payable    it was cancelled, has expired or was refunded
--   hold_ended     its hold has ended by the clock of the database, even if no worker has expired it yet
--   paid           there is nothing to pay: its units are sold
--   exists         a payment of it is in progress at this provider: that one goes on; an order has one at a time
--   started        a new payment of this number may be made at the provider; one that was begun at another provider goes back
--
-- Answers one row: outcome, payment_id (exists and started; else NULL).
-- Locks: the order, then its payments.
-- Called by store.StartPayment. Proved by testdata/sql/start_payment.test.

DROP PROCEDURE IF EXISTS start_payment;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE start_payment(
    IN in_order_id   BINARY(16),
    IN in_user_id    BIGINT UNSIGNED,
    IN in_payment_id BINARY(16),
    IN in_provider   VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_move_id    BINARY(16)
  )
  COMMENT 'Begins the payment of a held order. Returns one row: outcome, payment_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
start_payment: BEGIN
  DECLARE v_state, v_outcome, v_provider VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_payment_id BINARY(16);
  DECLARE v_item_id BIGINT UNSIGNED;
  DECLARE v_amount BIGINT;
  DECLARE v_now, v_hold_expires_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, item_id, units * unit_price_cents, hold_expires_at INTO v_state, v_item_id, v_amount, v_hold_expires_at
    FROM orders WHERE id = in_order_id AND user_id = in_user_id FOR UPDATE;
  SELECT id, provider INTO v_payment_id, v_provider FROM payments WHERE order_id = in_order_id AND open = 1 AND v_state = 'held' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL            THEN 'no_such_order'
    WHEN v_state = 'paid'           THEN 'already_paid'
    WHEN v_state <> 'held'          THEN 'not_payable'
    WHEN v_now >= v_hold_expires_at THEN 'hold_ended'
    WHEN v_amount = 0               THEN 'paid'
    WHEN v_provider = in_provider   THEN 'exists'
    ELSE 'started' END;

  IF v_outcome = 'paid' THEN
    CALL sell_held_units(in_order_id, in_move_id, 0, 'shopper', v_now);
  ELSEIF v_outcome = 'started' THEN
    IF v_payment_id IS NOT NULL THEN
      CALL move_payment(v_payment_id, 'refunding', 'superseded', FALSE, '', '', 'shopper', v_now);
    END IF;
    INSERT INTO payments (id, order_id, provider, reference, amount_cents, currency, state, reason, started_at, changed_at, ask_at, asked)
    SELECT in_payment_id, in_order_id, in_provider, '', v_amount, currency, 'started', '', v_now, v_now, v_now + INTERVAL 30 SECOND, 0
      FROM items WHERE id = v_item_id;
    INSERT INTO payment_moves (payment_id, line, from_state, to_state, detail, actor, moved_at)
    VALUES (in_payment_id, 0, '', 'started', '', 'shopper', v_now);
    SET v_payment_id = in_payment_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome IN ('exists', 'started'), v_payment_id, NULL) AS payment_id;
END start_payment$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE start_payment TO doorbuster_web@'%';
