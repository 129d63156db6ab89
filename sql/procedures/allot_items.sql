-- allot_items: the newest items of a sale get their stock rows and their first ledger lines. A step, never called alone.
--
-- Meant are the items behind the place in_after. Their units are dealt out evenly over their shards; the first shards take what is left over.
-- Answers nothing.
-- Locks: the new shards; the caller holds the sale.
-- Called by add_items, copy_items and duplicate_sale. Proved by testdata/sql/add_items.test, copy_items.test and duplicate_sale.test.

DROP PROCEDURE IF EXISTS allot_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE allot_items(
    IN in_sale_id BIGINT UNSIGNED,
    IN in_after   INT UNSIGNED,
    IN in_move_id BINARY(16),
    IN in_actor   VARCHAR(100),
    IN in_now     DATETIME(6)
  )
  COMMENT 'Step of the procedures that add items: stock rows and ledger lines. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
allot_items: BEGIN
  INSERT INTO stock_shards (item_id, shard, available, version)
  WITH RECURSIVE numbers AS (SELECT 0 AS shard UNION ALL SELECT shard + 1 FROM numbers WHERE shard < 63)
  SELECT i.id, n.shard, i.units_allotted DIV i.shards + (n.shard < i.units_allotted MOD i.shards), 1
    FROM items i JOIN numbers n ON n.shard < i.shards
   WHERE i.sale_id = in_sale_id AND i.position > in_after;
  INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
  SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY s.item_id, s.shard) - 1, s.item_id, s.shard, NULL, s.available, 'outside', 'available',
         'allotted', in_actor, in_now
    FROM stock_shards s JOIN items i ON i.id = s.item_id
   WHERE i.sale_id = in_sale_id AND i.position > in_after AND s.available > 0;
END allot_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE allot_items TO doorbuster_owner@localhost;
