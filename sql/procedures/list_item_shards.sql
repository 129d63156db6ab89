-- list_item_shards: the rows that an item's units lie in, by their numbers.
--
-- Answers a row for each, at most 64: shard, available, version. No row also for an item that is not of this sale, for another shop's and for somebody who may not read.
-- Locks: none.
-- Called by store.ListItemShards. Proved by testdata/sql/list_item_shards.test.

DROP PROCEDURE IF EXISTS list_item_shards;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_item_shards(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED
  )
  COMMENT 'Shards of an item. Returns a row for each.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_item_shards: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT k.shard, k.available, k.version
    FROM items i JOIN sales s ON s.id = i.sale_id JOIN stock_shards k ON k.item_id = i.id
   WHERE i.id = in_item_id AND i.sale_id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY k.shard;
END list_item_shards$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_item_shards TO doorbuster_admin@'%';
