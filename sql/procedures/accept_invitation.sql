-- accept_invitation: whoever holds the link sets a password and is a member of staff from now on. The link is used up.
--
-- Outcomes, first match wins:
--   no_such_invitation  there is no such link, or it was used, replaced, or has run out by the database's clock
--   joined              the member may sign in with in_password_phc, an argon2id hash, never a password
--
-- Answers one row: outcome, staff_id (NULL unless joined).
-- Locks: the member's row, by its number: whoever looked for it by the hash under a lock could meet invite_staff, which replaces the hash, in a deadlock.
-- Called by store.AcceptInvitation. Proved by testdata/sql/accept_invitation.test.

DROP PROCEDURE IF EXISTS accept_invitation;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE accept_invitation(
    IN in_token_hash   BINARY(32),
    IN in_password_phc VARCHAR(255)
  )
  COMMENT 'Makes an active member of who was invited. Returns one row: outcome, staff_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
accept_invitation: BEGIN
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_name VARCHAR(80);
  DECLARE v_detail VARCHAR(300);
  DECLARE v_until, v_now DATETIME(6);
  DECLARE v_holds BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_id FROM staff WHERE invitation_hash = in_token_hash;
  IF v_id IS NOT NULL THEN
    -- Looked at again under the lock: of two who press at once one joins.
    SELECT name, CONCAT(email, ' (', role, '): from ', state, ' to active'), invited_until, invitation_hash <=> in_token_hash AND state = 'invited'
      INTO v_name, v_detail, v_until, v_holds FROM staff WHERE id = v_id FOR UPDATE;
    SET v_now = UTC_TIMESTAMP(6), v_holds = v_holds AND v_until > v_now;
  END IF;
  IF v_holds THEN
    UPDATE staff SET state = 'active', password_phc = in_password_phc, invitation_hash = NULL, invited_until = NULL, changed_at = v_now WHERE id = v_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, became)
    VALUES (NULL, (SELECT shop_id FROM staff WHERE id = v_id), 'staff_joined', v_detail, '', v_name, v_id, v_now,
            CONCAT('member ', v_id, ' state'), 'active');
  END IF;
  COMMIT;

  SELECT IF(v_holds, 'joined', 'no_such_invitation') AS outcome, IF(v_holds, v_id, NULL) AS staff_id;
END accept_invitation$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE accept_invitation TO doorbuster_admin@'%';
