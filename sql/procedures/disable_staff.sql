-- disable_staff: a member is out: at the next request, in every browser, and for good until enabled. A link that invites the member is void.
--
-- Outcomes, first match wins:
--   not_allowed    the caller has no right to change the team
--   no_such_staff  no member of this number, or another shop's
--   yourself       nobody disables himself
--   repeated       the member is disabled; nothing changes
--   last_owner     the shop would have no active owner left
--   disabled       the member is out
--
-- Answers one row: outcome.
-- Every request of the console asks show_staff, which knows active members only; sessions_from sees to it that no session comes to life again when the member
-- is enabled.
-- Locks: by lock_team.
-- Called by store.DisableStaff. Proved by testdata/sql/disable_staff.test and lock_team.test.

DROP PROCEDURE IF EXISTS disable_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE disable_staff(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_actor     VARCHAR(100),
    IN in_member_id BIGINT UNSIGNED,
    IN in_reason    VARCHAR(200)
  )
  COMMENT 'Keeps a member of staff out. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
disable_staff: BEGIN
  DECLARE v_allowed BOOLEAN;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_email VARCHAR(254);
  DECLARE v_outcome, v_role, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_owners INT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  CALL lock_team(in_staff_id, in_member_id, in_actor, v_allowed, v_shop_id, v_email, v_role, v_state, v_owners);
  SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_staff'
    WHEN in_member_id = in_staff_id THEN 'yourself'
    WHEN v_state = 'disabled' THEN 'repeated'
    WHEN v_role = 'owner' AND v_state = 'active' AND v_owners = 0 THEN 'last_owner'
    ELSE 'disabled' END;
  IF v_outcome = 'disabled' THEN
    UPDATE staff SET state = 'disabled', invitation_hash = NULL, invited_until = NULL, sessions_from = v_now, changed_at = v_now WHERE id = in_member_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (NULL, v_shop_id, 'staff_disabled', LEFT(CONCAT(v_email, ' (', v_role, '): from ', v_state, ' to disabled'), 300), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('member ', in_member_id, ' state'), v_state, 'disabled');
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END disable_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE disable_staff TO doorbuster_admin@'%';
