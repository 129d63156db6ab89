-- note_bulk: the runner notes what came of an order (in_order_id; NULL: of none), and which it does next (in_next; NULL: it does not know yet). So it keeps the task for in_seconds more; 0 lets it go, for another
-- console.
--
-- in_outcome is what the procedure of the act answered if the order would not be done; empty: it was done. in_done and in_refused are the orders so far, this one included.
-- The next order is written down before anything is done to it: a console that takes over asks for it again, and counts it once.
--
-- Outcomes, first match wins:
--   fenced       the task has another number: another console took over; nothing is noted
--   cancelled    somebody cancelled it meanwhile: what was done is noted, nothing more may be done
--   not_allowed  who began it may not any more: what was done is noted, nothing more may be done
--   kept         it is noted
--
-- Answers one row: outcome.
-- Locks: the task, then the refused order.
-- Called by store.NoteBulk. Proved by testdata/sql/note_bulk.test.

DROP PROCEDURE IF EXISTS note_bulk;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_bulk(
    IN in_task_id  BIGINT UNSIGNED,
    IN in_fence    INT UNSIGNED,
    IN in_seconds  INT UNSIGNED,
    IN in_order_id BINARY(16),
    IN in_outcome  VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_next     BINARY(16),
    IN in_done     INT UNSIGNED,
    IN in_refused  INT UNSIGNED,
    IN in_progress SMALLINT UNSIGNED
  )
  COMMENT 'Notes what came of an order of bulk work, and which is next. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_bulk: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_staff_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_state, v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, staff_id INTO v_state, v_staff_id FROM tasks
   WHERE id = in_task_id AND kind <> 'export' AND state IN ('running', 'cancelled') AND fence = in_fence FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_staff(COALESCE(v_staff_id, 0), 'sell', v_actor, v_shop_id, v_allowed);
  SET v_outcome = CASE
    WHEN v_staff_id IS NULL      THEN 'fenced'
    WHEN v_state = 'cancelled'   THEN 'cancelled'
    WHEN NOT v_allowed           THEN 'not_allowed'
    ELSE 'kept' END;
  IF v_outcome <> 'fenced' THEN
    IF in_outcome <> '' THEN
      INSERT INTO task_refusals (task_id, order_id, outcome, made_at) VALUES (in_task_id, in_order_id, in_outcome, v_now) ON DUPLICATE KEY UPDATE outcome = in_outcome;
    END IF;
    UPDATE tasks SET orders_done = in_done, orders_refused = in_refused, progress = in_progress, after_id = COALESCE(in_order_id, after_id),
           doing_id = IF(v_outcome = 'kept', in_next, NULL), held_until = IF(v_state = 'running', v_now + INTERVAL in_seconds SECOND, NULL)
     WHERE id = in_task_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END note_bulk$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_bulk TO doorbuster_admin@'%';
