-- audit_outbox: messages as the auditor sees them, without their content.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_outbox AS
SELECT move_id, kind, item_id, made_at, sent_at FROM outbox;

GRANT SELECT ON audit_outbox TO doorbuster_auditor@'%', doorbuster_worker@'%';
