-- list_access_codes: the access codes of a sale, newest first, a page at a time.
--
-- A code is worth a place in front of everybody: only who may change sales reads them (count_access_codes tells the others how many there are).
-- in_before is the number of the last code of the page before (0 or NULL: the first page).
--
-- Answers up to in_limit rows: id, code, uses_allowed, uses, made_at, made_by, revoked_at. No row also for another shop's sale and for who may not.
-- A page is read from the end of access_codes_in_order and stops when it is full.
-- Locks: none.
-- Called by store.ListAccessCodes. Proved by testdata/sql/list_access_codes.test.

DROP PROCEDURE IF EXISTS list_access_codes;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_access_codes(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Access codes of a sale, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_access_codes: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_before BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before, 0), 18446744073709551615);

  CALL check_staff(in_staff_id, 'sell', v_actor, v_shop_id, v_allowed);
  SELECT c.id, c.code, c.uses_allowed, c.uses, c.made_at, c.made_by, c.revoked_at
    FROM sales s JOIN access_codes c FORCE INDEX (access_codes_in_order) ON c.sale_id = s.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id) AND c.id < v_before
   ORDER BY c.id DESC LIMIT in_limit;
END list_access_codes$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_access_codes TO doorbuster_admin@'%';
