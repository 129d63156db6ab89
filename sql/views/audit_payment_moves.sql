-- audit_payment_moves: how each payment came to its state, as the auditor sees it: who the merchant's people are stays covered.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_payment_moves AS
SELECT payment_id, line, from_state, to_state, IF(actor IN ('shopper', 'callback', 'worker'), actor, 'staff') AS actor, moved_at FROM payment_moves;

GRANT SELECT ON audit_payment_moves TO doorbuster_auditor@'%', doorbuster_worker@'%';
