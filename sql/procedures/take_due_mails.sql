-- take_due_mails: which mails have to be sent now, with everything that stands in them. A taken one is put off by two minutes: if nobody notes what came of it
-- (the worker was killed), it is sent again, with the same number.
--
-- What has become untrue or too old is dropped instead: "it is held for you" after the hold has ended or the order was paid, a warning after the hold
-- was made longer, and everything that happened more than a day ago. So a mail server that comes back after a week, or is set up after the
-- sale, does not tell old stories.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  no mail is due
--   dropped  all that were due were dropped; call again
--   due      one row per mail
--
-- Answers: outcome, mail_id, attempt, kind, made_at, language, email, name, order_id, units, unit_price_cents, currency, hold_expires_at, item_id,
-- item_title, time_zone, reason (why the money goes back, only of returning and returned; else empty); all but outcome NULL unless due.
-- Locks: the lease, then the mails in the order of their numbers.
-- Called by store.TakeDueMails. Proved by testdata/sql/take_due_mails.test.

DROP PROCEDURE IF EXISTS take_due_mails;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_due_mails(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Takes up to in_limit mails to send. Returns one row per mail, at least one: outcome, mail_id, attempt, and what stands in it.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_due_mails: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_found, v_dropped INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS due_mails (mail_id BIGINT UNSIGNED NOT NULL PRIMARY KEY, untrue VARCHAR(100) CHARACTER SET ascii NULL,
                                                  hold_expires_at DATETIME(6) NULL) ENGINE = MEMORY;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'send_mails' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  DELETE FROM due_mails;
  IF v_fence = in_fence THEN
    INSERT INTO due_mails (mail_id, untrue, hold_expires_at)
    SELECT f.id, CASE
             WHEN f.made_at < v_now - INTERVAL 1 DAY                                                          THEN 'it was more than a day old'
             WHEN f.kind IN ('held', 'expiring') AND NOT (o.state = 'held' AND o.hold_expires_at > v_now)     THEN 'the order was not held any more'
             WHEN f.kind = 'expiring' AND o.hold_expires_at > f.made_at + INTERVAL 4 MINUTE                   THEN 'the hold was made longer' END,
           o.hold_expires_at -- as it was when the mail was found to be true: the order may be paid while its mail is written
      FROM (SELECT id, kind, order_id, made_at FROM mails WHERE next_at <= v_now ORDER BY next_at, id LIMIT in_limit) f
      JOIN orders o ON o.id = f.order_id;
    SELECT COUNT(*), COALESCE(SUM(untrue IS NOT NULL), 0) INTO v_found, v_dropped FROM due_mails;
    UPDATE due_mails d STRAIGHT_JOIN mails m ON m.id = d.mail_id
       SET m.state = 'dropped', m.next_at = NULL, m.ended_at = v_now, m.answer = d.untrue WHERE d.untrue IS NOT NULL AND m.state = 'due';
    DELETE FROM due_mails WHERE untrue IS NOT NULL;
    UPDATE due_mails d STRAIGHT_JOIN mails m ON m.id = d.mail_id
       SET m.attempts = m.attempts + 1, m.tries = LEAST(m.tries + 1, 60000), m.next_at = v_now + INTERVAL 2 MINUTE WHERE m.state = 'due';
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_found = 0 THEN 'nothing' WHEN v_found = v_dropped THEN 'dropped' ELSE 'due' END AS outcome,
         m.id AS mail_id, m.attempts AS attempt, m.kind, m.made_at, u.language, u.email, u.name, o.id AS order_id, o.units, o.unit_price_cents, i.currency,
         d.hold_expires_at, i.id AS item_id, i.title AS item_title, s.time_zone,
         IF(m.kind IN ('returning', 'returned'),
            COALESCE((SELECT p.reason FROM payments p WHERE p.order_id = o.id AND p.state IN ('refunding', 'refunded') ORDER BY p.id DESC LIMIT 1), ''),
            IF(m.id IS NULL, NULL, '')) AS reason
    FROM (SELECT 1 AS one) x
    LEFT JOIN (due_mails d JOIN mails m ON m.id = d.mail_id JOIN users u ON u.id = m.user_id JOIN orders o ON o.id = m.order_id
               JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id) ON TRUE
   ORDER BY m.id;
END take_due_mails$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_due_mails TO doorbuster_worker@'%';
