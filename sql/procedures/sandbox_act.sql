-- sandbox_act: something happens to a payment at the sandbox, or it is only asked how it stands. No money moves.
--
-- in_act is one of
--   show:    nothing is done
--   pay:     the shopper confirms a begun payment with a card that behaves as in_card says:
--            success (authorised at once), slow (8 s later), after_hold (2 s after the hold has ended), one_less (authorised, but 1 less
--            than asked); any other word is declined
--   capture: the money of an authorised payment is taken
--   close:   a payment that was not confirmed cannot be any more
--   release: the same, and an authorised one is let go
--   refund:  captured money goes back, all of it
-- in_card counts for pay only.
--
-- An act that does not fit how the payment stands changes nothing, and the answer says how it stands. So everything may be repeated, and
-- nothing is taken or given back twice. A confirmed payment whose card has not answered yet cannot be released: whoever asks is told that
-- it is pending and has to ask again.
--
-- Outcomes, first match wins:
--   no_such_payment  the sandbox has never heard of it
--   repeated         nothing changed: it was asked only, it was done before, or it does not fit
--   settled          it stands differently now
--
-- Answers one row: outcome, says (pending, authorised, captured, failed or refunded; empty if there is none), amount_cents (authorised, or
-- asked for while no card has said yes), currency, detail (why it failed: declined, abandoned or released).
-- Locks: the payment.
-- Called by store.SandboxAct. Proved by testdata/sql/sandbox_act.test.

DROP PROCEDURE IF EXISTS sandbox_act;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE sandbox_act(
    IN in_payment_id BINARY(16),
    IN in_act        VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_card       VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Acts on a payment at the sandbox, once. Returns one row: outcome, says, amount_cents, currency, detail.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
sandbox_act: BEGIN
  DECLARE v_outcome, v_state, v_next, v_says VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_detail VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_amount_cents, v_authorised_cents BIGINT;
  DECLARE v_now, v_pay_by, v_authorised_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, amount_cents, currency, pay_by, authorised_at, authorised_cents, detail
    INTO v_state, v_amount_cents, v_currency, v_pay_by, v_authorised_at, v_authorised_cents, v_detail
    FROM sandbox_payments WHERE payment_id = in_payment_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);

  -- A card that says yes later is confirmed now and authorised then: nobody has to come by and change the state.
  SET v_next = CASE
    WHEN in_act = 'pay' AND v_state = 'begun'     THEN IF(in_card IN ('success', 'slow', 'after_hold', 'one_less'), 'confirmed', 'failed')
    WHEN in_act IN ('close', 'release') AND v_state = 'begun' THEN 'failed'
    WHEN v_state = 'confirmed' AND v_now >= v_authorised_at AND in_act = 'capture' THEN 'captured'
    WHEN v_state = 'confirmed' AND v_now >= v_authorised_at AND in_act = 'release' THEN 'failed'
    WHEN in_act = 'refund' AND v_state = 'captured' THEN 'refunded' END;
  SET v_outcome = CASE
    WHEN v_state IS NULL THEN 'no_such_payment'
    WHEN v_next IS NULL  THEN 'repeated'
    ELSE 'settled' END;

  IF v_outcome = 'settled' THEN
    IF v_next = 'failed' THEN
      SET v_detail = CASE WHEN in_act = 'pay' THEN 'declined' WHEN v_state = 'begun' THEN 'abandoned' ELSE 'released' END;
    ELSEIF v_next = 'confirmed' THEN
      SET v_authorised_at = CASE in_card
            WHEN 'slow'       THEN v_now + INTERVAL 8 SECOND
            WHEN 'after_hold' THEN v_pay_by + INTERVAL 2 SECOND
            ELSE v_now END,
          v_authorised_cents = IF(in_card = 'one_less', v_amount_cents - 1, v_amount_cents);
    END IF;
    UPDATE sandbox_payments
       SET state = v_next, authorised_at = v_authorised_at, authorised_cents = v_authorised_cents, detail = v_detail, changed_at = v_now
     WHERE payment_id = in_payment_id AND state = v_state;
    SET v_state = v_next;
  END IF;
  COMMIT;

  SET v_says = CASE
    WHEN v_state = 'begun'     THEN 'pending'
    WHEN v_state = 'confirmed' THEN IF(v_now < v_authorised_at, 'pending', 'authorised')
    ELSE v_state END;
  SELECT v_outcome AS outcome, COALESCE(v_says, '') AS says, COALESCE(v_authorised_cents, v_amount_cents, 0) AS amount_cents,
         COALESCE(v_currency, '') AS currency, COALESCE(v_detail, '') AS detail;
END sandbox_act$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE sandbox_act TO doorbuster_web@'%', doorbuster_worker@'%';
