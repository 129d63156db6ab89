-- merchant_items: every item with what was put on sale and what is left; the difference is held or sold.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_items AS
SELECT i.id, i.sale_id, i.position, i.sku, i.title, i.price_cents, i.list_price_cents, i.currency, i.limit_per_user, i.hold_minutes, i.shards,
       i.units_allotted,
       (SELECT COALESCE(SUM(t.available), 0) FROM stock_shards t WHERE t.item_id = i.id) AS units_left
  FROM items i;

GRANT SELECT ON merchant_items TO doorbuster_admin@'%';
