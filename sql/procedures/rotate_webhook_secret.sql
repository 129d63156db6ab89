-- rotate_webhook_secret: a webhook's messages are signed with a new secret, and for in_keep_hours with the former one as well, so that the receiver may
-- change over at any moment in between. 0: the former one is worth nothing at once, because somebody else may know it.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change webhooks, or an operator has this one told of every shop
--   no_such_webhook  no webhook of this number, or another shop's
--   rotated          the next message is signed with in_secret
--
-- Answers one row: outcome, former_until (NULL unless the former one still signs).
-- Locks: the endpoint.
-- Called by store.RotateWebhookSecret. Proved by testdata/sql/rotate_webhook_secret.test and staff_rights.test.

DROP PROCEDURE IF EXISTS rotate_webhook_secret;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE rotate_webhook_secret(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_secret      VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_keep_hours  SMALLINT UNSIGNED,
    IN in_actor       VARCHAR(100),
    IN in_reason      VARCHAR(200)
  )
  COMMENT 'Gives a webhook a new secret; the former one signs as well for some hours. Returns one row: outcome, former_until.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
rotate_webhook_secret: BEGIN
  DECLARE v_shop_id, v_of_shop BIGINT UNSIGNED;
  DECLARE v_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now, v_until DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, shop_id INTO v_id, v_of_shop FROM webhook_endpoints WHERE id = in_endpoint_id AND v_allowed AND (v_shop_id IS NULL OR shop_id IN (0, v_shop_id)) FOR UPDATE;
  SET v_allowed = v_allowed AND (v_shop_id IS NULL OR COALESCE(v_of_shop <> 0, TRUE));
  SET v_now = UTC_TIMESTAMP(6);
  IF v_allowed AND v_id IS NOT NULL THEN
    SET v_until = IF(in_keep_hours > 0, v_now + INTERVAL in_keep_hours HOUR, NULL);
    -- the former one first: an UPDATE reads a column that it has set anew
    UPDATE webhook_endpoints SET former_secret = IF(v_until IS NULL, NULL, secret), former_until = v_until, secret = in_secret, changed_at = v_now
     WHERE id = v_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, NULLIF(v_of_shop, 0), 'webhook_changed', CONCAT('webhook ', v_id, ' has a new secret, the former one signs for ', in_keep_hours, ' hours'), in_reason,
            in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_id IS NULL THEN 'no_such_webhook' ELSE 'rotated' END AS outcome, v_until AS former_until;
END rotate_webhook_secret$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE rotate_webhook_secret TO doorbuster_admin@'%';
