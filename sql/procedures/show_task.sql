-- show_task: one task as staff see it.
--
-- Answers at most one row: id, kind, state, why, sale_id, sale_title (both NULL: every sale), order_state, from_at, to_at, format, delimiter, bom, restock, reason, orders_total,
-- orders_done, orders_refused, progress, chunks, bytes, made_at, ended_at, expires_at, actor, database_time.
-- No row: no such task, another shop's, or somebody who may not read.
-- Locks: none.
-- Called by store.ShowTask. Proved by testdata/sql/list_tasks.test and show_task.test.

DROP PROCEDURE IF EXISTS show_task;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_task(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_task_id  BIGINT UNSIGNED
  )
  COMMENT 'One export or bulk work. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_task: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT t.id, t.kind, t.state, t.why, t.sale_id, s.title AS sale_title, t.order_state, t.from_at, t.to_at, t.format, t.delimiter, t.bom, t.restock, t.reason, t.orders_total, t.orders_done,
         t.orders_refused, t.progress, t.chunks, t.bytes, t.made_at, t.ended_at, t.expires_at, m.name AS actor, UTC_TIMESTAMP(6) AS database_time
    FROM (SELECT id FROM tasks WHERE id = in_task_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id)) f
    JOIN tasks t ON t.id = f.id JOIN staff m ON m.id = t.staff_id LEFT JOIN sales s ON s.id = t.sale_id;
END show_task$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_task TO doorbuster_admin@'%';
