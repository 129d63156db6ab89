-- sign_out_everywhere: every session of a shopper issued before now is void, on every node within a second.
--
-- Outcomes, first match wins:
--   no_such_user  no shopper of this number
--   signed_out    older sessions are void
--
-- Answers one row: outcome.
-- Locks: the shopper.
-- Called by store.SignOutEverywhere. Proved by testdata/sql/sign_out_everywhere.test.

DROP PROCEDURE IF EXISTS sign_out_everywhere;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sign_out_everywhere(
    IN in_user_id BIGINT UNSIGNED
  )
  COMMENT 'Voids all sessions of a shopper. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sign_out_everywhere: BEGIN
  DECLARE v_user_id BIGINT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Not ROW_COUNT(): it says 0 for a row that already has the value, and two presses can fall into one microsecond.
  SELECT id INTO v_user_id FROM users WHERE id = in_user_id FOR UPDATE;
  UPDATE users SET sessions_from = UTC_TIMESTAMP(6) WHERE id = v_user_id;
  COMMIT;

  SELECT IF(v_user_id IS NULL, 'no_such_user', 'signed_out') AS outcome;
END sign_out_everywhere$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sign_out_everywhere TO doorbuster_web@'%';
