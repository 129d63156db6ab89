-- merchant_log: what merchants did, for the console.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_log AS
SELECT id, sale_id, action, detail, reason, actor, made_at FROM sale_log;

GRANT SELECT ON merchant_log TO doorbuster_admin@'%';
