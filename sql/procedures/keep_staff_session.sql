-- keep_staff_session: the console keeps something of a browser, in place of what it kept before. Which member it is stands in in_data, and show_staff says
-- whether that member may still be here: what is kept gives no right.
--
-- Outcomes: set.
--
-- Answers one row: outcome.
-- Locks: the session.
-- Called by store.KeepStaffSession. Proved by testdata/sql/keep_staff_session.test.

DROP PROCEDURE IF EXISTS keep_staff_session;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE keep_staff_session(
    IN in_token_hash    BINARY(32),
    IN in_data          VARBINARY(4000),
    IN in_lasts_seconds INT UNSIGNED
  )
  COMMENT 'Keeps a session of the console for some seconds from now. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
keep_staff_session: BEGIN
  DECLARE v_until DATETIME(6) DEFAULT UTC_TIMESTAMP(6) + INTERVAL in_lasts_seconds SECOND;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INSERT INTO staff_sessions (token_hash, data, expires_at) VALUES (in_token_hash, in_data, v_until)
      ON DUPLICATE KEY UPDATE data = in_data, expires_at = v_until;
  COMMIT;

  SELECT 'set' AS outcome;
END keep_staff_session$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE keep_staff_session TO doorbuster_admin@'%';
