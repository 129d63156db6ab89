-- show_staff: an active member of staff, as the console needs it for each request: who it is, and from when on sessions count. No row: nobody who may be here.
--
-- totp_secret is sealed by the console; NULL: the member has no second factor yet. codes_left counts the recovery codes that were not used.
-- Answers at most one row: id, shop_id, email, name, role, totp_secret, codes_left, sessions_from.
-- Locks: none.
-- Called by store.StaffMember. Proved by testdata/sql/show_staff.test.

DROP PROCEDURE IF EXISTS show_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_staff(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'An active member of staff. Returns at most one row: id, shop_id, email, name, role, totp_secret, codes_left, sessions_from.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_staff: BEGIN
  SELECT s.id, s.shop_id, s.email, s.name, s.role, s.totp_secret,
         (SELECT COUNT(*) FROM staff_recovery_codes c WHERE c.staff_id = s.id AND c.used_at IS NULL) AS codes_left, s.sessions_from
    FROM staff s WHERE s.id = in_staff_id AND s.state = 'active';
END show_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_staff TO doorbuster_admin@'%';
