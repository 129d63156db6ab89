-- note_export: the runner notes how far an export has come, and keeps a part of its file (in_body; NULL: none). So it keeps the task for in_seconds more; 0 lets it go, for another console.
--
-- in_number is the place of the part in the file: kept again, it takes the place of what was there. in_after is the order behind which to go on, in_orders the orders in the file so far.
--
-- Outcomes, first match wins:
--   fenced       the task has another number: another console took over, or it was cancelled; nothing is kept
--   not_allowed  who began it may not any more; nothing is kept
--   too_large    the file would take more than 256 MiB; nothing is kept
--   kept         it is noted
--
-- Answers one row: outcome.
-- Locks: the task, then the part.
-- Called by store.NoteExport. Proved by testdata/sql/note_export.test.

DROP PROCEDURE IF EXISTS note_export;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_export(
    IN in_task_id  BIGINT UNSIGNED,
    IN in_fence    INT UNSIGNED,
    IN in_seconds  INT UNSIGNED,
    IN in_number   INT UNSIGNED,
    IN in_body     MEDIUMBLOB,
    IN in_after    BINARY(16),
    IN in_orders   INT UNSIGNED,
    IN in_progress SMALLINT UNSIGNED
  )
  COMMENT 'Notes how far an export has come, with a part of its file. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_export: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_staff_id, v_bytes BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_old BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT staff_id, bytes INTO v_staff_id, v_bytes FROM tasks WHERE id = in_task_id AND kind = 'export' AND state = 'running' AND fence = in_fence FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_staff(COALESCE(v_staff_id, 0), 'sell', v_actor, v_shop_id, v_allowed);
  SELECT LENGTH(body) INTO v_old FROM task_chunks WHERE task_id = in_task_id AND number = in_number;
  SET v_bytes = v_bytes - v_old + COALESCE(LENGTH(in_body), 0);
  SET v_outcome = CASE
    WHEN v_staff_id IS NULL    THEN 'fenced'
    WHEN NOT v_allowed         THEN 'not_allowed'
    WHEN v_bytes > 268435456   THEN 'too_large'
    ELSE 'kept' END;
  IF v_outcome = 'kept' THEN
    IF in_body IS NOT NULL THEN
      INSERT INTO task_chunks (task_id, number, body) VALUES (in_task_id, in_number, in_body) ON DUPLICATE KEY UPDATE body = in_body;
    END IF;
    UPDATE tasks SET orders_done = in_orders, progress = in_progress, after_id = in_after, bytes = v_bytes, chunks = GREATEST(chunks, COALESCE(in_number, 0)),
           held_until = v_now + INTERVAL in_seconds SECOND
     WHERE id = in_task_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END note_export$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_export TO doorbuster_admin@'%';
