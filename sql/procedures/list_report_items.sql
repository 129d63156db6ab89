-- list_report_items: what each item of a sale came to, by its place in the sale, a page at a time.
--
-- in_after is the place of the last item of the page before (0: the first page).
-- Answers up to in_limit rows: id, position, sku, title, currency, units_allotted, units_sold, units_held, units_left, orders (ever placed), revenue_cents (units times price of paid
-- orders), refunded_cents (of refunded ones), last_placed_at (NULL: nothing was placed).
-- No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListReportItems. Proved by testdata/sql/list_report_items.test.

DROP PROCEDURE IF EXISTS list_report_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_report_items(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_after    INT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'What each item of a sale came to. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_report_items: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.id, i.position, i.sku, i.title, i.currency, i.units_allotted,
         COALESCE(o.units_sold, 0) AS units_sold, COALESCE(o.units_held, 0) AS units_held,
         (SELECT COALESCE(SUM(t.available), 0) FROM stock_shards t WHERE t.item_id = i.id) AS units_left,
         COALESCE(o.orders, 0) AS orders, COALESCE(o.revenue_cents, 0) AS revenue_cents, COALESCE(o.refunded_cents, 0) AS refunded_cents, o.last_placed_at
    FROM (SELECT n.id, n.position, n.sku, n.title, n.currency, n.units_allotted FROM items n JOIN sales s ON s.id = n.sale_id
           WHERE n.sale_id = in_sale_id AND n.position > in_after AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
           ORDER BY n.position LIMIT in_limit) i
    LEFT JOIN (SELECT p.item_id, COUNT(*) AS orders, SUM(IF(p.state = 'paid', p.units, 0)) AS units_sold, SUM(IF(p.state = 'held', p.units, 0)) AS units_held,
                      SUM(IF(p.state = 'paid', p.units * p.unit_price_cents, 0)) AS revenue_cents,
                      SUM(IF(p.state = 'refunded', p.units * p.unit_price_cents, 0)) AS refunded_cents, MAX(p.placed_at) AS last_placed_at
                 FROM items m JOIN orders p ON p.item_id = m.id WHERE m.sale_id = in_sale_id GROUP BY p.item_id) o ON o.item_id = i.id
   ORDER BY i.position;
END list_report_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_report_items TO doorbuster_admin@'%';
