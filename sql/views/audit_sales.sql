-- audit_sales: sales as the auditor sees them.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_sales AS
SELECT id, state, opens_at, starts_at, closes_at, takes_payment, created_at FROM sales;

GRANT SELECT ON audit_sales TO doorbuster_auditor@'%', doorbuster_worker@'%';
