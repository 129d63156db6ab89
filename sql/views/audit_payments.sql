-- audit_payments: the money's states as the auditor sees them, without the provider's numbers.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_payments AS
SELECT id, order_id, provider, amount_cents, currency, state, reason, started_at, changed_at, captured_at, ask_at, asked FROM payments;

GRANT SELECT ON audit_payments TO doorbuster_auditor@'%', doorbuster_worker@'%';
