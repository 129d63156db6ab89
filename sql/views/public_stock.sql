-- public_stock: units left and stock version of the items of sales that have not ended.
-- Read once a second by every web node; the version tells whether a remembered "sold out" is stale.
CREATE OR REPLACE ALGORITHM = UNDEFINED DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW public_stock AS
SELECT t.item_id, i.sale_id, CAST(SUM(t.available) AS SIGNED) AS units_left, CAST(SUM(t.version) AS UNSIGNED) AS stock_version, i.shards
  FROM sales s JOIN items i ON i.sale_id = s.id JOIN stock_shards t ON t.item_id = i.id
 WHERE s.state IN ('published', 'paused') AND s.closes_at > UTC_TIMESTAMP(6)
 GROUP BY t.item_id, i.sale_id, i.shards;

GRANT SELECT ON public_stock TO doorbuster_web@'%', doorbuster_admin@'%';
