-- use_recovery_code: a member whose second factor is lost signs in with a recovery code, each of which counts once.
--
-- Outcomes, first match wins:
--   no_such_code  no active member of this number has such a code, or it was used
--   used          signed_in_at says from when on the member is signed in, codes_left how many codes are left
--
-- Answers one row: outcome, signed_in_at (NULL unless used), codes_left (0 unless used).
-- Locks: the member's row, then the code. The condition of the UPDATE decides between two who come with one code.
-- Called by store.UseRecoveryCode. Proved by testdata/sql/use_recovery_code.test.

DROP PROCEDURE IF EXISTS use_recovery_code;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE use_recovery_code(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_code_hash BINARY(32)
  )
  COMMENT 'Takes a recovery code, once. Returns one row: outcome, signed_in_at, codes_left.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
use_recovery_code: BEGIN
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_name VARCHAR(80);
  DECLARE v_left INT DEFAULT 0;
  DECLARE v_used BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, name INTO v_id, v_name FROM staff WHERE id = in_staff_id AND state = 'active' FOR UPDATE;
  UPDATE staff_recovery_codes SET used_at = UTC_TIMESTAMP(6) WHERE staff_id = v_id AND code_hash = in_code_hash AND used_at IS NULL;
  IF ROW_COUNT() = 1 THEN
    SET v_used = TRUE, v_now = UTC_TIMESTAMP(6);
    UPDATE staff SET signed_in_at = v_now WHERE id = v_id;
    SELECT COUNT(*) INTO v_left FROM staff_recovery_codes WHERE staff_id = v_id AND used_at IS NULL;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM staff WHERE id = v_id), 'recovery_code_used', CONCAT('from ', v_left + 1, ' codes to ', v_left), '', v_name, v_id, v_now);
  END IF;
  COMMIT;

  SELECT IF(v_used, 'used', 'no_such_code') AS outcome, v_now AS signed_in_at, v_left AS codes_left;
END use_recovery_code$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE use_recovery_code TO doorbuster_admin@'%';
