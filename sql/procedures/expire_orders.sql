-- expire_orders: holds that have ended give their units back, a bounded batch of one item per call.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  no hold has ended
--   expired  `expired` orders of `item_id` ended; call again until nothing is left
--
-- Answers one row: outcome, item_id, expired.
-- The number is checked twice: under the lock of the lease, and again in the statement that changes the orders. A worker that was
-- stopped in the middle of its work and wakes up with an old number changes nothing.
-- Orders that are paid or cancelled between finding and locking them are left alone.
-- Locks: the lease, every shard of the item in rising order, the orders in order of the end of their holds (nobody else locks more than one).
-- Called by store.ExpireOrders. Proved by testdata/sql/expire_orders.test.

DROP PROCEDURE IF EXISTS expire_orders;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE expire_orders(
    IN in_fence   BIGINT UNSIGNED,
    IN in_move_id BINARY(16),
    IN in_limit   SMALLINT UNSIGNED
  )
  COMMENT 'Expires up to in_limit ended holds of one item. Returns one row: outcome, item_id, expired.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
expire_orders: BEGIN
  DECLARE v_fence, v_item_id BIGINT UNSIGNED;
  DECLARE v_shards SMALLINT UNSIGNED;
  DECLARE v_locked BIGINT;
  DECLARE v_expired INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'expire_orders' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SELECT item_id INTO v_item_id FROM orders WHERE hold_expires_at <= v_now ORDER BY hold_expires_at LIMIT 1;

  IF v_fence = in_fence AND v_item_id IS NOT NULL THEN
    SELECT shards INTO v_shards FROM items WHERE id = v_item_id;
    SELECT SUM(available) INTO v_locked FROM stock_shards WHERE item_id = v_item_id FOR UPDATE;

    -- Found without locks, then locked by number: the index of hold ends must not be locked before the orders themselves.
    CREATE TEMPORARY TABLE IF NOT EXISTS due (
      order_id BINARY(16) NOT NULL PRIMARY KEY,
      shard    SMALLINT UNSIGNED NOT NULL,
      units    SMALLINT UNSIGNED NOT NULL
    ) ENGINE = MEMORY;
    DELETE FROM due;
    INSERT INTO due (order_id, shard, units)
    SELECT id, user_id MOD v_shards, units FROM orders
     WHERE hold_expires_at <= v_now AND item_id = v_item_id ORDER BY hold_expires_at LIMIT in_limit;
    UPDATE orders o JOIN due d ON d.order_id = o.id JOIN leases l ON l.job = 'expire_orders' AND l.fence = in_fence
       SET o.state = 'expired', o.closed_at = v_now, o.hold_expires_at = NULL
     WHERE o.state = 'held';
    DELETE d FROM due d JOIN orders o ON o.id = d.order_id WHERE NOT (o.state = 'expired' AND o.closed_at = v_now);
    SELECT COUNT(*) INTO v_expired FROM due;

    UPDATE stock_shards s JOIN (SELECT shard, SUM(units) AS units FROM due GROUP BY shard) d ON d.shard = s.shard
       SET s.available = s.available + d.units, s.version = s.version + 1
     WHERE s.item_id = v_item_id;
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, ROW_NUMBER() OVER (ORDER BY order_id) - 1, v_item_id, shard, order_id, units, 'held', 'available', 'expired', 'worker', v_now
      FROM due;
    IF v_expired > 0 THEN
      INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at)
      VALUES (in_move_id, 'orders_expired', v_item_id, (SELECT JSON_ARRAYAGG(HEX(order_id)) FROM due), v_now);
    END IF;
  END IF;
  COMMIT;

  SELECT CASE WHEN COALESCE(v_fence <> in_fence, TRUE) THEN 'fenced' WHEN v_item_id IS NULL THEN 'nothing' ELSE 'expired' END AS outcome,
         v_item_id AS item_id, v_expired AS expired;
END expire_orders$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE expire_orders TO doorbuster_worker@'%';
