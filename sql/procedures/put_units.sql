-- put_units: units of an item become available, with their ledger lines. A step, never called alone.
--
-- The caller has opened the transaction and holds the locks of the sale, the item and all its shards. Dealt out evenly; the first shards take what is left
-- over. Whoever was told "sold out" may try again.
-- Answers nothing.
-- Locks: the sale, the item and its shards (again).
-- Called by add_units and undo_units. Proved by testdata/sql/put_units.test and add_units.test.

DROP PROCEDURE IF EXISTS put_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE put_units(
    IN in_sale_id BIGINT UNSIGNED,
    IN in_item_id BIGINT UNSIGNED,
    IN in_units   INT UNSIGNED,
    IN in_move_id BINARY(16),
    IN in_reason  VARCHAR(200),
    IN in_actor   VARCHAR(100),
    IN in_now     DATETIME(6)
  )
  COMMENT 'Step of add_units and undo_units: units become available. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
put_units: BEGIN
  DECLARE v_shards SMALLINT UNSIGNED;

  SELECT shards INTO v_shards FROM items WHERE id = in_item_id;
  UPDATE items SET units_allotted = units_allotted + in_units, edits = edits + 1 WHERE id = in_item_id;
  INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
  SELECT in_move_id, shard, in_item_id, shard, NULL, in_units DIV v_shards + (shard < in_units MOD v_shards), 'outside', 'available', in_reason, in_actor, in_now
    FROM stock_shards WHERE item_id = in_item_id AND in_units DIV v_shards + (shard < in_units MOD v_shards) > 0;
  UPDATE stock_shards SET available = available + in_units DIV v_shards + (shard < in_units MOD v_shards), version = version + 1
   WHERE item_id = in_item_id;
  UPDATE sales SET changed_at = in_now WHERE id = in_sale_id;
END put_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE put_units TO doorbuster_owner@localhost;
