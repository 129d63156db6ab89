-- take_units: units that nobody has leave an item, with their ledger lines. A step, never called alone.
--
-- The caller has opened the transaction, holds the locks of the sale, the item and all its shards, and has seen that so many are available. The first shards
-- give first. Fewer than were seen is a fault.
-- Answers nothing.
-- Locks: the sale, the item and its shards (again).
-- Called by withdraw_units and undo_units. Proved by testdata/sql/take_units.test and withdraw_units.test.

DROP PROCEDURE IF EXISTS take_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_units(
    IN in_sale_id BIGINT UNSIGNED,
    IN in_item_id BIGINT UNSIGNED,
    IN in_units   INT UNSIGNED,
    IN in_move_id BINARY(16),
    IN in_reason  VARCHAR(200),
    IN in_actor   VARCHAR(100),
    IN in_now     DATETIME(6)
  )
  COMMENT 'Step of withdraw_units and undo_units: units that nobody has leave an item. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_units: BEGIN
  DECLARE v_shards, v_shard, v_line SMALLINT UNSIGNED DEFAULT 0;
  DECLARE v_take INT;
  DECLARE v_to_take INT DEFAULT in_units;

  SELECT shards INTO v_shards FROM items WHERE id = in_item_id;
  WHILE v_to_take > 0 AND v_shard < v_shards DO
    SELECT LEAST(available, v_to_take) INTO v_take FROM stock_shards WHERE item_id = in_item_id AND shard = v_shard;
    IF v_take > 0 THEN
      UPDATE stock_shards SET available = available - v_take WHERE item_id = in_item_id AND shard = v_shard AND available >= v_take;
      INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
      VALUES (in_move_id, v_line, in_item_id, v_shard, NULL, v_take, 'available', 'outside', in_reason, in_actor, in_now);
    END IF;
    SET v_to_take = v_to_take - v_take, v_line = v_line + 1, v_shard = v_shard + 1;
  END WHILE;
  IF v_to_take > 0 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'take_units: stock changed under its lock';
  END IF;
  UPDATE items SET units_allotted = units_allotted - in_units, edits = edits + 1 WHERE id = in_item_id;
  UPDATE sales SET changed_at = in_now WHERE id = in_sale_id;
END take_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_units TO doorbuster_owner@localhost;
