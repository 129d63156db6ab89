-- show_mail: one mail as staff see it, with everything that stands in it if it is written now.
--
-- Answers one row: the columns of list_mails, then units, unit_price_cents, currency, hold_expires_at (NULL unless the order is held), item_id, name, and
-- reason (as by take_due_mails: why the money goes back, only of returning and returned; else empty). No row: there is no mail of this number, it is another
-- shop's, or the member may not read; the three are not told apart.
-- Locks: none.
-- Called by store.ShowMail. Proved by testdata/sql/show_mail.test.

DROP PROCEDURE IF EXISTS show_mail;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_mail(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_mail_id  BIGINT UNSIGNED
  )
  COMMENT 'One mail as staff see it, with what stands in it. Returns one row or none.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_mail: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);

  SELECT m.id, m.kind, m.state, m.attempts, m.next_at, m.answer, m.made_at, m.ended_at, m.order_id, u.email, u.language, i.title AS item_title, s.time_zone,
         o.units, o.unit_price_cents, i.currency, o.hold_expires_at, i.id AS item_id, u.name,
         IF(m.kind IN ('returning', 'returned'),
            COALESCE((SELECT p.reason FROM payments p WHERE p.order_id = o.id AND p.state IN ('refunding', 'refunded') ORDER BY p.id DESC LIMIT 1), ''), '') AS reason
    FROM mails m JOIN users u ON u.id = m.user_id JOIN orders o ON o.id = m.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE m.id = in_mail_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_mail$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_mail TO doorbuster_admin@'%';
