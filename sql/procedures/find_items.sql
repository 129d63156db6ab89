-- find_items: items of sales that are open or still to come, found by a part of their title or sku in any case, or by their number.
--
-- Answers up to in_limit rows: id, sku, title, sale_id, sale_title; what sells first comes first, then by their places in the sale. in_item_id finds this one, whatever
-- its sale is (0 or NULL: search); in_search is then of no interest. No row also for another shop's items, for somebody who may not read, and if both are missing.
-- The items of the open and coming sales are read: a part of a title is in no index.
-- Locks: none.
-- Called by store.FindItems. Proved by testdata/sql/find_items.test.

DROP PROCEDURE IF EXISTS find_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE find_items(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED,
    IN in_search   VARCHAR(200),
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Items of open and coming sales by title, sku or number. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
find_items: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_pattern VARCHAR(402);
  DECLARE v_item_id BIGINT UNSIGNED DEFAULT COALESCE(in_item_id, 0);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  -- What LIKE would take for a pattern is marked with |, which marks itself too.
  SET v_pattern = CONCAT('%', REPLACE(REPLACE(REPLACE(in_search, '|', '||'), '%', '|%'), '_', '|_'), '%');

  IF v_item_id > 0 THEN
    SELECT i.id, i.sku, i.title, s.id AS sale_id, s.title AS sale_title
      FROM items i JOIN sales s ON s.id = i.sale_id
     WHERE i.id = v_item_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id) LIMIT in_limit;
  ELSE
    SELECT i.id, i.sku, i.title, s.id AS sale_id, s.title AS sale_title
      FROM sales s JOIN items i ON i.sale_id = s.id
     WHERE v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id) AND s.state IN ('published', 'paused') AND s.closes_at > v_now
       AND (i.title LIKE v_pattern ESCAPE '|' OR CONVERT(i.sku USING utf8mb4) COLLATE utf8mb4_unicode_ci LIKE v_pattern ESCAPE '|'
            OR CONVERT(i.id USING utf8mb4) COLLATE utf8mb4_unicode_ci = in_search)
     ORDER BY s.starts_at, s.id, i.position LIMIT in_limit;
  END IF;
END find_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE find_items TO doorbuster_admin@'%';
