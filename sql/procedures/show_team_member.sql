-- show_team_member: one member of a shop's staff, as list_team shows all of them. show_staff is what the console needs to know of who asks; this is what an
-- owner may know of another.
--
-- Answers at most one row, with the columns of list_team. No row also for another shop's member and for somebody who may not change the team.
-- Locks: none.
-- Called by store.TeamMember. Proved by testdata/sql/show_team_member.test.

DROP PROCEDURE IF EXISTS show_team_member;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_team_member(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_member_id BIGINT UNSIGNED
  )
  COMMENT 'A member of staff, for an owner. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_team_member: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'team', v_actor, v_shop_id, v_allowed);
  SELECT s.id, s.email, s.name, s.role, s.state, s.totp_secret IS NOT NULL AS has_second_factor,
         (SELECT COUNT(*) FROM staff_recovery_codes c WHERE c.staff_id = s.id AND c.used_at IS NULL) AS codes_left,
         s.signed_in_at, s.invited_until, COALESCE(s.invited_until > v_now, FALSE) AS link_holds, s.created_at, s.changed_at
    FROM staff s
   WHERE s.id = in_member_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_team_member$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_team_member TO doorbuster_admin@'%';
