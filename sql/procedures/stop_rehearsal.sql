-- stop_rehearsal: staff want a rehearsal to stop. Whoever plays it hears of it within a second.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not
--   no_such_rehearsal  none of this number, or of another shop's sale
--   over               it does not run any more
--   stop               it is asked to stop
--
-- Answers one row: outcome.
-- Locks: the rehearsal.
-- Called by store.StopRehearsal. Proved by testdata/sql/stop_rehearsal.test.

DROP PROCEDURE IF EXISTS stop_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE stop_rehearsal(
    IN in_staff_id     BIGINT UNSIGNED,
    IN in_actor        VARCHAR(100),
    IN in_rehearsal_id BIGINT UNSIGNED
  )
  COMMENT 'Asks a rehearsal to stop. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
stop_rehearsal: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT r.state INTO v_state FROM rehearsals r
   WHERE r.id = in_rehearsal_id AND v_allowed AND EXISTS (SELECT 1 FROM sales s WHERE s.id = r.sale_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id))
     FOR UPDATE;
  UPDATE rehearsals SET stop_asked = TRUE WHERE id = in_rehearsal_id AND v_state = 'running';
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_state IS NULL THEN 'no_such_rehearsal' WHEN v_state <> 'running' THEN 'over' ELSE 'stop' END AS outcome;
END stop_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE stop_rehearsal TO doorbuster_admin@'%';
