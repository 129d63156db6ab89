-- list_tasks: the exports and the bulk work of the member's shop, newest first, a page at a time.
--
-- in_before is the number of the last task of the page before (0 or NULL: the first page).
-- Answers up to in_limit rows: id, kind, state, why, sale_id, sale_title (both NULL: every sale), order_state, from_at, to_at, format, delimiter, bom, restock, reason, orders_total,
-- orders_done, orders_refused, progress, chunks, bytes, made_at, ended_at, expires_at, actor, database_time. No row also for somebody who may not read.
-- Locks: none.
-- Called by store.ListTasks. Proved by testdata/sql/list_tasks.test.

DROP PROCEDURE IF EXISTS list_tasks;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_tasks(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Exports and bulk work, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_tasks: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT t.id, t.kind, t.state, t.why, t.sale_id, s.title AS sale_title, t.order_state, t.from_at, t.to_at, t.format, t.delimiter, t.bom, t.restock, t.reason, t.orders_total, t.orders_done,
         t.orders_refused, t.progress, t.chunks, t.bytes, t.made_at, t.ended_at, t.expires_at, m.name AS actor, UTC_TIMESTAMP(6) AS database_time
    FROM (SELECT id FROM tasks
           WHERE v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) AND (COALESCE(in_before, 0) = 0 OR id < in_before)
           ORDER BY id DESC LIMIT in_limit) f
    JOIN tasks t ON t.id = f.id JOIN staff m ON m.id = t.staff_id LEFT JOIN sales s ON s.id = t.sale_id
   ORDER BY t.id DESC;
END list_tasks$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_tasks TO doorbuster_admin@'%';
