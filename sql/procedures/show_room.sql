-- show_room: what changes from second to second while a sale is on, cheap enough to be read once a second however many orders there are.
--
-- Answers at most one row: id, title, state, tab (as in list_sales), opens_at, members_open_at (NULL: open to all from opens_at), closes_at, time_zone, takes_payment, message, item_count, units_allotted, units_available,
-- shard_count, empty_shards, emptiest_shard (units in it; NULL: no items), node_count, conns, busy, waiting, batches, batch_orders, reported_at (of the node
-- that was heard last; NULL: none), database_time. Nodes count when they have reported within 15 seconds; theirs are the figures of the whole
-- installation, not of this sale.
-- No row: no such sale, another shop's, or somebody who may not read.
-- No order is read: held and sold are those of show_sale, which is read at a slower pace when it costs more.
-- Locks: none.
-- Called by store.ShowRoom. Proved by testdata/sql/show_room.test.

DROP PROCEDURE IF EXISTS show_room;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_room(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED
  )
  COMMENT 'What changes of a sale from second to second, and how busy the nodes are. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_room: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT s.id, s.title, s.state,
         CASE WHEN s.state IN ('draft', 'importing')            THEN 'draft' -- as in list_sales
              WHEN s.state = 'ended' OR s.closes_at <= v_now    THEN 'over'
              WHEN s.state = 'paused'                           THEN 'paused'
              WHEN s.starts_at > v_now                          THEN 'soon'
              ELSE 'live' END AS tab,
         s.opens_at, s.members_open_at, s.closes_at, s.time_zone, s.takes_payment, s.message, i.item_count, i.units_allotted, t.units_available, t.shard_count, t.empty_shards, t.emptiest_shard,
         n.node_count, n.conns, n.busy, n.waiting, n.batches, n.batch_orders, n.reported_at, v_now AS database_time
    FROM sales s
    JOIN (SELECT COUNT(*) AS item_count, COALESCE(SUM(units_allotted), 0) AS units_allotted FROM items WHERE sale_id = in_sale_id) i
    JOIN (SELECT COALESCE(SUM(k.available), 0) AS units_available, COUNT(k.shard) AS shard_count, COALESCE(SUM(k.available = 0), 0) AS empty_shards,
                 MIN(k.available) AS emptiest_shard
            FROM items m JOIN stock_shards k ON k.item_id = m.id WHERE m.sale_id = in_sale_id) t
    JOIN (SELECT COUNT(*) AS node_count, COALESCE(SUM(conns), 0) AS conns, COALESCE(SUM(busy), 0) AS busy, COALESCE(SUM(waiting), 0) AS waiting,
                 COALESCE(SUM(batches), 0) AS batches, COALESCE(SUM(batch_orders), 0) AS batch_orders, MAX(reported_at) AS reported_at
            FROM nodes WHERE reported_at > v_now - INTERVAL 15 SECOND) n
   WHERE s.id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
END show_room$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_room TO doorbuster_admin@'%';
