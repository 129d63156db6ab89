-- audit_stock_seals: the seals of the ledger, for the verification.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_stock_seals AS
SELECT seq, move_id, line, hash, sealed_at FROM stock_seals;

GRANT SELECT ON audit_stock_seals TO doorbuster_auditor@'%';
