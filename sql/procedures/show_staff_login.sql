-- show_staff_login: what is needed to check the password of a member of staff. No row: no active member has this address.
--
-- Answers at most one row: staff_id, password_phc. in_email is lower case.
-- Locks: none.
-- Called by store.StaffLogin. Proved by testdata/sql/show_staff_login.test.

DROP PROCEDURE IF EXISTS show_staff_login;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_staff_login(
    IN in_email VARCHAR(254)
  )
  COMMENT 'Login of an active member of staff. Returns at most one row: staff_id, password_phc, sessions_from.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_staff_login: BEGIN
  SELECT id AS staff_id, password_phc, sessions_from FROM staff WHERE email = in_email AND state = 'active';
END show_staff_login$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_staff_login TO doorbuster_admin@'%';
