-- show_item: one item of a sale as staff see it, with its equation allotted = available + held + sold.
--
-- Answers at most one row: id, position, sku, title, vendor, price_cents, list_price_cents, currency, limit_per_user, hold_minutes, extension_minutes, shards, sale_id,
-- sale_title, opens_at, starts_at (when it opens to anybody), closes_at, time_zone, state, tab (as in list_sales), units_allotted, units_available, units_held, units_sold, first_hold_ends_at (NULL: nothing
-- is held), open_findings (of reconcile, about the item), database_time. All of it is read by one statement, so in one snapshot.
-- No row: no such item in this sale, another shop's, or somebody who may not read.
-- The active orders of the item are read: at most as many as there are units.
-- Locks: none.
-- Called by store.ShowItem. Proved by testdata/sql/show_item.test.

DROP PROCEDURE IF EXISTS show_item;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_item(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_item_id  BIGINT UNSIGNED
  )
  COMMENT 'One item as staff see it, with its equation. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_item: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT i.id, i.position, i.sku, i.title, i.vendor, i.price_cents, i.list_price_cents, i.currency, i.limit_per_user, i.hold_minutes, i.extension_minutes, i.shards,
         s.id AS sale_id, s.title AS sale_title, s.opens_at, s.starts_at, s.closes_at, s.time_zone, s.state,
         CASE WHEN s.state IN ('draft', 'importing')            THEN 'draft' -- as in list_sales
              WHEN s.state = 'ended' OR s.closes_at <= v_now    THEN 'over'
              WHEN s.state = 'paused'                           THEN 'paused'
              WHEN s.starts_at > v_now                          THEN 'soon'
              ELSE 'live' END AS tab,
         i.units_allotted, k.units_available, o.units_held, o.units_sold, o.first_hold_ends_at,
         (SELECT COUNT(*) FROM reconcile_findings f WHERE f.item_id = i.id AND f.state = 'open') AS open_findings, v_now AS database_time
    FROM items i
    JOIN sales s ON s.id = i.sale_id
    JOIN (SELECT COALESCE(SUM(available), 0) AS units_available FROM stock_shards WHERE item_id = in_item_id) k
    JOIN (SELECT COALESCE(SUM(IF(p.state = 'held', p.units, 0)), 0) AS units_held, COALESCE(SUM(IF(p.state = 'paid', p.units, 0)), 0) AS units_sold,
                 MIN(p.hold_expires_at) AS first_hold_ends_at
            FROM orders p WHERE p.item_id = in_item_id AND p.active = 1 AND v_allowed) o
   WHERE i.id = in_item_id AND i.sale_id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_item$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_item TO doorbuster_admin@'%';
