-- revoke_access_code: a code lets nobody in any more. Who came in with it stays a member.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change sales
--   no_such_code     no code of this number in this sale, or another shop's
--   already_revoked  revoked before; nothing changed
--   revoked          it lets nobody in any more: also nobody who shows it now and has not been answered yet
--
-- Answers one row: outcome.
-- Locks: the code.
-- Called by store.RevokeAccessCode. Proved by testdata/sql/revoke_access_code.test.

DROP PROCEDURE IF EXISTS revoke_access_code;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE revoke_access_code(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_code_id  BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Revokes an access code. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
revoke_access_code: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_uses, v_uses_allowed INT UNSIGNED;
  DECLARE v_revoked_at DATETIME(6);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, shop_id INTO v_sale_id, v_shop_id FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id);
  SELECT uses, uses_allowed, revoked_at INTO v_uses, v_uses_allowed, v_revoked_at FROM access_codes WHERE id = in_code_id AND sale_id = v_sale_id FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed            THEN 'not_allowed'
    WHEN v_uses IS NULL           THEN 'no_such_code'
    WHEN v_revoked_at IS NOT NULL THEN 'already_revoked'
    ELSE 'revoked' END;
  IF v_outcome = 'revoked' THEN
    UPDATE access_codes SET revoked_at = v_now WHERE id = in_code_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, v_shop_id, 'code_revoked', CONCAT('code ', in_code_id, ', which had let in ', v_uses, ' of ', v_uses_allowed), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END revoke_access_code$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE revoke_access_code TO doorbuster_admin@'%';
