-- list_log: the activity log: what staff, operators and the worker did to sales, to the team and to the installation, newest first, a page at a time.
--
-- in_action and in_who are empty for all; in_who is a part of the name, in any case. in_sale_id, in_from and in_to are NULL for all: lines made at in_from or
-- later, and before in_to. in_before is the number of the last line of the page before (NULL or 0: the first page).
--
-- Answers up to in_limit rows: id, sale_id, sale_title, time_zone (of the sale, both NULL if there is none, or none any more), everybody (the line concerns the
-- whole installation), action, detail, reason, actor, staff_id, made_at, needs (the right that it takes to undo it, sell or team; NULL: it cannot be
-- undone, as in open_acts). No row also for somebody who may not read the log.
-- A member sees the lines of the own shop, and of those without a shop the switches and webhooks, which are everybody's. A line of any other sort that lacks its
-- shop is shown to operators only.
--
-- Each page is read from the end of an index and stops when it is full; lines that a filter does not want are passed over one by one.
-- Locks: none.
-- Called by store.ListLog. Proved by testdata/sql/list_log.test.

DROP PROCEDURE IF EXISTS list_log;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_log(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_action   VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_who      VARCHAR(100),
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_from     DATETIME(6),
    IN in_to       DATETIME(6),
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'The activity log, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_log: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_before BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before, 0), 18446744073709551615);

  CALL check_staff(in_staff_id, 'log', v_actor, v_shop_id, v_allowed);

  -- One of the four finds the numbers, or the second and the third together, each in the order of its index.
  SELECT l.id, l.sale_id, s.title AS sale_title, s.time_zone, l.shop_id IS NULL AND l.action IN ('switched', 'webhook_changed') AS everybody,
         l.action, l.detail, l.reason, l.actor, l.staff_id, l.made_at,
         IF(o.id IS NULL OR l.action = 'webhook_changed' AND l.shop_id IS NULL AND v_shop_id IS NOT NULL, NULL, IF(o.thing LIKE 'member %', 'team', 'sell')) AS needs
    FROM ((SELECT l.id FROM sale_log l FORCE INDEX (PRIMARY)
            WHERE v_allowed AND in_sale_id IS NULL AND v_shop_id IS NULL AND l.id < v_before
              AND (in_action = '' OR l.action = in_action) AND (in_who = '' OR LOCATE(in_who, l.actor) > 0)
              AND (in_from IS NULL OR l.made_at >= in_from) AND (in_to IS NULL OR l.made_at < in_to)
            ORDER BY l.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.id FROM sale_log l FORCE INDEX (sale_log_by_shop)
            WHERE v_allowed AND in_sale_id IS NULL AND l.shop_id = v_shop_id AND l.id < v_before
              AND (in_action = '' OR l.action = in_action) AND (in_who = '' OR LOCATE(in_who, l.actor) > 0)
              AND (in_from IS NULL OR l.made_at >= in_from) AND (in_to IS NULL OR l.made_at < in_to)
            ORDER BY l.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.id FROM sale_log l FORCE INDEX (sale_log_by_shop)
            WHERE v_allowed AND in_sale_id IS NULL AND v_shop_id IS NOT NULL AND l.shop_id IS NULL AND l.id < v_before
              AND l.action IN ('switched', 'webhook_changed')
              AND (in_action = '' OR l.action = in_action) AND (in_who = '' OR LOCATE(in_who, l.actor) > 0)
              AND (in_from IS NULL OR l.made_at >= in_from) AND (in_to IS NULL OR l.made_at < in_to)
            ORDER BY l.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT l.id FROM sale_log l FORCE INDEX (sale_log_by_sale)
            WHERE v_allowed AND l.sale_id = in_sale_id AND l.id < v_before AND (v_shop_id IS NULL OR l.shop_id = v_shop_id)
              AND (in_action = '' OR l.action = in_action) AND (in_who = '' OR LOCATE(in_who, l.actor) > 0)
              AND (in_from IS NULL OR l.made_at >= in_from) AND (in_to IS NULL OR l.made_at < in_to)
            ORDER BY l.id DESC LIMIT in_limit)) f
    JOIN sale_log l ON l.id = f.id LEFT JOIN sales s ON s.id = l.sale_id AND s.shop_id = l.shop_id LEFT JOIN open_acts o ON o.id = l.id
   ORDER BY l.id DESC LIMIT in_limit;
END list_log$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_log TO doorbuster_admin@'%';
