-- lock_team: may this caller change this member of staff, and how does the member stand, now and until the end of the transaction? A step, never called alone.
--
-- The caller has opened a transaction that reads what is committed. Locked are all owners of the member's shop, the member and who asks; only then is it read
-- what they may. So of two owners who demote or disable each other at once the second is not allowed any more, and none of them can be the last who goes.
--
-- Sets out_allowed, out_shop_id, out_email, out_role, out_state (NULL: no such member, or another shop's) and out_owners: how many active owners the shop has
-- besides the member. io_actor becomes the name of who asks. Answers nothing.
-- Locks: those members' rows, by number.
-- Called by change_staff_role, disable_staff, enable_staff and reset_staff. Proved by testdata/sql/lock_team.test.

DROP PROCEDURE IF EXISTS lock_team;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE lock_team(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_member_id  BIGINT UNSIGNED,
    INOUT io_actor   VARCHAR(100),
    OUT out_allowed  BOOLEAN,
    OUT out_shop_id  BIGINT UNSIGNED,
    OUT out_email    VARCHAR(254),
    OUT out_role     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    OUT out_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    OUT out_owners   INT
  )
  COMMENT 'Step of the procedures that change members of staff. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
lock_team: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;

  SET out_shop_id = NULL, out_email = NULL, out_role = NULL, out_state = NULL, out_owners = 0;
  CALL check_staff(in_staff_id, 'team', io_actor, v_shop_id, out_allowed);
  IF out_allowed THEN
    SELECT s.shop_id INTO out_shop_id FROM staff s WHERE s.id = in_member_id AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  END IF;
  IF out_shop_id IS NOT NULL THEN
    -- In the order of the index by shop, so that everybody takes them in the same order, and nobody waits for another shop's.
    SELECT COALESCE(SUM(s.role = 'owner' AND s.state = 'active' AND s.id <> in_member_id), 0) INTO out_owners
      FROM staff s FORCE INDEX (staff_by_shop)
     WHERE s.shop_id = out_shop_id AND (s.role = 'owner' OR s.id = in_member_id OR s.id = in_staff_id) FOR UPDATE;
    -- What was true before the locks may be over.
    CALL check_staff(in_staff_id, 'team', io_actor, v_shop_id, out_allowed);
    SELECT s.email, s.role, s.state INTO out_email, out_role, out_state FROM staff s WHERE s.id = in_member_id AND out_allowed;
  END IF;
END lock_team$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE lock_team TO doorbuster_owner@localhost;
