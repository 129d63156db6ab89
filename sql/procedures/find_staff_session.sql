-- find_staff_session: what the console keeps of a browser. No row: no such session, or it has ended by the database's clock.
--
-- Answers at most one row: data.
-- Locks: none.
-- Called by store.FindStaffSession. Proved by testdata/sql/find_staff_session.test.

DROP PROCEDURE IF EXISTS find_staff_session;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE find_staff_session(
    IN in_token_hash BINARY(32)
  )
  COMMENT 'A session of the console that has not ended. Returns at most one row: data.'
  READS SQL DATA
  SQL SECURITY DEFINER
find_staff_session: BEGIN
  SELECT data FROM staff_sessions WHERE token_hash = in_token_hash AND expires_at > UTC_TIMESTAMP(6);
END find_staff_session$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE find_staff_session TO doorbuster_admin@'%';
