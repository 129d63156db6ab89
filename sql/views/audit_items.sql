-- audit_items: items as the auditor sees them.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_items AS
SELECT id, sale_id, sku, price_cents, currency, units_allotted, limit_per_user, hold_minutes, shards FROM items;

GRANT SELECT ON audit_items TO doorbuster_auditor@'%', doorbuster_worker@'%';
