-- list_sale_log: what staff, operators and the worker did to a sale, newest first, a page at a time.
--
-- in_before is the number of the last line of the page before (NULL or 0: the first page).
-- Answers up to in_limit rows: id, action, detail, reason, actor, staff_id, made_at, is_open (it can be undone, as in open_acts). No row also for another shop's sale and for somebody who may not read.
-- Locks: none.
-- Called by store.ListSaleLog. Proved by testdata/sql/list_sale_log.test.

DROP PROCEDURE IF EXISTS list_sale_log;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_sale_log(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'What was done to a sale, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_sale_log: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT l.id, l.action, l.detail, l.reason, l.actor, l.staff_id, l.made_at, o.id IS NOT NULL AS is_open
    FROM sales s JOIN sale_log l ON l.sale_id = s.id AND (COALESCE(in_before, 0) = 0 OR l.id < in_before) LEFT JOIN open_acts o ON o.id = l.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY l.id DESC LIMIT in_limit;
END list_sale_log$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_sale_log TO doorbuster_admin@'%';
