-- end_rehearsal: a rehearsal has ended, and this is what came of it.
--
-- It is the program that played, not a member: in_staff_id is not asked for. in_state is done, stopped or failed; in_verdict, in_report and in_picture are NULL unless done;
-- in_trouble is empty unless failed. An unknown word is a fault.
--
-- Outcomes, first match wins:
--   over  there is no such rehearsal, or it had ended before; nothing changed
--   ended it is written down
--
-- Answers one row: outcome.
-- Locks: the rehearsal.
-- Called by store.EndRehearsal. Proved by testdata/sql/end_rehearsal.test.

DROP PROCEDURE IF EXISTS end_rehearsal;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE end_rehearsal(
    IN in_rehearsal_id BIGINT UNSIGNED,
    IN in_state        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_trouble      VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_verdict      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_report       MEDIUMTEXT,
    IN in_picture      MEDIUMTEXT
  )
  COMMENT 'Writes down what came of a rehearsal. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
end_rehearsal: BEGIN
  DECLARE v_ended INT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- a word that no column takes is "data truncated", which is no SQLEXCEPTION

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE rehearsals
     SET state = in_state, trouble = in_trouble, verdict = in_verdict, report = in_report, picture = in_picture, seen_at = UTC_TIMESTAMP(6), ended_at = UTC_TIMESTAMP(6)
   WHERE id = in_rehearsal_id AND running = 1;
  SET v_ended = ROW_COUNT();
  COMMIT;

  SELECT IF(v_ended = 1, 'ended', 'over') AS outcome;
END end_rehearsal$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE end_rehearsal TO doorbuster_admin@'%';
