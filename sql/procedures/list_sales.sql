-- list_sales: the sales as staff see them, those that open latest first, a page at a time. Each sale is in exactly one tab:
--
-- · draft:  not published yet, or an import that still runs
-- · over:   ended, or past its end by the database's clock, paused or not
-- · paused: stopped by staff
-- · soon:   published, and not open yet
-- · live:   published and open
-- · archived: over, and put away by staff
--
-- in_tab is one of these or 'all', which has the archived ones only when something is searched for. in_search is empty, or a part of the title in any case, or exactly the number of the sale.
-- in_before_at and in_before_id are opening and number of the last sale of the page before (NULL: the first page).
--
-- Answers up to in_limit rows: id, title, opens_at, closes_at, time_zone, state, tab, takes_payment, item_count, units_allotted, units_left, database_time.
-- No row also for somebody who may not read, and if in_tab or in_search is NULL. Members see the sales of their shop.
-- Every row of `sales` is read: a shop has thousands of them, not millions, and a part of a title is in no index. Items and stock are added up for the page only.
-- Locks: none.
-- Called by store.ListSales. Proved by testdata/sql/list_sales.test.

DROP PROCEDURE IF EXISTS list_sales;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_sales(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_tab       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_search    VARCHAR(200),
    IN in_before_at DATETIME(6),
    IN in_before_id BIGINT UNSIGNED,
    IN in_limit     SMALLINT UNSIGNED
  )
  COMMENT 'Sales as staff see them, latest opening first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_sales: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_pattern VARCHAR(402);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  -- What LIKE would take for a pattern is marked with |, which marks itself too.
  SET v_pattern = CONCAT('%', REPLACE(REPLACE(REPLACE(in_search, '|', '||'), '%', '|%'), '_', '|_'), '%');

  SELECT p.id, p.title, p.opens_at, p.closes_at, p.time_zone, p.state, p.tab, p.takes_payment,
         (SELECT COUNT(*) FROM items i WHERE i.sale_id = p.id) AS item_count,
         (SELECT COALESCE(SUM(i.units_allotted), 0) FROM items i WHERE i.sale_id = p.id) AS units_allotted,
         (SELECT COALESCE(SUM(t.available), 0) FROM items i JOIN stock_shards t ON t.item_id = i.id WHERE i.sale_id = p.id) AS units_left,
         v_now AS database_time
    FROM (SELECT t.id, t.title, t.opens_at, t.closes_at, t.time_zone, t.state, t.tab, t.takes_payment
            FROM (SELECT s.id, s.title, s.opens_at, s.closes_at, s.time_zone, s.state, s.takes_payment,
                         CONVERT(CASE WHEN s.state IN ('draft', 'importing')            THEN 'draft' -- count_sales has the same
                                      WHEN s.state = 'ended' OR s.closes_at <= v_now    THEN IF(s.archived_at IS NULL, 'over', 'archived')
                                      WHEN s.state = 'paused'                           THEN 'paused'
                                      WHEN s.starts_at > v_now                          THEN 'soon'
                                      ELSE 'live' END USING ascii) COLLATE ascii_bin AS tab
                    FROM sales s
                   WHERE v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
                     AND (s.title LIKE v_pattern ESCAPE '|' OR CONVERT(s.id USING utf8mb4) COLLATE utf8mb4_unicode_ci = in_search)) t
           WHERE (t.tab = in_tab OR (in_tab = 'all' AND (t.tab <> 'archived' OR in_search <> '')))
             AND (in_before_at IS NULL OR t.opens_at < in_before_at OR (t.opens_at = in_before_at AND t.id < in_before_id))
           ORDER BY t.opens_at DESC, t.id DESC LIMIT in_limit) p
   ORDER BY p.opens_at DESC, p.id DESC;
END list_sales$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_sales TO doorbuster_admin@'%';
