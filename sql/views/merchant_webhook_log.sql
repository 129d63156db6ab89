-- merchant_webhook_log: what the attempts to deliver events came to, for the console.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_webhook_log AS
SELECT a.endpoint_id, a.seq, a.attempt, v.event_id, v.kind, v.order_id, a.ended_at, a.status, a.duration_ms, a.answer, d.state, d.next_at
  FROM webhook_attempts a JOIN webhook_deliveries d ON d.endpoint_id = a.endpoint_id AND d.seq = a.seq JOIN events v ON v.seq = a.seq;

GRANT SELECT ON merchant_webhook_log TO doorbuster_admin@'%';
