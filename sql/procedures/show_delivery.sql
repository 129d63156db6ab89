-- show_delivery: one event on its way to a webhook, with all that its message tells.
--
-- Answers at most one row: endpoint_id, url, endpoint_state, state, attempts, next_at, ended_at, seq, event_id, kind, made_at, order_id, item_id, sku, user_id,
-- units, unit_price_cents, currency, item_title, time_zone (of the sale). No row also for an event of another shop, for one that was never meant for this webhook
-- or was taken so long ago that clean_up forgot it, and for somebody who may not read.
-- Locks: none.
-- Called by store.ShowDelivery. Proved by testdata/sql/show_delivery.test.

DROP PROCEDURE IF EXISTS show_delivery;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_delivery(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_endpoint_id BIGINT UNSIGNED,
    IN in_seq         BIGINT UNSIGNED
  )
  COMMENT 'A delivery to a webhook with its event. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_delivery: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT d.endpoint_id, p.url, p.state AS endpoint_state, d.state, d.attempts, d.next_at, d.ended_at, v.seq, v.event_id, v.kind, v.made_at, v.order_id, v.item_id,
         i.sku, o.user_id, o.units, o.unit_price_cents, i.currency, i.title AS item_title, s.time_zone
    FROM webhook_deliveries d JOIN webhook_endpoints p ON p.id = d.endpoint_id JOIN events v ON v.seq = d.seq JOIN orders o ON o.id = v.order_id
    JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id
   WHERE d.endpoint_id = in_endpoint_id AND d.seq = in_seq AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_delivery$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_delivery TO doorbuster_admin@'%';
