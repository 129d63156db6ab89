-- enable_staff: a member who was disabled may sign in again, with the password and the second factor from before. Who had none yet is invited, and needs a
-- new link (reset_staff): the old one is void.
--
-- Outcomes, first match wins:
--   not_allowed    the caller has no right to change the team
--   no_such_staff  no member of this number, or another shop's
--   repeated       the member is not disabled; nothing changes
--   enabled        the member may sign in, or be invited again
--
-- Answers one row: outcome, state (of the member now; NULL for the first two).
-- Locks: by lock_team.
-- Called by store.EnableStaff. Proved by testdata/sql/enable_staff.test.

DROP PROCEDURE IF EXISTS enable_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE enable_staff(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_actor     VARCHAR(100),
    IN in_member_id BIGINT UNSIGNED,
    IN in_reason    VARCHAR(200)
  )
  COMMENT 'Lets a disabled member of staff in again. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
enable_staff: BEGIN
  DECLARE v_allowed BOOLEAN;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_email VARCHAR(254);
  DECLARE v_outcome, v_role, v_state, v_to VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_owners INT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  CALL lock_team(in_staff_id, in_member_id, in_actor, v_allowed, v_shop_id, v_email, v_role, v_state, v_owners);
  SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_staff'
    WHEN v_state <> 'disabled' THEN 'repeated'
    ELSE 'enabled' END;
  IF v_outcome = 'enabled' THEN
    SELECT IF(password_phc IS NULL, 'invited', 'active') INTO v_to FROM staff WHERE id = in_member_id;
    UPDATE staff SET state = v_to, changed_at = v_now WHERE id = in_member_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (NULL, v_shop_id, 'staff_enabled', LEFT(CONCAT(v_email, ' (', v_role, '): from disabled to ', v_to), 300), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('member ', in_member_id, ' state'), 'disabled', v_to);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, COALESCE(v_to, v_state) AS state;
END enable_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE enable_staff TO doorbuster_admin@'%';
