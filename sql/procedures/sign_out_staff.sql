-- sign_out_staff: every session of a member begun before now is void, on every node with its next request: each reads sessions_from (show_staff).
--
-- Outcomes, first match wins:
--   no_such_staff  no active member of this number
--   signed_out     older sessions are void
--
-- Answers one row: outcome.
-- Locks: the member's row.
-- Called by store.SignOutStaff. Proved by testdata/sql/sign_out_staff.test.

DROP PROCEDURE IF EXISTS sign_out_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sign_out_staff(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'Voids all sessions of a member of staff. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sign_out_staff: BEGIN
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_name VARCHAR(80);
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Not ROW_COUNT(): it says 0 for a row that already has the value, and two presses can fall into one microsecond.
  SELECT id, name INTO v_id, v_name FROM staff WHERE id = in_staff_id AND state = 'active' FOR UPDATE;
  IF v_id IS NOT NULL THEN
    SET v_now = UTC_TIMESTAMP(6);
    UPDATE staff SET sessions_from = v_now WHERE id = v_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM staff WHERE id = v_id), 'signed_out_everywhere', '', '', v_name, v_id, v_now);
  END IF;
  COMMIT;

  SELECT IF(v_id IS NULL, 'no_such_staff', 'signed_out') AS outcome;
END sign_out_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sign_out_staff TO doorbuster_admin@'%';
