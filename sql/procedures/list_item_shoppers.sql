-- list_item_shoppers: who has or had an order of an item. Everybody else may be told from memory that it is sold out, as long as no unit
-- has come back since it was.
--
-- Answers up to in_limit rows in rising order: user_id.
-- Locks: none.
-- Called by store.PlaceOrder when an item has sold out. Proved by testdata/sql/list_item_shoppers.test.

DROP PROCEDURE IF EXISTS list_item_shoppers;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_item_shoppers(
    IN in_item_id BIGINT UNSIGNED,
    IN in_limit   INT UNSIGNED
  )
  COMMENT 'Shoppers with an order of an item, in any state. Returns up to in_limit rows: user_id.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_item_shoppers: BEGIN
  SELECT DISTINCT user_id FROM orders WHERE item_id = in_item_id ORDER BY user_id LIMIT in_limit;
END list_item_shoppers$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_item_shoppers TO doorbuster_web@'%';
