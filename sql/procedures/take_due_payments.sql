-- take_due_payments: which payments somebody has to look after now. Each is put off for a while (5 seconds, then twice as long each time, up to
-- an hour), so one whose provider does not answer is asked for less and less often, and for ever.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  no payment is due
--   due      one row per payment
--
-- Answers: outcome, payment_id (NULL unless due).
-- The number is checked twice: under the lock of the lease, and again in the statement that changes the payments. Payments that are being
-- settled at this moment are left out, not waited for.
-- Locks: the lease, then the payments.
-- Called by store.DuePayments. Proved by testdata/sql/take_due_payments.test.

DROP PROCEDURE IF EXISTS take_due_payments;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE take_due_payments(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Takes up to in_limit payments that have to be looked after. Returns one row per payment, at least one: outcome, payment_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
take_due_payments: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_taken INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS due_payments (payment_id BINARY(16) NOT NULL PRIMARY KEY) ENGINE = MEMORY;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'check_payments' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  DELETE FROM due_payments;
  IF v_fence = in_fence THEN
    INSERT INTO due_payments (payment_id)
    SELECT id FROM payments WHERE ask_at <= v_now ORDER BY ask_at LIMIT in_limit FOR UPDATE SKIP LOCKED;
    UPDATE payments p JOIN due_payments d ON d.payment_id = p.id JOIN leases l ON l.job = 'check_payments' AND l.fence = in_fence
       SET p.ask_at = v_now + INTERVAL LEAST(3600, 5 * POW(2, LEAST(p.asked, 10))) SECOND, p.asked = LEAST(p.asked + 1, 60000);
    SELECT COUNT(*) INTO v_taken FROM due_payments;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_taken = 0 THEN 'nothing' ELSE 'due' END AS outcome, d.payment_id
    FROM (SELECT 1 AS one) o LEFT JOIN due_payments d ON TRUE ORDER BY d.payment_id;
END take_due_payments$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE take_due_payments TO doorbuster_worker@'%';
