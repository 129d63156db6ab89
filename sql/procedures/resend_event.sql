-- resend_event: an event is sent to a webhook again, whether the receiver took it, it is dead, or its next attempt is far away. It carries the same
-- number as before, so a receiver that knows it leaves it alone.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not have events sent again
--   no_such_webhook  no webhook of this number, or another shop's
--   disabled         the webhook is switched off: switch it on first
--   no_such_event    no event of this number was ever meant for this webhook, or it is another shop's, or was taken so long ago that clean_up forgot it
--   due              it is sent now
--
-- Answers one row: outcome.
-- One that waits for an earlier event of its order stays behind it.
-- Locks: the endpoint, then the delivery.
-- Called by store.ResendEvent. Proved by testdata/sql/resend_event.test and staff_rights.test.

DROP PROCEDURE IF EXISTS resend_event;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE resend_event(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_seq         BIGINT UNSIGNED,
    IN in_actor       VARCHAR(100),
    IN in_reason      VARCHAR(200)
  )
  COMMENT 'Sends an event to a webhook again. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
resend_event: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_webhook, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_webhook FROM webhook_endpoints WHERE id = in_endpoint_id AND v_allowed AND (v_shop_id IS NULL OR shop_id IN (0, v_shop_id)) FOR UPDATE;
  -- Whose an event is never changes: it may be read before the lock.
  IF v_allowed AND (v_shop_id IS NULL
                    OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = in_seq)) THEN
    SELECT state INTO v_state FROM webhook_deliveries WHERE endpoint_id = in_endpoint_id AND seq = in_seq FOR UPDATE;
  END IF;
  SET v_now = UTC_TIMESTAMP(6);
  IF v_webhook = 'active' AND v_state IS NOT NULL THEN
    IF v_state <> 'waiting' THEN
      UPDATE webhook_deliveries SET state = 'due', tries = 0, next_at = v_now, ended_at = NULL WHERE endpoint_id = in_endpoint_id AND seq = in_seq;
    END IF;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, v_shop_id, 'webhook_changed', CONCAT('webhook ', in_endpoint_id, ': event ', in_seq, ' is sent again'), in_reason, in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_webhook IS NULL THEN 'no_such_webhook' WHEN v_webhook = 'disabled' THEN 'disabled'
              WHEN v_state IS NULL THEN 'no_such_event' ELSE 'due' END AS outcome;
END resend_event$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE resend_event TO doorbuster_admin@'%';
