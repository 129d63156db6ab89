-- check_staff: may this caller do this, for which shop, and under which name does it stand in the log? A step, never called alone.
--
-- in_staff_id NULL is an operator at the command line, who has the password of the admin account: everything is allowed, in every shop, and io_actor
-- stays the name that he gave. Else the member must be active and the role must have the right; io_actor becomes the member's name.
--
--   right owner  merchant  viewer  auditor
-- · read   yes    yes       yes     yes      looks at everything but the team's log
-- · sell   yes    yes       -       -        changes sales, stock, orders, messages, switches
-- · team   yes    -         -       -        invites and changes members
-- · log    yes    -         -       yes      reads the activity log
--
-- Sets out_shop_id (NULL: every shop) and out_allowed. Answers nothing.
-- Locks: none: who is disabled this instant may still finish what was begun.
-- Called by the procedures of the console. Proved by testdata/sql/check_staff.test.

DROP PROCEDURE IF EXISTS check_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE check_staff(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_right      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    INOUT io_actor   VARCHAR(100),
    OUT out_shop_id  BIGINT UNSIGNED,
    OUT out_allowed  BOOLEAN
  )
  COMMENT 'Step of the procedures of the console: what a member of staff may do. Returns nothing.'
  READS SQL DATA
  SQL SECURITY DEFINER
check_staff: BEGIN
  DECLARE v_role VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_name VARCHAR(80);

  SET out_shop_id = NULL, out_allowed = in_staff_id IS NULL;
  IF NOT out_allowed THEN
    SELECT role, name, shop_id INTO v_role, v_name, out_shop_id FROM staff WHERE id = in_staff_id AND state = 'active';
    SET out_allowed = COALESCE(CASE in_right
      WHEN 'read' THEN v_role IN ('owner', 'merchant', 'viewer', 'auditor')
      WHEN 'sell' THEN v_role IN ('owner', 'merchant')
      WHEN 'team' THEN v_role = 'owner'
      WHEN 'log'  THEN v_role IN ('owner', 'auditor') END, FALSE);
    SET io_actor = v_name;
  END IF;
END check_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE check_staff TO doorbuster_owner@localhost;
