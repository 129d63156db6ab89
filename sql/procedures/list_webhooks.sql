-- list_webhooks: who is told of events, as staff see them. The secrets are shown to nobody: they are said once, when they are made.
--
-- A member sees those of the own shop, and those that an operator has told of every shop: the orders of this one go there too. What is counted is of the member's shop.
-- in_endpoint_id NULL is all, in the order in which they were added.
--
-- Answers up to in_limit rows: endpoint_id, shop_id (0: told of every shop), url, state, reason, former_until (how long the former secret still signs; NULL: it does
-- not), failures, created_at, changed_at,
-- undelivered and dead (deliveries of the shop), database_time. No row also for somebody who may not read.
-- The two numbers are counted in an index: what was taken is not looked at.
-- Locks: none.
-- Called by store.ListWebhooks. Proved by testdata/sql/list_webhooks.test.

DROP PROCEDURE IF EXISTS list_webhooks;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_webhooks(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_limit       SMALLINT UNSIGNED
  )
  COMMENT 'Webhooks as staff see them. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_webhooks: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT e.id AS endpoint_id, e.shop_id, e.url, e.state, e.reason, IF(e.former_until > v_now, e.former_until, NULL) AS former_until, e.failures, e.created_at, e.changed_at,
         (SELECT COUNT(*) FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_time)
           WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'due')
             AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))) AS undelivered,
         (SELECT COUNT(*) FROM webhook_deliveries d FORCE INDEX (webhook_deliveries_by_time)
           WHERE d.endpoint_id = e.id AND d.state = 'dead'
             AND (v_shop_id IS NULL
                OR v_shop_id = (SELECT s.shop_id FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq = d.seq))) AS dead,
         v_now AS database_time
    FROM webhook_endpoints e
   WHERE v_allowed AND (v_shop_id IS NULL OR e.shop_id IN (0, v_shop_id)) AND (in_endpoint_id IS NULL OR e.id = in_endpoint_id)
   ORDER BY e.id LIMIT in_limit;
END list_webhooks$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_webhooks TO doorbuster_admin@'%';
