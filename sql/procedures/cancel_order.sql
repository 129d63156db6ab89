-- cancel_order: a shopper gives an unpaid order back; its units are available again and the shopper may buy again.
--
-- Outcomes, first match wins:
--   no_such_order      no order of this number, or it is another shopper's
--   already_cancelled  it was cancelled before; nothing changes
--   not_cancellable    it is paid, has expired or was refunded
--   cancelled          its units are available again (also when the hold's end has passed and no worker has come yet)
--
-- Answers one row: outcome, state, item_id (of the order).
-- Locks: the shopper's home shard, then the order.
-- Called by store.CancelOrder. Proved by testdata/sql/cancel_order.test.

DROP PROCEDURE IF EXISTS cancel_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_order(
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16)
  )
  COMMENT 'Cancels a held order, once, and gives its units back. Returns one row: outcome, state, item_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_order: BEGIN
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_item_id BIGINT UNSIGNED;
  DECLARE v_units, v_shard, v_locked SMALLINT UNSIGNED;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Item, shopper and units of an order never change: they may be read before the locks they lead to.
  SELECT o.item_id, o.user_id MOD i.shards, o.units INTO v_item_id, v_shard, v_units
    FROM orders o JOIN items i ON i.id = o.item_id
   WHERE o.id = in_order_id AND o.user_id = in_user_id;
  SELECT shard INTO v_locked FROM stock_shards WHERE item_id = v_item_id AND shard = v_shard FOR UPDATE;
  SELECT state INTO v_state FROM orders WHERE id = in_order_id AND user_id = in_user_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL       THEN 'no_such_order'
    WHEN v_state = 'cancelled' THEN 'already_cancelled'
    WHEN v_state <> 'held'     THEN 'not_cancellable'
    ELSE 'cancelled' END;

  IF v_outcome = 'cancelled' THEN
    UPDATE orders SET state = 'cancelled', closed_at = v_now, hold_expires_at = NULL WHERE id = in_order_id AND state = 'held';
    CALL give_back_units(in_move_id, v_item_id, v_shard, in_order_id, v_units, 'held', 'cancelled', 'shopper', v_now);
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'order_cancelled', v_item_id, JSON_ARRAY(HEX(in_order_id)), v_now);
    SET v_state = 'cancelled';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state, v_item_id AS item_id;
END cancel_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_order TO doorbuster_web@'%';
