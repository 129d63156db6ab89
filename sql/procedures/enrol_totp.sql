-- enrol_totp: a member sets up the second factor, once, with the first code that it gave. Recovery codes come with it and replace any older ones.
--
-- in_totp_secret is sealed by the console. in_step is the time step of that first code, so that it cannot be used a second time. in_code_hashes is a JSON
-- list of 1 to 20 SHA-256 in hexadecimal.
--
-- Outcomes, first match wins:
--   no_such_staff     no active member of this number
--   already_enrolled  there is a second factor already, of another window perhaps; nothing changes
--   enrolled          signed_in_at says from when on the member is signed in
--
-- Answers one row: outcome, signed_in_at (NULL unless enrolled).
-- Locks: the member's row, then the recovery codes.
-- Called by store.EnrolTOTP. Proved by testdata/sql/enrol_totp.test.

DROP PROCEDURE IF EXISTS enrol_totp;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE enrol_totp(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_totp_secret VARBINARY(200),
    IN in_step        BIGINT UNSIGNED,
    IN in_code_hashes LONGTEXT
  )
  COMMENT 'Sets a member''s second factor and recovery codes. Returns one row: outcome, signed_in_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
enrol_totp: BEGIN
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_name VARCHAR(80);
  DECLARE v_codes INT;
  DECLARE v_has_one BOOLEAN;
  DECLARE v_now DATETIME(6);
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  IF COALESCE(LENGTH(in_totp_secret), 0) = 0 OR IF(in_code_hashes LIKE '[%', JSON_LENGTH(in_code_hashes), -1) NOT BETWEEN 1 AND 20 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'enrol_totp: no secret, or not a list of 1 to 20 recovery codes';
  END IF;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, name, totp_secret IS NOT NULL INTO v_id, v_name, v_has_one FROM staff WHERE id = in_staff_id AND state = 'active' FOR UPDATE;
  SET v_outcome = CASE WHEN v_id IS NULL THEN 'no_such_staff' WHEN v_has_one THEN 'already_enrolled' ELSE 'enrolled' END;
  IF v_outcome = 'enrolled' THEN
    SET v_now = UTC_TIMESTAMP(6);
    UPDATE staff SET totp_secret = in_totp_secret, totp_step = in_step, signed_in_at = v_now, changed_at = v_now WHERE id = v_id;
    DELETE FROM staff_recovery_codes WHERE staff_id = v_id;
    -- Read a little longer than it may be: what has not 64 digits becomes NULL, which the column refuses; it would be filled up or cut off otherwise.
    INSERT INTO staff_recovery_codes (staff_id, code_hash)
    SELECT v_id, IF(CHAR_LENGTH(j.code_hash) = 64, UNHEX(j.code_hash), NULL) FROM JSON_TABLE(in_code_hashes, '$[*]' COLUMNS (code_hash VARCHAR(65) PATH '$')) j;
    SET v_codes = ROW_COUNT();
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM staff WHERE id = v_id), 'second_factor_set', CONCAT(v_codes, ' recovery codes'), '', v_name, v_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_now AS signed_in_at;
END enrol_totp$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE enrol_totp TO doorbuster_admin@'%';
