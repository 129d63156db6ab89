-- find_last_mail: the last mail about an order, for having it sent again with many others.
--
-- Answers at most one row: id, kind, state, ended_at (NULL: it is on its way). No row: nobody was written about it, no such order, another shop's, or somebody who may not read.
-- Locks: none.
-- Called by store.FindLastMail. Proved by testdata/sql/find_last_mail.test.

DROP PROCEDURE IF EXISTS find_last_mail;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE find_last_mail(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_order_id BINARY(16)
  )
  COMMENT 'The last mail about an order. Returns at most one row: id, kind, state, ended_at.'
  READS SQL DATA
  SQL SECURITY DEFINER
find_last_mail: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT m.id, m.kind, m.state, m.ended_at
    FROM mails m JOIN orders o ON o.id = m.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE m.order_id = in_order_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id)
   ORDER BY m.id DESC LIMIT 1;
END find_last_mail$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE find_last_mail TO doorbuster_admin@'%';
