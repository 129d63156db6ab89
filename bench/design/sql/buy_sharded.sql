-- buy_sharded: buy_one with several stock rows. The shopper's number picks the row; when that is empty, the next one that has units is
-- looked up without a lock and everything is done again there. A transaction never holds two stock rows: InnoDB keeps the lock of an empty
-- row as well, and buyers who walk on from row to row with their locks wait for each other in a circle.
--
-- Answers one row: outcome (placed, already_ordered or sold_out: every row was committed empty, and none is ever filled again).
CREATE PROCEDURE buy_sharded(
    IN in_order_id    BINARY(16),
    IN in_item_id     BIGINT UNSIGNED,
    IN in_user_id     BIGINT UNSIGNED,
    IN in_price_cents BIGINT,
    IN in_shards      SMALLINT UNSIGNED
  )
  MODIFIES SQL DATA
buy_sharded: BEGIN
  DECLARE v_shard SMALLINT UNSIGNED DEFAULT in_user_id MOD in_shards;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'already_ordered' AS outcome; END;

  WHILE v_shard IS NOT NULL DO
    START TRANSACTION;
    INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at)
    VALUES (in_order_id, in_item_id, in_user_id, 1, in_price_cents, 'held', v_now, v_now + INTERVAL 10 MINUTE);
    UPDATE stock SET available = available - 1 WHERE item_id = in_item_id AND shard = v_shard AND available >= 1;
    IF ROW_COUNT() = 1 THEN
      COMMIT;
      SELECT 'placed' AS outcome;
      LEAVE buy_sharded;
    END IF;
    ROLLBACK;
    SET v_shard = (SELECT shard FROM stock WHERE item_id = in_item_id AND available >= 1
                    ORDER BY (shard + in_shards - in_user_id MOD in_shards) MOD in_shards LIMIT 1);
  END WHILE;
  SELECT 'sold_out' AS outcome;
END
