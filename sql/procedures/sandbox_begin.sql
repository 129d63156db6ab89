-- sandbox_begin: the sandbox hears of a payment, once. No money moves.
--
-- What was asked for first stays: a repetition with another amount changes nothing.
--
-- Outcomes, first match wins:
--   exists   begun before with this number; nothing changes
--   started  the shopper may confirm it now
--
-- Answers one row: outcome, amount_cents, currency (as they were first asked for).
-- Locks: the payment.
-- Called by store.SandboxBegin. Proved by testdata/sql/sandbox_begin.test.

DROP PROCEDURE IF EXISTS sandbox_begin;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sandbox_begin(
    IN in_payment_id   BINARY(16),
    IN in_amount_cents BIGINT,
    IN in_currency     CHAR(3) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_pay_by       DATETIME(6)
  )
  COMMENT 'Begins a payment at the sandbox, once. Returns one row: outcome, amount_cents, currency.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sandbox_begin: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'exists';
  DECLARE v_amount_cents BIGINT;
  DECLARE v_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- Two at once: the second waits for the first here and then finds its row.
  INSERT INTO sandbox_payments (payment_id, amount_cents, currency, pay_by, state, detail, begun_at, changed_at)
  VALUES (in_payment_id, in_amount_cents, in_currency, in_pay_by, 'begun', '', v_now, v_now)
      ON DUPLICATE KEY UPDATE payment_id = payment_id;
  IF ROW_COUNT() = 1 THEN
    SET v_outcome = 'started';
  END IF;
  SELECT amount_cents, currency INTO v_amount_cents, v_currency FROM sandbox_payments WHERE payment_id = in_payment_id;
  COMMIT;

  SELECT v_outcome AS outcome, v_amount_cents AS amount_cents, v_currency AS currency;
END sandbox_begin$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sandbox_begin TO doorbuster_web@'%', doorbuster_worker@'%';
