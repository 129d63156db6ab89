-- cancel_task: staff stop a task that waits or runs. What was done stays done: it is not undone. The file of an export is gone.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not
--   no_such_task   no task of this number, or another shop's
--   already_ended  it has ended before; nothing changes
--   cancelled      the console that does it finds out at its next note; an order that it is doing then is still done
--
-- Answers one row: outcome.
-- Locks: the task.
-- Called by store.CancelTask. Proved by testdata/sql/cancel_task.test.

DROP PROCEDURE IF EXISTS cancel_task;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE cancel_task(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_task_id  BIGINT UNSIGNED
  )
  COMMENT 'Cancels a task that has not ended. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
cancel_task: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM tasks WHERE id = in_task_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed                             THEN 'not_allowed'
    WHEN v_state IS NULL                           THEN 'no_such_task'
    WHEN v_state NOT IN ('waiting', 'running')     THEN 'already_ended'
    ELSE 'cancelled' END;
  IF v_outcome = 'cancelled' THEN
    UPDATE tasks SET state = 'cancelled', held_until = NULL, ended_at = v_now, expires_at = IF(format = '', NULL, v_now) WHERE id = in_task_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    SELECT sale_id, shop_id, 'task_cancelled', CONCAT('task ', id, ' (', kind, ')'), '', in_actor, in_staff_id, v_now FROM tasks WHERE id = in_task_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END cancel_task$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE cancel_task TO doorbuster_admin@'%';
