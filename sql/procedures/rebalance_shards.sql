-- rebalance_shards: the units that an item has left are dealt out evenly over its shards again, when one is empty while another is not.
--
-- A batch whose home shard is empty locks all shards of its item, and so waits for all others of the item. With many shards and few units
-- left nearly every batch would do that.
--
-- Outcomes, first match wins:
--   fenced      in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing     no item after in_after_item needs it; begin again from 0 after a while
--   rebalanced  `units` units of `item_id` moved; go on with the item after it
--
-- Answers one row: outcome, item_id, units.
-- Only items of sales that are on sale now are looked at, at most 1000 a call, in order of their numbers; the last one looked at is item_id also
-- when nothing is to be done. In the ledger a unit that moves leaves one shard for outside and comes back from there to another, in one
-- move, so the item's sums stay as they are. The version is not raised: no unit came back.
-- The number is checked twice: under the lock of the lease, and again in the statement that changes the shards.
-- Locks: the lease, then every shard of one item in rising order.
-- Called by store.RebalanceShards. Proved by testdata/sql/rebalance_shards.test.

DROP PROCEDURE IF EXISTS rebalance_shards;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE rebalance_shards(
    IN in_fence      BIGINT UNSIGNED,
    IN in_move_id    BINARY(16),
    IN in_after_item BIGINT UNSIGNED
  )
  COMMENT 'Deals the units of one item out evenly over its shards. Returns one row: outcome, item_id, units.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
rebalance_shards: BEGIN
  DECLARE v_fence, v_item_id, v_last_item BIGINT UNSIGNED;
  DECLARE v_total, v_moved BIGINT DEFAULT 0;
  DECLARE v_shards INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CREATE TEMPORARY TABLE IF NOT EXISTS rebalanced (
    shard  SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    had    INT NOT NULL,
    gets   INT NOT NULL
  ) ENGINE = MEMORY;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'rebalance_shards' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  IF v_fence = in_fence THEN
    -- Found without locks; looked at again under them.
    SELECT MAX(id), MIN(IF(emptiest = 0 AND fullest > 1, id, NULL)) INTO v_last_item, v_item_id
      FROM (SELECT i.id, (SELECT MIN(k.available) FROM stock_shards k WHERE k.item_id = i.id) AS emptiest,
                   (SELECT MAX(k.available) FROM stock_shards k WHERE k.item_id = i.id) AS fullest
              FROM sales s JOIN items i ON i.sale_id = s.id
             WHERE s.state = 'published' AND s.starts_at <= v_now AND s.closes_at > v_now AND i.shards > 1 AND i.id > in_after_item
             ORDER BY i.id LIMIT 1000) c;
  END IF;

  IF v_item_id IS NOT NULL THEN
    DELETE FROM rebalanced;
    SELECT SUM(available), COUNT(*) INTO v_total, v_shards FROM stock_shards WHERE item_id = v_item_id FOR UPDATE;
    INSERT INTO rebalanced (shard, had, gets)
    SELECT shard, available, v_total DIV v_shards + (shard < v_total MOD v_shards) FROM stock_shards WHERE item_id = v_item_id;
    SELECT COALESCE(SUM(gets - had), 0) INTO v_moved FROM rebalanced WHERE gets > had;
    UPDATE stock_shards k JOIN rebalanced r ON r.shard = k.shard JOIN leases l ON l.job = 'rebalance_shards' AND l.fence = in_fence
       SET k.available = r.gets WHERE k.item_id = v_item_id AND r.gets <> r.had;
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY gets > had, shard) - 1, v_item_id, shard, NULL, ABS(gets - had),
           IF(gets > had, 'outside', 'available'), IF(gets > had, 'available', 'outside'), 'rebalanced', 'worker', v_now
      FROM rebalanced WHERE gets <> had;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_moved = 0 THEN 'nothing' ELSE 'rebalanced' END AS outcome,
         COALESCE(v_item_id, v_last_item) AS item_id, v_moved AS units;
END rebalance_shards$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE rebalance_shards TO doorbuster_worker@'%';
