-- show_membership: whether a shopper may buy in a sale before everybody.
--
-- Answers at most one row: joined_at. No row: the shopper is no member of this sale, or there is no such sale. Asked where a shopper looks at the page of the code,
-- never for a press: place_orders decides.
-- Locks: none.
-- Called by store.ShowMembership. Proved by testdata/sql/show_membership.test.

DROP PROCEDURE IF EXISTS show_membership;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_membership(
    IN in_user_id BIGINT UNSIGNED,
    IN in_sale_id BIGINT UNSIGNED
  )
  COMMENT 'Whether a shopper is a member of a sale. Returns at most one row: joined_at.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_membership: BEGIN
  SELECT joined_at FROM sale_members WHERE sale_id = in_sale_id AND user_id = in_user_id;
END show_membership$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_membership TO doorbuster_web@'%';
