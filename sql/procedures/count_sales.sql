-- count_sales: how many sales stand in each tab of list_sales, for the same search.
--
-- Answers one row: draft, soon, live, paused, over, archived; no row for somebody who may not read. Members see the sales of their shop. in_search NULL finds nothing.
-- Every row of `sales` is read, as by list_sales.
-- Locks: none.
-- Called by store.CountSales. Proved by testdata/sql/count_sales.test.

DROP PROCEDURE IF EXISTS count_sales;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE count_sales(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_search   VARCHAR(200)
  )
  COMMENT 'Number of sales in each tab. Returns one row: draft, soon, live, paused, over, archived.'
  READS SQL DATA
  SQL SECURITY DEFINER
count_sales: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_pattern VARCHAR(402);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET v_pattern = CONCAT('%', REPLACE(REPLACE(REPLACE(in_search, '|', '||'), '%', '|%'), '_', '|_'), '%');

  -- The tabs of list_sales, each by its own condition: sums over a derived table fail in MariaDB 10.11 (error 1140) when a session calls this again.
  SELECT COALESCE(SUM(s.state IN ('draft', 'importing')), 0) AS draft,
         COALESCE(SUM(s.state = 'published' AND s.starts_at > v_now), 0) AS soon,
         COALESCE(SUM(s.state = 'published' AND s.starts_at <= v_now AND s.closes_at > v_now), 0) AS live,
         COALESCE(SUM(s.state = 'paused' AND s.closes_at > v_now), 0) AS paused,
         COALESCE(SUM(s.archived_at IS NULL AND (s.state = 'ended' OR (s.state IN ('published', 'paused') AND s.closes_at <= v_now))), 0) AS `over`,
         COALESCE(SUM(s.archived_at IS NOT NULL AND (s.state = 'ended' OR (s.state IN ('published', 'paused') AND s.closes_at <= v_now))), 0) AS archived
    FROM sales s
   WHERE (v_shop_id IS NULL OR s.shop_id = v_shop_id)
     AND (s.title LIKE v_pattern ESCAPE '|' OR CONVERT(s.id USING utf8mb4) COLLATE utf8mb4_unicode_ci = in_search)
  HAVING v_allowed;
END count_sales$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE count_sales TO doorbuster_admin@'%';
