-- list_payments: the payments of a shop's orders as staff see them, newest first, a page at a time.
--
-- in_filter is one of
-- · all:       every payment; empty is the same
-- · waiting:   started or authorised: nobody knows yet how it ends
-- · unknown:   somebody must look after it, and it has not moved for more than 15 minutes: what show_alarms counts as unsettled
-- · failed:    nothing was taken
-- · returning: the money has to go back
-- · returned:  it went back
-- · done:      it was taken
-- in_before is the number of the last payment of the page before (NULL: the first page). Numbers are UUIDv7: later ones are greater.
--
-- Answers up to in_limit rows: payment_id, order_id, provider, reference, amount_cents, currency, state, reason, started_at, changed_at, captured_at, ask_at,
-- asked, order_state, hold_expires_at, item_id, item_title, sale_id, sale_title, time_zone (of the sale), database_time. No row also for somebody who may not
-- read, and for another filter.
-- A page is read from the end of the primary key, or of the index by state and number, and stops when it is full; payments of other shops are passed over one
-- by one, as by list_mails.
-- Locks: none.
-- Called by store.ListPayments. Proved by testdata/sql/list_payments.test.

DROP PROCEDURE IF EXISTS list_payments;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_payments(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_filter   VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_before   BINARY(16),
    IN in_limit    SMALLINT UNSIGNED
  )
  COMMENT 'Payments as staff see them, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_payments: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_before BINARY(16) DEFAULT COALESCE(in_before, X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF');
  DECLARE v_one, v_two, v_three VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_until DATETIME(6) DEFAULT IF(in_filter = 'unknown', v_now - INTERVAL 15 MINUTE, '9999-12-31');

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET v_one = CASE in_filter WHEN 'waiting' THEN 'started' WHEN 'unknown' THEN 'started' WHEN 'failed' THEN 'failed' WHEN 'returning' THEN 'refunding'
                             WHEN 'returned' THEN 'refunded' WHEN 'done' THEN 'captured' END,
      v_two = IF(in_filter IN ('waiting', 'unknown'), 'authorised', NULL), v_three = IF(in_filter = 'unknown', 'refunding', NULL);

  -- Each finds numbers in the order of its index. The shop is asked for payment by payment: a join would let the server sort them all.
  SELECT p.id AS payment_id, p.order_id, p.provider, p.reference, p.amount_cents, p.currency, p.state, p.reason, p.started_at, p.changed_at, p.captured_at, p.ask_at,
         p.asked, o.state AS order_state, o.hold_expires_at, i.id AS item_id, i.title AS item_title, s.id AS sale_id, s.title AS sale_title, s.time_zone,
         v_now AS database_time
    FROM ((SELECT p.id FROM payments p FORCE INDEX (PRIMARY)
            WHERE v_allowed AND in_filter IN ('', 'all') AND p.id < v_before AND p.changed_at < v_until
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = p.order_id))
            ORDER BY p.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT p.id FROM payments p FORCE INDEX (payments_by_state)
            WHERE v_allowed AND p.state = v_one AND p.id < v_before AND p.changed_at < v_until
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = p.order_id))
            ORDER BY p.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT p.id FROM payments p FORCE INDEX (payments_by_state)
            WHERE v_allowed AND p.state = v_two AND p.id < v_before AND p.changed_at < v_until
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = p.order_id))
            ORDER BY p.id DESC LIMIT in_limit)
           UNION ALL
          (SELECT p.id FROM payments p FORCE INDEX (payments_by_state)
            WHERE v_allowed AND p.state = v_three AND p.id < v_before AND p.changed_at < v_until
              AND (v_shop_id IS NULL OR v_shop_id = (SELECT s.shop_id FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
                                                     WHERE o.id = p.order_id))
            ORDER BY p.id DESC LIMIT in_limit)) f
    JOIN payments p ON p.id = f.id JOIN orders o ON o.id = p.order_id JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   ORDER BY p.id DESC LIMIT in_limit;
END list_payments$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_payments TO doorbuster_admin@'%';
