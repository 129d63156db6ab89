-- show_report_fairness: who won, by when they came. A shopper comes when the shop gives out the pass for the press: the number of the order is made then, and is a UUIDv7, whose first
-- 48 bits are that instant in milliseconds (RFC 9562, 5.7). The clock is that of the process that gave the pass, so a difference of clocks is in these figures.
--
-- A winner was overtaken if, for the same item, somebody had the units before who had come more than in_slack_ms later. First come, first served lets that happen only within the time
-- that a press needs on its way: a batch takes its winners in order of arrival.
--
-- Answers at most one row: winners (orders ever placed), first_ms, half_ms, ninety_ms, last_ms (when the first, half, 90 percent, and the last of them had come, in milliseconds after the
-- opening, to members or to all; negative: before it by a clock that is ahead), overtaken, worst_ms (the most by which one was overtaken; NULL: none was, at all).
-- No row: nothing was ordered, no such sale, another shop's, or somebody who may not read.
-- All orders of the sale are read and sorted.
-- Locks: none.
-- Called by store.ShowReportFairness. Proved by testdata/sql/show_report_fairness.test and store/report_test.go.

DROP PROCEDURE IF EXISTS show_report_fairness;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_report_fairness(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_slack_ms INT UNSIGNED
  )
  COMMENT 'Who won, by when they came. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_report_fairness: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_opens_ms BIGINT;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', s.starts_at) DIV 1000 INTO v_opens_ms FROM sales s
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);

  -- Two windows in two places: MariaDB 10.11 numbers the rows of the one in the order of the other when both stand in one SELECT.
  SELECT r.winners, r.first_at - v_opens_ms AS first_ms, r.half_at - v_opens_ms AS half_ms, r.ninety_at - v_opens_ms AS ninety_ms, r.last_at - v_opens_ms AS last_ms,
         t.overtaken, t.worst_ms
    FROM (SELECT COUNT(*) AS winners, MIN(a.came_at) AS first_at, MIN(IF(a.place * 2 >= a.winners, a.came_at, NULL)) AS half_at,
                 MIN(IF(a.place * 10 >= a.winners * 9, a.came_at, NULL)) AS ninety_at, MAX(a.came_at) AS last_at
            FROM (SELECT w.came_at, ROW_NUMBER() OVER (ORDER BY w.came_at) AS place, COUNT(*) OVER () AS winners
                    FROM (SELECT CAST(CONV(HEX(LEFT(p.id, 6)), 16, 10) AS SIGNED) AS came_at
                            FROM items i JOIN orders p ON p.item_id = i.id WHERE i.sale_id = in_sale_id AND v_opens_ms IS NOT NULL) w) a) r
    JOIN (SELECT COALESCE(SUM(b.later_at > b.came_at + in_slack_ms), 0) AS overtaken, MAX(IF(b.later_at > b.came_at, b.later_at - b.came_at, NULL)) AS worst_ms
            FROM (SELECT w.came_at,
                         MAX(w.came_at) OVER (PARTITION BY w.item_id ORDER BY w.placed_at, w.came_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_at
                    FROM (SELECT p.item_id, p.placed_at, CAST(CONV(HEX(LEFT(p.id, 6)), 16, 10) AS SIGNED) AS came_at
                            FROM items i JOIN orders p ON p.item_id = i.id WHERE i.sale_id = in_sale_id AND v_opens_ms IS NOT NULL) w) b) t
   WHERE r.winners > 0;
END show_report_fairness$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_report_fairness TO doorbuster_admin@'%';
