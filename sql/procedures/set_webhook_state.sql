-- set_webhook_state: a webhook is switched off, or on again. It goes on where it stopped: what happened meanwhile is sent then.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change webhooks, or an operator has this one told of every shop
--   no_such_webhook  no webhook of this number, or another shop's
--   repeated         it is in that state; nothing changes
--   set              it is now
--
-- Answers one row: outcome, state. An unknown state is a fault (1265), not an outcome: the callers know them.
-- Locks: the endpoint, then its deliveries.
-- Called by store.SetWebhookState. Proved by testdata/sql/set_webhook_state.test and staff_rights.test.

DROP PROCEDURE IF EXISTS set_webhook_state;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_webhook_state(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_state       VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_actor       VARCHAR(100),
    IN in_reason      VARCHAR(200)
  )
  COMMENT 'Switches a webhook off or on. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_webhook_state: BEGIN
  DECLARE v_shop_id, v_of_shop BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, shop_id INTO v_state, v_of_shop FROM webhook_endpoints WHERE id = in_endpoint_id AND v_allowed AND (v_shop_id IS NULL OR shop_id IN (0, v_shop_id)) FOR UPDATE;
  SET v_allowed = v_allowed AND (v_shop_id IS NULL OR COALESCE(v_of_shop <> 0, TRUE));
  SET v_now = UTC_TIMESTAMP(6);
  IF v_allowed AND v_state <> in_state THEN
    UPDATE webhook_endpoints SET state = in_state, reason = in_reason, failures = 0, asked_until = NULL, changed_at = v_now WHERE id = in_endpoint_id;
    IF in_state = 'active' THEN -- whoever switches it on believes that it works: the pauses begin anew
      UPDATE webhook_deliveries SET next_at = v_now, tries = 0 WHERE endpoint_id = in_endpoint_id AND state = 'due';
    END IF;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (NULL, NULLIF(v_of_shop, 0), 'webhook_changed', CONCAT('webhook ', in_endpoint_id, ': from ', v_state, ' to ', in_state), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('webhook ', in_endpoint_id, ' state'), v_state, in_state);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_state IS NULL THEN 'no_such_webhook' WHEN v_state = in_state THEN 'repeated' ELSE 'set' END AS outcome,
         IF(v_allowed AND v_state IS NOT NULL, in_state, NULL) AS state;
END set_webhook_state$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_webhook_state TO doorbuster_admin@'%';
