-- audit_stock_moves: the ledger as the auditor sees it: who the merchant's people are stays covered.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_stock_moves AS
SELECT move_id, line, item_id, shard, order_id, units, from_account, to_account,
       IF(actor IN ('shopper', 'worker'), reason, 'by staff') AS reason, IF(actor IN ('shopper', 'worker'), actor, 'staff') AS actor, moved_at
  FROM stock_moves;

GRANT SELECT ON audit_stock_moves TO doorbuster_auditor@'%';
