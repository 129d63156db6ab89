-- add_webhook: an address is told of every event of a shop from now on. What happened before it can ask for (list_events).
--
-- Whom a member adds is told of the orders of the member's shop; whom an operator adds, of those of every shop.
--
-- in_secret is made by the caller: whsec_ and at least 24 random bytes in base64.
--
-- Outcomes, first match wins:
--   not_allowed  the member may not change webhooks
--   exists       this address is told already, of the same; nothing changes, endpoint_id says which it is
--   created      it is told from now on
--
-- Answers one row: outcome, endpoint_id (NULL if not allowed).
-- Locks: the endpoint.
-- Called by store.AddWebhook. Proved by testdata/sql/add_webhook.test and staff_rights.test.

DROP PROCEDURE IF EXISTS add_webhook;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE add_webhook(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_url      VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_secret   VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Adds an address that is told of events. Returns one row: outcome, endpoint_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
add_webhook: BEGIN
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_id, v_last BIGINT UNSIGNED;
  DECLARE v_allowed, v_exists BOOLEAN DEFAULT FALSE;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_id FROM webhook_endpoints WHERE shop_id = COALESCE(v_shop_id, 0) AND url = in_url AND v_allowed FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6), v_exists = v_id IS NOT NULL;
  IF v_allowed AND NOT v_exists THEN
    SELECT COALESCE(MAX(seq), 0) INTO v_last FROM events;
    INSERT INTO webhook_endpoints (shop_id, url, state, reason, secret, queued_seq, failures, created_at, changed_at)
    VALUES (COALESCE(v_shop_id, 0), in_url, 'active', '', in_secret, v_last, 0, v_now, v_now);
    SET v_id = LAST_INSERT_ID();
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, v_shop_id, 'webhook_changed', LEFT(CONCAT('webhook ', v_id, ' added: ', in_url), 300), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT CASE WHEN NOT v_allowed THEN 'not_allowed' WHEN v_exists THEN 'exists' ELSE 'created' END AS outcome, v_id AS endpoint_id;
END add_webhook$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_webhook TO doorbuster_admin@'%';
