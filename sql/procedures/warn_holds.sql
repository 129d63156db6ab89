-- warn_holds: shoppers whose hold ends within three minutes are written a mail, once for each end of a hold.
--
-- Not warned are those whose money is already held, and those whose hold lasts less than six minutes: the mail that it is theirs has just come.
-- Each look reads the holds that end within three minutes through their index, and of each whether it was warned of.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  nobody is to be warned
--   warned   `warned` mails were written; call again until nothing is left
--
-- Answers one row: outcome, warned.
-- Locks: the lease, then the new mails.
-- Called by store.WarnHolds. Proved by testdata/sql/warn_holds.test.

DROP PROCEDURE IF EXISTS warn_holds;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE warn_holds(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Writes up to in_limit mails about holds that are about to end. Returns one row: outcome, warned.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
warn_holds: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_warned INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'send_mails' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  IF v_fence = in_fence THEN
    INSERT INTO mails (source, kind, order_id, user_id, state, attempts, tries, next_at, answer, made_at)
    SELECT UNHEX(LEFT(SHA2(CONCAT('expiring', HEX(o.id), o.hold_expires_at), 256), 32)), 'expiring', o.id, o.user_id, 'due', 0, 0, v_now, '', v_now
      FROM orders o
      JOIN items i ON i.id = o.item_id AND i.hold_minutes >= 6
      JOIN users u ON u.id = o.user_id AND u.email <> ''
     WHERE o.hold_expires_at > v_now AND o.hold_expires_at <= v_now + INTERVAL 3 MINUTE AND o.state = 'held'
       AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.state = 'authorised')
       AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.order_id = o.id AND m.kind = 'expiring' AND m.made_at >= o.hold_expires_at - INTERVAL 3 MINUTE)
     ORDER BY o.hold_expires_at, o.id LIMIT in_limit;
    SET v_warned = ROW_COUNT();
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_warned = 0 THEN 'nothing' ELSE 'warned' END AS outcome,
         v_warned AS warned;
END warn_holds$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE warn_holds TO doorbuster_worker@'%';
