-- retake_units: an expired order gets its units again, because its payment came late and they are free. A step, never called alone.
--
-- The caller has opened the transaction, holds the locks of all shards of the item and of the order, and has seen that the units are there
-- and that the shopper has no other active order of the item. The home shard gives first, then the next ones in a circle. The order is
-- held again, for a quarter of an hour: the payment has to be captured yet.
-- Locks: the shards and the order (again). Answers nothing.
-- Called by settle_payment. Proved by testdata/sql/settle_payment.test.

DROP PROCEDURE IF EXISTS retake_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE retake_units(
    IN in_order_id BINARY(16),
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100),
    IN in_now      DATETIME(6)
  )
  COMMENT 'Step of settle_payment: an expired order gets free units again. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
retake_units: BEGIN
  DECLARE v_rows INT;

  INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
  SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY k.distance) - 1, k.item_id, k.shard, in_order_id, LEAST(k.available, k.units - k.given),
         'available', 'held', 'retaken', in_actor, in_now
    FROM (SELECT s.item_id, s.shard, s.available, o.units, (s.shard + i.shards - o.user_id MOD i.shards) MOD i.shards AS distance,
                 COALESCE(SUM(s.available) OVER (ORDER BY (s.shard + i.shards - o.user_id MOD i.shards) MOD i.shards
                                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS given
            FROM orders o JOIN items i ON i.id = o.item_id JOIN stock_shards s ON s.item_id = o.item_id
           WHERE o.id = in_order_id) k
   WHERE k.available > 0 AND k.given < k.units;
  SET v_rows = ROW_COUNT();
  UPDATE stock_moves m JOIN stock_shards s ON s.item_id = m.item_id AND s.shard = m.shard
     SET s.available = s.available - m.units
   WHERE m.move_id = in_move_id AND s.available >= m.units;
  IF ROW_COUNT() <> v_rows OR NOT (SELECT SUM(units) FROM stock_moves WHERE move_id = in_move_id) <=> (SELECT units FROM orders WHERE id = in_order_id) THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'retake_units: the units are not there';
  END IF;
  UPDATE orders SET state = 'held', closed_at = NULL, hold_expires_at = in_now + INTERVAL 15 MINUTE WHERE id = in_order_id AND state = 'expired';
END retake_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE retake_units TO doorbuster_owner@localhost;
