-- show_sale: one sale as staff see it, with the equation allotted = available + held + sold over all its items.
--
-- Answers at most one row: id, title, description, opens_at, closes_at, time_zone, state, tab (as in list_sales), takes_payment, changed_at, edits, limit_per_user, hold_minutes,
-- extension_minutes (the rules of what is added from now on), members_open_at (NULL: open to all from opens_at), item_count, units_allotted,
-- units_available, units_held, units_sold, first_hold_ends_at (NULL: nothing is held), database_time. All of it is read by one statement, so in one snapshot: the equation
-- holds in every row that is ever answered, or something is broken.
-- No row: no such sale, another shop's, or somebody who may not read.
-- The active orders of the sale are read, by orders_one_active_per_user_and_item: at most as many as there are units.
-- Locks: none.
-- Called by store.ShowSale. Proved by testdata/sql/show_sale.test.

DROP PROCEDURE IF EXISTS show_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'One sale as staff see it, with its equation. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_sale: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT s.id, s.title, s.description, s.opens_at, s.closes_at, s.time_zone, s.state,
         CASE WHEN s.state IN ('draft', 'importing')            THEN 'draft' -- as in list_sales
              WHEN s.state = 'ended' OR s.closes_at <= v_now    THEN IF(s.archived_at IS NULL, 'over', 'archived')
              WHEN s.state = 'paused'                           THEN 'paused'
              WHEN s.starts_at > v_now                          THEN 'soon'
              ELSE 'live' END AS tab,
         s.takes_payment, s.changed_at, s.edits, s.limit_per_user, s.hold_minutes, s.extension_minutes, s.members_open_at,
         i.item_count, i.units_allotted, t.units_available, o.units_held, o.units_sold, o.first_hold_ends_at, v_now AS database_time
    FROM sales s
    JOIN (SELECT COUNT(*) AS item_count, COALESCE(SUM(units_allotted), 0) AS units_allotted FROM items WHERE sale_id = in_sale_id) i
    JOIN (SELECT COALESCE(SUM(k.available), 0) AS units_available FROM items n JOIN stock_shards k ON k.item_id = n.id WHERE n.sale_id = in_sale_id) t
    JOIN (SELECT COALESCE(SUM(IF(p.state = 'held', p.units, 0)), 0) AS units_held, COALESCE(SUM(IF(p.state = 'paid', p.units, 0)), 0) AS units_sold,
                 MIN(p.hold_expires_at) AS first_hold_ends_at
            FROM items n JOIN orders p ON p.item_id = n.id AND p.active = 1 WHERE n.sale_id = in_sale_id) o
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_sale TO doorbuster_admin@'%';
