-- merchant_webhooks: who is told of events, for the console. The secrets are shown to nobody: they are said once, when they are made.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_webhooks AS
SELECT e.id, e.shop_id, e.url, e.state, e.reason, e.former_until, e.failures, e.created_at, e.changed_at,
       IF(e.shop_id = 0, (SELECT COALESCE(MAX(seq), 0) FROM events) - e.queued_seq,
          (SELECT COUNT(*) FROM events v JOIN items i ON i.id = v.item_id JOIN sales s ON s.id = i.sale_id WHERE v.seq > e.queued_seq AND s.shop_id = e.shop_id))
       + (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state IN ('waiting', 'due')) AS undelivered,
       (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'dead') AS dead
  FROM webhook_endpoints e;

GRANT SELECT ON merchant_webhooks TO doorbuster_admin@'%';
