-- reset_staff: a member who has lost the second factor, or the password, begins anew by a link, as if just invited. Role and shop stay.
--
-- Until the link is followed nobody can sign in as the member; sessions that are open end at once. A disabled member stays so.
--
-- Outcomes, first match wins:
--   not_allowed    the caller has no right to change the team
--   no_such_staff  no active or invited member has this address, or it is another shop's
--   yourself       a member does not reset the own sign-in: whoever loses the link would be out
--   invited        the link holds for in_lasts_seconds from now
--
-- Answers one row: outcome, staff_id (NULL unless invited). in_email is lower case; in_token_hash is the SHA-256 of the secret in the link.
-- Locks: by lock_team: two owners who reset each other at once would leave nobody to help them.
-- Called by store.ResetStaff. Proved by testdata/sql/reset_staff.test and lock_team.test.

DROP PROCEDURE IF EXISTS reset_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE reset_staff(
    IN in_staff_id      BIGINT UNSIGNED,
    IN in_actor         VARCHAR(100),
    IN in_email         VARCHAR(254),
    IN in_token_hash    BINARY(32),
    IN in_lasts_seconds INT UNSIGNED,
    IN in_reason        VARCHAR(200)
  )
  COMMENT 'Lets a member set password and second factor anew. Returns one row: outcome, staff_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
reset_staff: BEGIN
  DECLARE v_shop_id, v_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_email VARCHAR(254);
  DECLARE v_outcome, v_role, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_owners INT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_id FROM staff WHERE email = in_email;
  CALL lock_team(in_staff_id, v_id, in_actor, v_allowed, v_shop_id, v_email, v_role, v_state, v_owners);
  SET v_now = UTC_TIMESTAMP(6), v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN COALESCE(v_state = 'disabled', TRUE) THEN 'no_such_staff'
    WHEN v_id = in_staff_id THEN 'yourself'
    ELSE 'invited' END;
  IF v_outcome = 'invited' THEN
    -- A missing hash violates staff_invitation_ends: nobody is left without a link.
    UPDATE staff
       SET state = 'invited', password_phc = NULL, totp_secret = NULL, totp_step = 0, invitation_hash = in_token_hash,
           invited_until = IF(in_token_hash IS NULL, v_now, v_now + INTERVAL in_lasts_seconds SECOND), sessions_from = v_now, changed_at = v_now
     WHERE id = v_id;
    DELETE FROM staff_recovery_codes WHERE staff_id = v_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, became)
    VALUES (NULL, v_shop_id, 'staff_reset', LEFT(CONCAT(in_email, ' (', v_role, '): from ', v_state, ' to invited'), 300), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('member ', v_id, ' state'), 'invited');
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome = 'invited', v_id, NULL) AS staff_id;
END reset_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE reset_staff TO doorbuster_admin@'%';
