-- change_staff_role: a member may do more from now on, or less: from the next request on, without signing in anew.
--
-- Outcomes, first match wins:
--   not_allowed    the caller has no right to change the team
--   no_such_staff  no member of this number, or another shop's
--   yourself       nobody changes the own role
--   repeated       the member has this role; nothing changes
--   last_owner     the shop would have no active owner left
--   set            the role is as asked
--
-- Answers one row: outcome. An unknown role is a fault (1265), not an outcome: the callers know them. A member who was invited, or who is disabled, has the
-- role on coming in.
-- Locks: by lock_team.
-- Called by store.ChangeStaffRole. Proved by testdata/sql/change_staff_role.test and lock_team.test.

DROP PROCEDURE IF EXISTS change_staff_role;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE change_staff_role(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_actor     VARCHAR(100),
    IN in_member_id BIGINT UNSIGNED,
    IN in_role      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_reason    VARCHAR(200)
  )
  COMMENT 'Changes what a member of staff may do. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
change_staff_role: BEGIN
  DECLARE v_allowed BOOLEAN;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_email VARCHAR(254);
  DECLARE v_outcome, v_role, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_owners INT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  CALL lock_team(in_staff_id, in_member_id, in_actor, v_allowed, v_shop_id, v_email, v_role, v_state, v_owners);
  SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_staff'
    WHEN in_member_id = in_staff_id THEN 'yourself'
    WHEN v_role = in_role THEN 'repeated'
    WHEN v_role = 'owner' AND v_state = 'active' AND v_owners = 0 THEN 'last_owner'
    ELSE 'set' END;
  IF v_outcome = 'set' THEN
    UPDATE staff SET role = in_role, changed_at = v_now WHERE id = in_member_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (NULL, v_shop_id, 'staff_role_changed', LEFT(CONCAT(v_email, ': from ', v_role, ' to ', in_role), 300), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('member ', in_member_id, ' role'), v_role, in_role);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END change_staff_role$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE change_staff_role TO doorbuster_admin@'%';
