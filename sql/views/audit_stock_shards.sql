-- audit_stock_shards: the shelf as the auditor sees it.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_stock_shards AS
SELECT item_id, shard, available, version FROM stock_shards;

GRANT SELECT ON audit_stock_shards TO doorbuster_auditor@'%', doorbuster_worker@'%';
