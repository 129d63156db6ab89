-- public_sales: the sales that shoppers may see, with the clock of the database.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW public_sales AS
SELECT id, shop_id, title, description, opens_at, members_open_at, closes_at, time_zone, state, takes_payment, message, changed_at, UTC_TIMESTAMP(6) AS database_time,
       (SELECT COUNT(*) FROM items i WHERE i.sale_id = sales.id) AS item_count,
       (SELECT i.image_url FROM items i WHERE i.sale_id = sales.id AND i.position = 1) AS image_url
  FROM sales WHERE state IN ('published', 'paused', 'ended');

GRANT SELECT ON public_sales TO doorbuster_web@'%', doorbuster_admin@'%';
