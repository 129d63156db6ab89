-- audit_events: what happened to orders, as everybody is told: no shopper. With audit_outbox it proves that every move of orders was told, or will be.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_events AS
SELECT seq, event_id, kind, order_id, item_id, made_at FROM events;

GRANT SELECT ON audit_events TO doorbuster_auditor@'%', doorbuster_worker@'%';
