-- give_back_units: the units of one order return to its shopper's home shard, with a ledger line. A step, never called alone.
--
-- The caller has opened the transaction, holds the lock of that shard and has changed the order's state.
-- The version is raised so that whoever remembers "sold out" forgets it.
-- Locks: the shard (again). Answers nothing.
-- Called by cancel_order and refund_order. Proved by testdata/sql/cancel_order.test and refund_order.test.

DROP PROCEDURE IF EXISTS give_back_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE give_back_units(
    IN in_move_id      BINARY(16),
    IN in_item_id      BIGINT UNSIGNED,
    IN in_shard        SMALLINT UNSIGNED,
    IN in_order_id     BINARY(16),
    IN in_units        INT UNSIGNED,
    IN in_from_account VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_reason       VARCHAR(200),
    IN in_actor        VARCHAR(100),
    IN in_now          DATETIME(6)
  )
  COMMENT 'Step of cancel_order and refund_order: units of one order become available again. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
give_back_units: BEGIN
  UPDATE stock_shards SET available = available + in_units, version = version + 1
   WHERE item_id = in_item_id AND shard = in_shard;
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50003, MESSAGE_TEXT = 'give_back_units: the item has no such shard';
  END IF;
  INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
  VALUES (in_move_id, 0, in_item_id, in_shard, in_order_id, in_units, in_from_account, 'available', in_reason, in_actor, in_now);
END give_back_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE give_back_units TO doorbuster_owner@localhost;
