-- invite_staff: somebody may join a shop's staff by a link that is sent to them; whoever was invited before gets a new link, and the old one is void.
--
-- in_token_hash is the SHA-256 of the secret in the link, which only the mail carries. A member invites into the own shop, whatever in_shop_id says; an
-- operator into in_shop_id. That an address is taken is said of other shops too: it can sign in to one only.
--
-- Outcomes, first match wins:
--   not_allowed  the caller has no right to change the team
--   email_taken  a member has this address, or had it before being disabled, or another shop has invited it; nothing changes
--   invited      the link holds for in_lasts_seconds from now
--
-- Answers one row: outcome, staff_id (NULL unless invited). in_email is lower case.
-- Locks: the row of the invited.
-- Called by store.InviteStaff. Proved by testdata/sql/invite_staff.test.

DROP PROCEDURE IF EXISTS invite_staff;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE invite_staff(
    IN in_staff_id      BIGINT UNSIGNED,
    IN in_actor         VARCHAR(100),
    IN in_shop_id       BIGINT UNSIGNED,
    IN in_email         VARCHAR(254),
    IN in_name          VARCHAR(80),
    IN in_role          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_token_hash    BINARY(32),
    IN in_lasts_seconds INT UNSIGNED
  )
  COMMENT 'Invites somebody to a shop''s staff. Returns one row: outcome, staff_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
invite_staff: BEGIN
  DECLARE v_shop_id, v_id BIGINT UNSIGNED;
  DECLARE v_allowed, v_open BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  CALL check_staff(in_staff_id, 'team', in_actor, v_shop_id, v_allowed);
  IF v_allowed THEN
    SET v_now = UTC_TIMESTAMP(6), v_shop_id = IF(in_staff_id IS NULL, in_shop_id, v_shop_id);
    SELECT id INTO v_id FROM staff WHERE email = in_email;
    IF v_id IS NULL THEN
      -- Two invitations of one address at once: the second finds the row of the first here.
      INSERT INTO staff (shop_id, email, name, role, state, sessions_from, created_at, changed_at)
      VALUES (v_shop_id, in_email, in_name, in_role, 'invited', v_now, v_now, v_now)
          ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
      SET v_id = LAST_INSERT_ID();
    END IF;
    SELECT state = 'invited' AND shop_id <=> v_shop_id INTO v_open FROM staff WHERE id = v_id FOR UPDATE;
  END IF;
  IF v_open THEN
    -- A missing hash or time violates staff_invitation_ends: nobody is left invited without a link.
    UPDATE staff
       SET name = in_name, role = in_role, invitation_hash = in_token_hash,
           invited_until = IF(in_token_hash IS NULL, v_now, v_now + INTERVAL in_lasts_seconds SECOND), sessions_from = v_now, changed_at = v_now
     WHERE id = v_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, v_shop_id, 'staff_invited', CONCAT(in_email, ' as ', in_role), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN NOT v_open THEN 'email_taken' ELSE 'invited' END AS outcome, IF(v_open, v_id, NULL) AS staff_id;
END invite_staff$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE invite_staff TO doorbuster_admin@'%';
