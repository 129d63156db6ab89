-- sell_held_units: a held order is paid and its units are sold. A step, never called alone.
--
-- The caller has opened the transaction, holds the lock of the order and has found it held. in_line is the first line of the ledger that is
-- free in this move.
-- Locks: the order (again); available does not change, so the shelf's lock is left to those who want units. Answers nothing.
-- Called by start_payment, settle_payment and pay_order. Proved by testdata/sql/pay_order.test and settle_payment.test.

DROP PROCEDURE IF EXISTS sell_held_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sell_held_units(
    IN in_order_id BINARY(16),
    IN in_move_id  BINARY(16),
    IN in_line     INT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_now      DATETIME(6)
  )
  COMMENT 'Step of those that pay an order: it is paid, its units are sold. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sell_held_units: BEGIN
  UPDATE orders SET state = 'paid', paid_at = in_now, hold_expires_at = NULL WHERE id = in_order_id AND state = 'held';
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50003, MESSAGE_TEXT = 'sell_held_units: the order is not held';
  END IF;
  INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
  SELECT in_move_id, in_line, o.item_id, o.user_id MOD i.shards, o.id, o.units, 'held', 'sold', 'paid', in_actor, in_now
    FROM orders o JOIN items i ON i.id = o.item_id WHERE o.id = in_order_id;
  INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
  SELECT in_move_id, 'order_paid', item_id, JSON_ARRAY(HEX(id)), in_now FROM orders WHERE id = in_order_id;
END sell_held_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sell_held_units TO doorbuster_owner@localhost;
