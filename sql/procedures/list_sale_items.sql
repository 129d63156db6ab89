-- list_sale_items: the items of a sale as staff see them, each with its equation, by their places in the sale, a page at a time.
--
-- in_after is the place of the last item of the page before (0: the first page). Places have no gaps.
-- Answers up to in_limit rows: id, position, sku, title, price_cents, list_price_cents, currency, limit_per_user, hold_minutes, extension_minutes, edits, image_url, shards, units_allotted, units_available,
-- units_held, units_sold; all of one statement, so of one snapshot. No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListSaleItems. Proved by testdata/sql/show_sale.test and list_sale_items.test.

DROP PROCEDURE IF EXISTS list_sale_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_sale_items(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_after    INT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Items of a sale as staff see them, with their equations. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_sale_items: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_last BIGINT UNSIGNED DEFAULT CAST(in_after AS UNSIGNED) + in_limit;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.id, i.position, i.sku, i.title, i.price_cents, i.list_price_cents, i.currency, i.limit_per_user, i.hold_minutes, i.extension_minutes, i.edits, i.image_url, i.shards, i.units_allotted,
         (SELECT COALESCE(SUM(t.available), 0) FROM stock_shards t WHERE t.item_id = i.id) AS units_available,
         COALESCE(o.units_held, 0) AS units_held, COALESCE(o.units_sold, 0) AS units_sold
    FROM sales s
    JOIN items i ON i.sale_id = s.id AND i.position > in_after AND i.position <= v_last
    LEFT JOIN (SELECT p.item_id, SUM(IF(p.state = 'held', p.units, 0)) AS units_held, SUM(IF(p.state = 'paid', p.units, 0)) AS units_sold
                 FROM items n JOIN orders p ON p.item_id = n.id AND p.active = 1
                WHERE n.sale_id = in_sale_id AND n.position > in_after AND n.position <= v_last
                GROUP BY p.item_id) o ON o.item_id = i.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY i.position;
END list_sale_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_sale_items TO doorbuster_admin@'%';
