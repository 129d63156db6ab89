-- make_access_codes: codes that let shoppers into a sale before everybody.
--
-- in_codes is a JSON list of texts, at most 10,000, each of 4 to 32 capital letters and digits; each lets in in_uses shoppers (1 to 1,000,000).
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_sale  no sale of this number, or another shop's
--   over          the sale was ended or its end has passed
--   too_many      the sale would have more than 100,000 codes
--   code_taken    the sale has one of these already, or one stands twice in the list; nothing was made
--   made          they are good from now on
--
-- Answers one row: outcome, codes_made.
-- Locks: the sale, in share mode: orders go on, but it is neither discarded nor ended meanwhile. Then the new codes.
-- Called by store.MakeAccessCodes. Proved by testdata/sql/make_access_codes.test.

DROP PROCEDURE IF EXISTS make_access_codes;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE make_access_codes(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_codes    LONGTEXT,
    IN in_uses     INT UNSIGNED,
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Makes access codes of a sale. Returns one row: outcome, codes_made.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
make_access_codes: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_first_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_codes, v_there INT DEFAULT 0;
  DECLARE v_closes_at, v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'code_taken' AS outcome, 0 AS codes_made; END;

  SET v_codes = IF(in_codes LIKE '[%', JSON_LENGTH(in_codes), 0);
  IF v_codes NOT BETWEEN 1 AND 10000 OR COALESCE(in_uses NOT BETWEEN 1 AND 1000000, TRUE) THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'make_access_codes: not a list of 1 to 10000 codes, for 1 to 1000000 shoppers each';
  END IF;
  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, closes_at, shop_id INTO v_state, v_closes_at, v_shop_id
    FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) LOCK IN SHARE MODE;
  SELECT COUNT(*) INTO v_there FROM access_codes WHERE sale_id = in_sale_id AND v_state IS NOT NULL;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed                             THEN 'not_allowed'
    WHEN v_state IS NULL                           THEN 'no_such_sale'
    WHEN v_state = 'ended' OR v_now >= v_closes_at THEN 'over'
    WHEN v_there + v_codes > 100000                THEN 'too_many'
    ELSE 'made' END;
  IF v_outcome = 'made' THEN
    INSERT INTO access_codes (sale_id, code, uses_allowed, made_at, made_by)
    SELECT in_sale_id, r.code, in_uses, v_now, in_actor
      FROM JSON_TABLE(in_codes, '$[*]' COLUMNS (code VARCHAR(33) PATH '$')) r;
    SET v_first_id = LAST_INSERT_ID();
    -- The log is read by people who may not see codes: it speaks of them by number.
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (in_sale_id, v_shop_id, 'codes_made', IF(v_codes = 1, CONCAT('code ', v_first_id, ' for ', in_uses, IF(in_uses = 1, ' shopper', ' shoppers')),
            CONCAT(v_codes, ' codes for ', in_uses, IF(in_uses = 1, ' shopper', ' shoppers'), ' each')), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome = 'made', v_codes, 0) AS codes_made;
END make_access_codes$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE make_access_codes TO doorbuster_admin@'%';
