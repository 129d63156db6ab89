-- undo_in_team: a change of a member's role, or whether the member may sign in, is taken back. A step, never called alone.
--
-- in_what is role or state, in_was how it was before. Sets out_outcome, first match wins:
--   not_allowed        who asks may not change the team
--   no_such_line       the line is about a member of another shop
--   yourself           nobody changes the own role, or keeps himself out
--   already_undone     taken back before
--   changed_meanwhile  it is not as the line left it
--   last_owner         the shop would have no active owner left
--   undone             it is as it was. Who was disabled signs in anew; who had no password yet is invited, and needs a new link (reset_staff)
-- Sets io_actor to the name of who asks. Answers nothing. The caller has opened a transaction that reads what is committed, and writes the line of the log.
-- Locks: by lock_team.
-- Called by undo_act. Proved by testdata/sql/undo_in_team.test and undo_act.test.

DROP PROCEDURE IF EXISTS undo_in_team;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE undo_in_team(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_log_id    BIGINT UNSIGNED,
    IN in_member_id BIGINT UNSIGNED,
    IN in_what      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_was       VARCHAR(200),
    INOUT io_actor  VARCHAR(100),
    OUT out_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Step of undo_act: takes back what was done to a member of staff. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
undo_in_team: BEGIN
  DECLARE v_allowed BOOLEAN;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_email VARCHAR(254);
  DECLARE v_role, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_owners INT;
  DECLARE v_now DATETIME(6);

  CALL lock_team(in_staff_id, in_member_id, io_actor, v_allowed, v_shop_id, v_email, v_role, v_state, v_owners);
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_undo(in_log_id, IF(in_what = 'role', v_role, v_state), out_outcome);
  SET out_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_line'
    WHEN in_member_id = in_staff_id THEN 'yourself'
    WHEN out_outcome = 'undone' AND v_role = 'owner' AND v_state = 'active' AND v_owners = 0 AND (in_what = 'role' OR in_was = 'disabled') THEN 'last_owner'
    ELSE out_outcome END;
  IF out_outcome = 'undone' AND in_what = 'role' THEN
    UPDATE staff SET role = in_was, changed_at = v_now WHERE id = in_member_id;
  ELSEIF out_outcome = 'undone' AND in_was = 'disabled' THEN
    UPDATE staff SET state = 'disabled', invitation_hash = NULL, invited_until = NULL, sessions_from = v_now, changed_at = v_now WHERE id = in_member_id;
  ELSEIF out_outcome = 'undone' THEN
    UPDATE staff SET state = IF(password_phc IS NULL, 'invited', 'active'), changed_at = v_now WHERE id = in_member_id;
  END IF;
END undo_in_team$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE undo_in_team TO doorbuster_owner@localhost;
