-- end_task: the runner ends a task: it is done, or in_why says why it failed (empty: it is done). The file of an export can be had for a day; of one that failed it is gone.
--
-- Outcomes, first match wins:
--   fenced  the task has another number: another console took over, or it was cancelled, or ended before; nothing changes
--   ended   it has ended
--
-- Answers one row: outcome.
-- Locks: the task.
-- Called by store.EndTask. Proved by testdata/sql/end_task.test.

DROP PROCEDURE IF EXISTS end_task;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE end_task(
    IN in_task_id BIGINT UNSIGNED,
    IN in_fence   INT UNSIGNED,
    IN in_why     VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Ends a task that a console has done, or could not do. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
end_task: BEGIN
  DECLARE v_ended INT DEFAULT 0;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE tasks SET state = IF(in_why = '', 'done', 'failed'), why = in_why, progress = IF(in_why = '', 1000, progress), held_until = NULL, doing_id = NULL, ended_at = v_now,
         expires_at = IF(format = '', NULL, IF(in_why = '', v_now + INTERVAL 1 DAY, v_now))
   WHERE id = in_task_id AND state = 'running' AND fence = in_fence;
  SET v_ended = ROW_COUNT();
  COMMIT;

  SELECT IF(v_ended = 0, 'fenced', 'ended') AS outcome;
END end_task$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE end_task TO doorbuster_admin@'%';
