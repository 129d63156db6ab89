-- merchant_sales: every sale with its sums, for the console and the command line.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_sales AS
SELECT id, title, opens_at, closes_at, time_zone, state, takes_payment, changed_at, created_at, UTC_TIMESTAMP(6) AS database_time,
       (SELECT COUNT(*) FROM items i WHERE i.sale_id = sales.id) AS item_count,
       (SELECT COALESCE(SUM(i.units_allotted), 0) FROM items i WHERE i.sale_id = sales.id) AS units_allotted,
       (SELECT COALESCE(SUM(t.available), 0) FROM items i JOIN stock_shards t ON t.item_id = i.id WHERE i.sale_id = sales.id) AS units_left
  FROM sales;

GRANT SELECT ON merchant_sales TO doorbuster_admin@'%';
