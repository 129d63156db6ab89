-- list_team: the members of a shop's staff, in the order in which they were invited, a page at a time; those who are disabled too.
--
-- in_after is the number of the last member of the page before (NULL or 0: the first page). An operator sees the members of every shop.
-- Answers up to in_limit rows: id, email, name, role, state, has_second_factor, codes_left (recovery codes that were not used), signed_in_at (NULL: never),
-- invited_until (NULL: no link), link_holds, created_at, changed_at. No row also for somebody who may not change the team.
-- Locks: none.
-- Called by store.ListTeam. Proved by testdata/sql/list_team.test.

DROP PROCEDURE IF EXISTS list_team;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_team(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_after    BIGINT UNSIGNED,
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Members of staff. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_team: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'team', v_actor, v_shop_id, v_allowed);
  SELECT s.id, s.email, s.name, s.role, s.state, s.totp_secret IS NOT NULL AS has_second_factor,
         (SELECT COUNT(*) FROM staff_recovery_codes c WHERE c.staff_id = s.id AND c.used_at IS NULL) AS codes_left,
         s.signed_in_at, s.invited_until, COALESCE(s.invited_until > v_now, FALSE) AS link_holds, s.created_at, s.changed_at
    FROM staff s
   WHERE s.id > COALESCE(in_after, 0) AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY s.id LIMIT in_limit;
END list_team$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_team TO doorbuster_admin@'%';
