-- use_totp_step: a member signs in with a code of the second factor. The console has checked the code; here its time step is taken, once for ever, so a
-- code that somebody has looked at over a shoulder or caught on the way is worth nothing.
--
-- Outcomes, first match wins:
--   no_such_staff  no active member of this number has a second factor
--   replayed       a code of this time step, or of a later one, was taken before; the next one will do
--   used           signed_in_at says from when on the member is signed in
--
-- Answers one row: outcome, signed_in_at (NULL unless used).
-- Locks: the member's row. The condition of the UPDATE decides between two who come with one code.
-- Called by store.UseTOTPStep. Proved by testdata/sql/use_totp_step.test.

DROP PROCEDURE IF EXISTS use_totp_step;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE use_totp_step(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_step     BIGINT UNSIGNED
  )
  COMMENT 'Takes a time step of a member''s second factor, once. Returns one row: outcome, signed_in_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
use_totp_step: BEGIN
  DECLARE v_name VARCHAR(80);
  DECLARE v_used BOOLEAN;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE staff SET totp_step = in_step WHERE id = in_staff_id AND state = 'active' AND totp_secret IS NOT NULL AND totp_step < in_step;
  SET v_used = ROW_COUNT() = 1;
  SELECT name INTO v_name FROM staff WHERE id = in_staff_id AND state = 'active' AND totp_secret IS NOT NULL;
  IF v_used THEN
    SET v_now = UTC_TIMESTAMP(6);
    UPDATE staff SET signed_in_at = v_now WHERE id = in_staff_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM staff WHERE id = in_staff_id), 'signed_in', 'with a code', '', v_name, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN v_name IS NULL THEN 'no_such_staff' WHEN NOT v_used THEN 'replayed' ELSE 'used' END AS outcome, v_now AS signed_in_at;
END use_totp_step$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE use_totp_step TO doorbuster_admin@'%';
