-- note_rehearsal: whoever plays a rehearsal says how far it is, and hears whether it is still wanted. Called once a second.
--
-- It is the program that plays, not a member: only an operator's account may call (in_staff_id is not asked for).
--
-- Outcomes, first match wins:
--   over  there is no such rehearsal, or it does not run any more: whoever plays it must stop
--   stop  staff want it to stop
--   noted it goes on
--
-- Answers one row: outcome.
-- Locks: the rehearsal.
-- Called by store.NoteRehearsal. Proved by testdata/sql/note_rehearsal.test.

DROP PROCEDURE IF EXISTS note_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE note_rehearsal(
    IN in_rehearsal_id BIGINT UNSIGNED,
    IN in_phase        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_done         INT UNSIGNED,
    IN in_total        INT UNSIGNED
  )
  COMMENT 'Notes how far a rehearsal is. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
note_rehearsal: BEGIN
  DECLARE v_stop BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT stop_asked INTO v_stop FROM rehearsals WHERE id = in_rehearsal_id AND running = 1 FOR UPDATE;
  UPDATE rehearsals SET phase = in_phase, phase_done = in_done, phase_total = in_total, seen_at = UTC_TIMESTAMP(6) WHERE id = in_rehearsal_id AND v_stop IS NOT NULL;
  COMMIT;

  SELECT CASE WHEN v_stop IS NULL THEN 'over' WHEN v_stop THEN 'stop' ELSE 'noted' END AS outcome;
END note_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE note_rehearsal TO doorbuster_admin@'%';
