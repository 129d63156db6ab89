-- list_mails: the mails about orders as staff see them, newest first, a page at a time: to whom, about what, what came of it.
--
-- in_state is due, sent, dropped or dead; empty: all. in_before is the number of the last mail of the page before (0 or NULL: the first page).
--
-- Answers up to in_limit rows: id, kind, state, attempts, next_at, answer, made_at, ended_at, order_id, email, language, item_title, time_zone (of the sale).
-- No row also for somebody who may not read. Members see the mails of their shop.
-- A page is read from the end of the primary key, or of the index by state and number, and stops when it is full: of a million mails it touches those that it
-- shows. Mails of other shops are passed over one by one: half a million between two of a small shop's cost it half a second (MariaDB) to three (MySQL).
-- Locks: none.
-- Called by store.ListMails. Proved by testdata/sql/list_mails.test.

DROP PROCEDURE IF EXISTS list_mails;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_mails(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_before   BIGINT UNSIGNED,
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Mails as staff see them, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_mails: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_before BIGINT UNSIGNED DEFAULT COALESCE(NULLIF(in_before, 0), 18446744073709551615);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);

  -- One of the two finds the numbers, each in the order of its index. The shop is asked for mail by mail: a join would let the server sort them all.
  SELECT m.id, m.kind, m.state, m.attempts, m.next_at, m.answer, m.made_at, m.ended_at, m.order_id, u.email, u.language, i.title AS item_title, s.time_zone
    FROM ((SELECT m.id FROM mails m FORCE INDEX (PRIMARY)
            WHERE v_allowed AND in_state = '' AND m.id < v_before
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = m.order_id))
            ORDER BY m.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT m.id FROM mails m FORCE INDEX (mails_by_state)
            WHERE v_allowed AND m.state = in_state AND m.id < v_before
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = m.order_id))
            ORDER BY m.id DESC LIMIT in_limit)) f
    JOIN mails m ON m.id = f.id JOIN users u ON u.id = m.user_id JOIN orders o ON o.id = m.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   ORDER BY m.id DESC;
END list_mails$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_mails TO doorbuster_admin@'%';
