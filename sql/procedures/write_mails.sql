-- write_mails: events that shoppers want to know become mails. A step, never called alone.
--
-- One mail per event, known by the event's number. Nobody is written to who has no address, about orders taken again (the mail that they are
-- paid follows), or about more time (the shopper has just asked for it).
-- The caller holds the lock of its lease and has added the events behind in_after_seq.
-- Locks: the new mails. Answers nothing.
-- Called by relay_outbox. Proved by testdata/sql/write_mails.test.

DROP PROCEDURE IF EXISTS write_mails;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE write_mails(
    IN in_after_seq BIGINT UNSIGNED,
    IN in_now       DATETIME(6)
  )
  COMMENT 'Step of relay_outbox: writes the mails about new events. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
write_mails: BEGIN
  INSERT INTO mails (source, kind, order_id, user_id, state, attempts, tries, next_at, answer, made_at)
  SELECT e.event_id,
         CASE e.kind WHEN 'order_placed'      THEN IF(s.takes_payment, 'held', 'paid')
                     WHEN 'order_paid'        THEN 'paid'
                     WHEN 'order_expired'     THEN 'expired'
                     WHEN 'order_cancelled'   THEN 'cancelled'
                     WHEN 'order_refunded'    THEN 'refunded'
                     WHEN 'payment_returning' THEN 'returning'
                     ELSE 'returned' END,
         e.order_id, o.user_id, 'due', 0, 0, in_now, '', e.made_at
    FROM events e
    JOIN orders o ON o.id = e.order_id
    JOIN users u  ON u.id = o.user_id
    JOIN items i  ON i.id = o.item_id
    JOIN sales s  ON s.id = i.sale_id
   WHERE e.seq > in_after_seq AND u.email <> '' AND e.kind NOT IN ('order_retaken', 'order_extended')
   ORDER BY e.seq;
END write_mails$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE write_mails TO doorbuster_owner@localhost;
