-- cancel_held_order: a held order is given back; its units are available again. A step: cancel_order and cancel_order_as_staff are its doors.
--
-- in_user_id NULL: whoever's it is. in_shop_id NULL: of every shop. in_staff_id is for the log.
--
-- Outcomes, first match wins:
--   no_such_order      no order of this number, or it is another shopper's or another shop's
--   already_cancelled  it was cancelled before; nothing changes
--   not_cancellable    it is paid, has expired or was refunded
--   paying             its provider holds the money for it and is about to take it: ask again in a minute
--   cancelled          its units are available again (also when the hold's end has passed and no worker has come yet)
--
-- Answers one row: outcome, state, item_id (of the order).
-- A payment that was only begun is looked after at once, so that nobody can pay for it any more.
-- Locks: the shopper's home shard, the order, its payments.
-- Called by cancel_order and cancel_order_as_staff. Proved by testdata/sql/cancel_order.test and cancel_order_as_staff.test.

DROP PROCEDURE IF EXISTS cancel_held_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_held_order(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_shop_id  BIGINT UNSIGNED,
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Step of the two ways to cancel: gives a held order back, once. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_held_order: BEGIN
  DECLARE v_state, v_outcome, v_paying VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_item_id BIGINT UNSIGNED;
  DECLARE v_units, v_shard, v_locked SMALLINT UNSIGNED;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Item, shopper and units of an order never change: they may be read before the locks they lead to.
  SELECT o.item_id, o.user_id MOD i.shards, o.units INTO v_item_id, v_shard, v_units
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE o.id = in_order_id AND o.user_id = COALESCE(in_user_id, o.user_id) AND (in_shop_id IS NULL OR s.shop_id = in_shop_id);
  SELECT shard INTO v_locked FROM stock_shards WHERE item_id = v_item_id AND shard = v_shard FOR UPDATE;
  SELECT state INTO v_state FROM orders WHERE id = in_order_id AND v_item_id IS NOT NULL FOR UPDATE;
  SELECT state INTO v_paying FROM payments WHERE order_id = in_order_id AND open = 1 AND v_item_id IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL         THEN 'no_such_order'
    WHEN v_state = 'cancelled'   THEN 'already_cancelled'
    WHEN v_state <> 'held'       THEN 'not_cancellable'
    WHEN v_paying = 'authorised' THEN 'paying'
    ELSE 'cancelled' END;

  IF v_outcome = 'cancelled' THEN
    UPDATE orders SET state = 'cancelled', closed_at = v_now, hold_expires_at = NULL WHERE id = in_order_id AND state = 'held';
    UPDATE payments SET ask_at = v_now WHERE order_id = in_order_id AND open = 1;
    CALL give_back_units(in_move_id, v_item_id, v_shard, in_order_id, v_units, 'held', in_reason, in_actor, v_now);
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'order_cancelled', v_item_id, JSON_ARRAY(HEX(in_order_id)), v_now);
    IF in_user_id IS NULL THEN
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      SELECT i.sale_id, s.shop_id, 'cancelled', CONCAT('order ', LOWER(HEX(in_order_id)), ': from held to cancelled'), in_reason, in_actor, in_staff_id, v_now
        FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = v_item_id;
    END IF;
    SET v_state = 'cancelled';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state, v_item_id AS item_id;
END cancel_held_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_held_order TO doorbuster_owner@localhost;
