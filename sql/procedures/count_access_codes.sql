-- count_access_codes: how many access codes a sale has and how many shoppers came in with them, without naming a code.
--
-- Answers at most one row: codes, open_codes (that could let somebody in), uses_allowed, uses (of all, also of revoked ones: the members of the sale). Sums over all its codes.
-- No row: no such sale, another shop's, or somebody who may not read.
-- Locks: none.
-- Called by store.CountAccessCodes. Proved by testdata/sql/count_access_codes.test.

DROP PROCEDURE IF EXISTS count_access_codes;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE count_access_codes(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'How many access codes a sale has. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
count_access_codes: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT COUNT(c.id) AS codes, COALESCE(SUM(c.revoked_at IS NULL AND c.uses < c.uses_allowed), 0) AS open_codes,
         COALESCE(SUM(c.uses_allowed), 0) AS uses_allowed, COALESCE(SUM(c.uses), 0) AS uses
    FROM sales s LEFT JOIN access_codes c ON c.sale_id = s.id
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   GROUP BY s.id;
END count_access_codes$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE count_access_codes TO doorbuster_admin@'%';
