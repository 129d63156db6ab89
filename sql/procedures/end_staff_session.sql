-- end_staff_session: a browser is signed out; its cookie opens nothing any more, wherever it is.
--
-- Outcomes: set, whether it was there or not.
--
-- Answers one row: outcome.
-- Locks: the session.
-- Called by store.EndStaffSession. Proved by testdata/sql/end_staff_session.test.

DROP PROCEDURE IF EXISTS end_staff_session;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE end_staff_session(
    IN in_token_hash BINARY(32)
  )
  COMMENT 'Ends a session of the console. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
end_staff_session: BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  DELETE FROM staff_sessions WHERE token_hash = in_token_hash;
  COMMIT;

  SELECT 'set' AS outcome;
END end_staff_session$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE end_staff_session TO doorbuster_admin@'%';
