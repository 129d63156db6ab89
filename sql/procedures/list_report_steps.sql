-- list_report_steps: how a sale went over time, in steps of in_step seconds from its opening, to members or to all (orders placed before it opened, by the clock of a test, count for the first).
--
-- Answers a row per step in which something happened: step (from 0), starts_at, orders_placed, units_placed (never mind what came of them), units_paid (paid in that step; of orders that are paid
-- now), units_back (of orders that ended in that step: cancelled, expired or refunded). At most 10,000 rows: choose in_step for the length of the sale.
-- No row also for another shop's sale, for somebody who may not read, and for a step of less than a second.
-- All orders of the sale are read.
-- Locks: none.
-- Called by store.ListReportSteps. Proved by testdata/sql/list_report_steps.test.

DROP PROCEDURE IF EXISTS list_report_steps;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_report_steps(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_step     INT UNSIGNED
  )
  COMMENT 'How a sale went over time. Returns a row per step in which something happened.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_report_steps: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_starts_at DATETIME(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT s.starts_at INTO v_starts_at FROM sales s WHERE s.id = in_sale_id AND in_step > 0 AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);

  SELECT e.step, v_starts_at + INTERVAL e.step * in_step SECOND AS starts_at, SUM(e.orders_placed) AS orders_placed, SUM(e.units_placed) AS units_placed,
         SUM(e.units_paid) AS units_paid, SUM(e.units_back) AS units_back
    FROM (SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, v_starts_at, p.placed_at) DIV in_step) AS step, 1 AS orders_placed, p.units AS units_placed, 0 AS units_paid, 0 AS units_back
            FROM items i JOIN orders p ON p.item_id = i.id WHERE i.sale_id = in_sale_id AND v_starts_at IS NOT NULL
          UNION ALL
          SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, v_starts_at, p.paid_at) DIV in_step), 0, 0, p.units, 0
            FROM items i JOIN orders p ON p.item_id = i.id WHERE i.sale_id = in_sale_id AND v_starts_at IS NOT NULL AND p.state = 'paid'
          UNION ALL
          SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, v_starts_at, p.closed_at) DIV in_step), 0, 0, 0, p.units
            FROM items i JOIN orders p ON p.item_id = i.id WHERE i.sale_id = in_sale_id AND v_starts_at IS NOT NULL AND p.closed_at IS NOT NULL) e
   GROUP BY e.step ORDER BY e.step LIMIT 10000;
END list_report_steps$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_report_steps TO doorbuster_admin@'%';
