-- take_task: a console asks for work: the oldest task that waits, or whose console has not been heard of for too long. It has it for in_seconds, and longer with each note.
--
-- What was done of it is kept: the order behind which to go on (after_id), the order that was being done (doing_id). Of XLSX nothing is, because such a file is only written whole.
-- A task that was taken twenty times and never ended is given up: it would break every console that takes it.
--
-- Outcomes, first match wins:
--   nothing  no task waits
--   taken    fence is what it is noted with
--
-- Answers one row: outcome, task_id, fence, staff_id, kind, sale_id, order_state, from_at, to_at, first_id, last_id, format, delimiter, bom, restock, reason, orders_total, orders_done, orders_refused, after_id,
-- doing_id, chunks, made_at; all but outcome NULL if nothing.
-- Locks: the task (SKIP LOCKED), then the parts of its file.
-- Called by store.TakeTask. Proved by testdata/sql/take_task.test.

DROP PROCEDURE IF EXISTS take_task;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_task(
    IN in_holder  VARCHAR(100),
    IN in_seconds INT UNSIGNED
  )
  COMMENT 'Takes a task to do. Returns one row: outcome, task_id, fence, and what to do.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_task: BEGIN
  DECLARE v_task_id BIGINT UNSIGNED;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE tasks SET state = 'failed', why = 'fault', held_until = NULL, ended_at = v_now, expires_at = IF(format = '', NULL, v_now)
   WHERE state = 'running' AND held_until <= v_now AND fence >= 20;
  SELECT id INTO v_task_id FROM tasks WHERE state = 'running' AND held_until <= v_now ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF v_task_id IS NULL THEN
    SELECT id INTO v_task_id FROM tasks WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
  END IF;
  IF v_task_id IS NOT NULL THEN
    DELETE c FROM tasks t JOIN task_chunks c ON c.task_id = t.id WHERE t.id = v_task_id AND t.format = 'xlsx';
    UPDATE tasks SET state = 'running', holder = in_holder, fence = fence + 1, held_until = v_now + INTERVAL in_seconds SECOND,
           orders_done = IF(format = 'xlsx', 0, orders_done), progress = IF(format = 'xlsx', 0, progress), chunks = IF(format = 'xlsx', 0, chunks), bytes = IF(format = 'xlsx', 0, bytes),
           after_id = IF(format = 'xlsx', NULL, after_id)
     WHERE id = v_task_id;
  END IF;
  COMMIT;

  SELECT IF(v_task_id IS NULL, 'nothing', 'taken') AS outcome, t.id AS task_id, t.fence, t.staff_id, t.kind, t.sale_id, t.order_state, t.from_at, t.to_at, t.first_id, t.last_id,
         t.format, t.delimiter, t.bom, t.restock, t.reason, t.orders_total, t.orders_done, t.orders_refused, t.after_id, t.doing_id, t.chunks, t.made_at
    FROM (SELECT 1 AS one) x LEFT JOIN tasks t ON t.id = v_task_id;
END take_task$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_task TO doorbuster_admin@'%';
