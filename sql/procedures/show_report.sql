-- show_report: what a sale came to, in one row; complete once it is over and no hold is left.
--
-- Answers at most one row: id, title, opens_at, starts_at (when it opened to anybody: to members, where they came first), closes_at, time_zone, state, tab (as in list_sales), takes_payment, ended_at (when staff ended it; NULL: they did not), item_count,
-- units_allotted, units_available, units_held, units_sold, orders (ever placed), orders_paid, orders_held, orders_cancelled, orders_expired, orders_refunded, buyers (shoppers who have
-- a paid order), first_placed_at, last_placed_at (NULL: nothing was placed), open_findings (of the job reconcile, about its items), looked_at (when that job last looked at all
-- there was to look at; NULL: never), database_time. The figures of stock and orders are read by one statement, so in one snapshot.
-- No row: no such sale, another shop's, or somebody who may not read.
-- All orders of the sale are read, by orders_one_active_per_user_and_item: 100,000 take about a quarter of a second.
-- Locks: none.
-- Called by store.ShowReport. Proved by testdata/sql/show_report.test.

DROP PROCEDURE IF EXISTS show_report;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_report(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'What a sale came to. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_report: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT s.id, s.title, s.opens_at, s.starts_at, s.closes_at, s.time_zone, s.state,
         CASE WHEN s.state IN ('draft', 'importing')            THEN 'draft' -- as in list_sales
              WHEN s.state = 'ended' OR s.closes_at <= v_now    THEN 'over'
              WHEN s.state = 'paused'                           THEN 'paused'
              WHEN s.starts_at > v_now                          THEN 'soon'
              ELSE 'live' END AS tab,
         s.takes_payment, (SELECT MAX(l.made_at) FROM sale_log l WHERE l.sale_id = s.id AND l.action = 'ended') AS ended_at,
         i.item_count, i.units_allotted, t.units_available, o.units_held, o.units_sold,
         o.orders, o.orders_paid, o.orders_held, o.orders_cancelled, o.orders_expired, o.orders_refunded, o.buyers, o.first_placed_at, o.last_placed_at,
         (SELECT COUNT(*) FROM items n JOIN reconcile_findings f ON f.item_id = n.id AND f.state = 'open' WHERE n.sale_id = s.id) AS open_findings,
         (SELECT MAX(r.ended_at) FROM reconcile_runs r) AS looked_at, v_now AS database_time
    FROM sales s
    JOIN (SELECT COUNT(*) AS item_count, COALESCE(SUM(units_allotted), 0) AS units_allotted FROM items WHERE sale_id = in_sale_id) i
    JOIN (SELECT COALESCE(SUM(k.available), 0) AS units_available FROM items n JOIN stock_shards k ON k.item_id = n.id WHERE n.sale_id = in_sale_id) t
    JOIN (SELECT COUNT(*) AS orders, COALESCE(SUM(p.state = 'paid'), 0) AS orders_paid, COALESCE(SUM(p.state = 'held'), 0) AS orders_held,
                 COALESCE(SUM(p.state = 'cancelled'), 0) AS orders_cancelled, COALESCE(SUM(p.state = 'expired'), 0) AS orders_expired,
                 COALESCE(SUM(p.state = 'refunded'), 0) AS orders_refunded, COUNT(DISTINCT IF(p.state = 'paid', p.user_id, NULL)) AS buyers,
                 COALESCE(SUM(IF(p.state = 'held', p.units, 0)), 0) AS units_held, COALESCE(SUM(IF(p.state = 'paid', p.units, 0)), 0) AS units_sold,
                 MIN(p.placed_at) AS first_placed_at, MAX(p.placed_at) AS last_placed_at
            FROM items n JOIN orders p ON p.item_id = n.id WHERE n.sale_id = in_sale_id) o
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_report$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_report TO doorbuster_admin@'%';
