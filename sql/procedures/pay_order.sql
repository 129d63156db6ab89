-- pay_order: staff have taken the money for a held order themselves (cash, bank transfer): its units are sold.
--
-- It stands as a captured payment of the provider "hand", so that the money of every paid order can be shown. A payment that was only begun
-- goes back.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not change orders
--   no_such_order  no order of this number, or another shop's
--   already_paid   it was paid before; nothing changes
--   not_payable    it was cancelled, has expired or was refunded
--   hold_ended     its hold has ended by the clock of the database, even if no worker has expired it yet
--   paying         its provider holds the money for it and is about to take it
--   paid           its units are sold
--
-- Answers one row: outcome, state. in_reason is kept in the log of the sale and with the payment.
-- Locks: the order, then its payments; available does not change, so the shelf's lock is left to those who want units.
-- Called by store.PayOrder. Proved by testdata/sql/pay_order.test and staff_rights.test.

DROP PROCEDURE IF EXISTS pay_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE pay_order(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_order_id   BINARY(16),
    IN in_payment_id BINARY(16),
    IN in_move_id    BINARY(16),
    IN in_actor      VARCHAR(100),
    IN in_reason     VARCHAR(200)
  )
  COMMENT 'Pays a held order by hand, once. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
pay_order: BEGIN
  DECLARE v_state, v_outcome, v_paying VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_payment_id BINARY(16);
  DECLARE v_shop_id, v_item_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_amount BIGINT;
  DECLARE v_now, v_hold_expires_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- The item of an order never changes: it may be read before the lock.
  SELECT o.item_id INTO v_item_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE o.id = in_order_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SELECT state, units * unit_price_cents, hold_expires_at INTO v_state, v_amount, v_hold_expires_at
    FROM orders WHERE id = in_order_id AND v_item_id IS NOT NULL FOR UPDATE;
  SELECT id, state INTO v_payment_id, v_paying FROM payments WHERE order_id = in_order_id AND open = 1 AND v_item_id IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed              THEN 'not_allowed'
    WHEN v_state IS NULL            THEN 'no_such_order'
    WHEN v_state = 'paid'           THEN 'already_paid'
    WHEN v_state <> 'held'          THEN 'not_payable'
    WHEN v_now >= v_hold_expires_at THEN 'hold_ended'
    WHEN v_paying = 'authorised'    THEN 'paying'
    ELSE 'paid' END;

  IF v_outcome = 'paid' THEN
    IF v_payment_id IS NOT NULL THEN
      CALL move_payment(v_payment_id, 'refunding', 'superseded', FALSE, '', '', in_actor, v_now);
    END IF;
    IF v_amount > 0 THEN
      INSERT INTO payments (id, order_id, provider, reference, amount_cents, currency, state, reason, started_at, changed_at, captured_at, asked)
      SELECT in_payment_id, in_order_id, 'hand', '', v_amount, currency, 'captured', '', v_now, v_now, v_now, 0 FROM items WHERE id = v_item_id;
      INSERT INTO payment_moves (payment_id, line, from_state, to_state, detail, actor, moved_at)
      VALUES (in_payment_id, 0, '', 'captured', in_reason, in_actor, v_now);
    END IF;
    CALL sell_held_units(in_order_id, in_move_id, 0, in_actor, v_now);
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    SELECT i.sale_id, s.shop_id, 'paid', CONCAT('order ', LOWER(HEX(in_order_id)), ', by hand: from held to paid'), in_reason, in_actor, in_staff_id, v_now
      FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = v_item_id;
    SET v_state = 'paid';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END pay_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE pay_order TO doorbuster_admin@'%';
