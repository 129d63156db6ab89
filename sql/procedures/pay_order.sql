-- pay_order: a held order is paid and its units are sold.
--
-- Outcomes, first match wins:
--   no_such_order  no order of this number, or it is another shopper's: the two are not told apart
--   already_paid   it was paid before; nothing changes
--   not_payable    it was cancelled, has expired or was refunded
--   hold_ended     its hold has ended by the clock of the database, even if no worker has expired it yet
--   paid           its units are sold
--
-- Answers one row: outcome, state.
-- Locks: the order only; available does not change, so the shelf's lock is left to those who want units.
-- Called by store.PayOrder. Proved by testdata/sql/pay_order.test.

DROP PROCEDURE IF EXISTS pay_order;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE pay_order(
    IN in_order_id BINARY(16),
    IN in_user_id  BIGINT UNSIGNED,
    IN in_move_id  BINARY(16)
  )
  COMMENT 'Pays a held order, once. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
pay_order: BEGIN
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_item_id, v_user_id BIGINT UNSIGNED;
  DECLARE v_units, v_shards SMALLINT UNSIGNED;
  DECLARE v_now, v_hold_expires_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, item_id, user_id, units, hold_expires_at INTO v_state, v_item_id, v_user_id, v_units, v_hold_expires_at
    FROM orders WHERE id = in_order_id AND user_id = in_user_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL          THEN 'no_such_order'
    WHEN v_state = 'paid'         THEN 'already_paid'
    WHEN v_state <> 'held'        THEN 'not_payable'
    WHEN v_now >= v_hold_expires_at THEN 'hold_ended'
    ELSE 'paid' END;

  IF v_outcome = 'paid' THEN
    SELECT shards INTO v_shards FROM items WHERE id = v_item_id;
    UPDATE orders SET state = 'paid', paid_at = v_now, hold_expires_at = NULL WHERE id = in_order_id AND state = 'held';
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    VALUES (in_move_id, 0, v_item_id, v_user_id MOD v_shards, in_order_id, v_units, 'held', 'sold', 'paid', 'shopper', v_now);
    INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
    VALUES (in_move_id, 'order_paid', v_item_id, JSON_ARRAY(HEX(in_order_id)), v_now);
    SET v_state = 'paid';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END pay_order$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE pay_order TO doorbuster_web@'%';
