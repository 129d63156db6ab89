-- public_items: the items that shoppers may see.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW public_items AS
SELECT i.id, i.sale_id, i.position, i.sku, i.title, i.body, i.vendor, i.image_url, i.price_cents, i.list_price_cents, i.currency, i.units_allotted,
       i.limit_per_user, i.hold_minutes, i.fairness, i.shards, s.changed_at
  FROM items i JOIN sales s ON s.id = i.sale_id WHERE s.state IN ('published', 'paused', 'ended');

GRANT SELECT ON public_items TO doorbuster_web@'%', doorbuster_admin@'%';
