-- audit.sql: proves that nothing was oversold, doubled or lost. Run it as the auditor with the plain client:
--
--   mysql --user=doorbuster_auditor --password doorbuster < audit.sql
--
-- No rows: all is right. Each row is a broken invariant: which one, the item, what should be, what was found, what to do.
-- Everything is read in one consistent snapshot, so it may run during a sale. It reads every order and ledger line once or twice:
-- on a large shop run it on a replica. `doorbuster audit` runs the same statements.
--
--   I1  per shard, the ledger adds up to what is available       I5  orders and ledger lines belong together, both ways
--   I2  nothing available is below zero                          I6  no order was placed outside its sale's window
--   I3  allotted = available + held + sold, by orders and ledger I7  every order has the price of its item
--   I4  one active order per shopper and item, within the limit  I8  every move of orders has its message in the outbox

SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
START TRANSACTION WITH CONSISTENT SNAPSHOT;

WITH
shard_ledger AS (
  SELECT item_id, shard, SUM(IF(to_account = 'available', units, 0)) - SUM(IF(from_account = 'available', units, 0)) AS available
    FROM audit_stock_moves WHERE 'available' IN (from_account, to_account) GROUP BY item_id, shard),
item_ledger AS (
  SELECT item_id,
         CAST(SUM(IF(from_account = 'outside', units, 0)) AS SIGNED) - CAST(SUM(IF(to_account = 'outside', units, 0)) AS SIGNED) AS allotted,
         CAST(SUM(IF(to_account = 'held', units, 0)) AS SIGNED) - CAST(SUM(IF(from_account = 'held', units, 0)) AS SIGNED) AS held,
         CAST(SUM(IF(to_account = 'sold', units, 0)) AS SIGNED) - CAST(SUM(IF(from_account = 'sold', units, 0)) AS SIGNED) AS sold
    FROM audit_stock_moves GROUP BY item_id),
item_orders AS (
  SELECT item_id, SUM(IF(state = 'held', units, 0)) AS held, SUM(IF(state = 'paid', units, 0)) AS sold
    FROM audit_orders GROUP BY item_id),
item_shelf AS (
  SELECT item_id, SUM(available) AS available, COUNT(*) AS shards FROM audit_stock_shards GROUP BY item_id),
equation AS (
  SELECT i.id AS item_id, i.units_allotted, i.shards, COALESCE(h.shards, 0) AS shelf_shards, COALESCE(h.available, 0) AS available,
         COALESCE(o.held, 0) AS held, COALESCE(o.sold, 0) AS sold,
         COALESCE(l.allotted, 0) AS ledger_allotted, COALESCE(l.held, 0) AS ledger_held, COALESCE(l.sold, 0) AS ledger_sold
    FROM audit_items i LEFT JOIN item_shelf h ON h.item_id = i.id LEFT JOIN item_orders o ON o.item_id = i.id
    LEFT JOIN item_ledger l ON l.item_id = i.id),
placed_moves AS (
  SELECT move_id, item_id, SUM(units) AS units FROM audit_stock_moves
   WHERE order_id IS NULL AND from_account = 'available' AND to_account IN ('held', 'sold') GROUP BY move_id, item_id),
placed_orders AS (
  SELECT move_id, item_id, SUM(units) AS units FROM audit_orders GROUP BY move_id, item_id),
order_lines AS (
  SELECT order_id, COUNT(*) AS all_lines, SUM(from_account = 'held' AND to_account = 'sold') AS paid,
         SUM(from_account = 'held' AND to_account = 'available') AS given_back,
         SUM(from_account = 'sold' AND to_account IN ('available', 'outside')) AS refunded
    FROM audit_stock_moves WHERE order_id IS NOT NULL GROUP BY order_id),
order_life AS (
  SELECT o.id, o.item_id, o.state, COALESCE(l.all_lines, 0) AS all_lines, COALESCE(l.paid, 0) AS paid,
         COALESCE(l.given_back, 0) AS given_back, COALESCE(l.refunded, 0) AS refunded, s.takes_payment
    FROM audit_orders o JOIN audit_items i ON i.id = o.item_id JOIN audit_sales s ON s.id = i.sale_id
    LEFT JOIN order_lines l ON l.order_id = o.id)

SELECT 'I1 ledger of a shard = available' AS invariant, COALESCE(h.item_id, l.item_id) AS item_id,
       CONCAT('shard ', COALESCE(h.shard, l.shard), ': ', COALESCE(l.available, 0)) AS expected, CAST(COALESCE(h.available, 0) AS CHAR) AS found,
       'pause the item; compare the last ledger lines of the shard with the binary log; somebody wrote past the procedures' AS what_to_do
  FROM audit_stock_shards h LEFT JOIN shard_ledger l ON l.item_id = h.item_id AND l.shard = h.shard
 WHERE h.available <> COALESCE(l.available, 0)
UNION ALL
SELECT 'I1 ledger of a shard = available', l.item_id, CONCAT('shard ', l.shard, ': ', l.available), 'no such shard',
       'pause the item; a row of stock_shards was deleted: restore it from the ledger'
  FROM shard_ledger l LEFT JOIN audit_stock_shards h ON h.item_id = l.item_id AND h.shard = l.shard
 WHERE h.item_id IS NULL AND l.available <> 0
UNION ALL
SELECT 'I1 an item has all its shards', item_id, CAST(shards AS CHAR), CAST(shelf_shards AS CHAR), 'pause the item; a row of stock_shards was added or deleted by hand'
  FROM equation WHERE shards <> shelf_shards
UNION ALL
SELECT 'I2 available is never negative', item_id, 'at least 0', CONCAT('shard ', shard, ': ', available), 'pause the item: it is oversold; see docs/operating.md'
  FROM audit_stock_shards WHERE available < 0
UNION ALL
SELECT 'I3 allotted = available + held + sold', item_id, CAST(units_allotted AS CHAR),
       CONCAT(available, ' + ', held, ' + ', sold, ' = ', available + held + sold),
       IF(available + held + sold > units_allotted, 'pause the item: it is oversold; see docs/operating.md', 'units are missing: compare orders with the ledger')
  FROM equation WHERE units_allotted <> available + held + sold
UNION ALL
SELECT 'I3 ledger = allotted, held and sold', item_id, CONCAT(units_allotted, ' allotted, ', held, ' held, ', sold, ' sold'),
       CONCAT(ledger_allotted, ' allotted, ', ledger_held, ' held, ', ledger_sold, ' sold'), 'an order or an allotment was changed without its ledger line'
  FROM equation WHERE ledger_allotted <> units_allotted OR ledger_held <> held OR ledger_sold <> sold
UNION ALL
SELECT 'I3 orders and ledger belong to an item', l.item_id, 'an item', CONCAT(l.held, ' held, ', l.sold, ' sold, allotted ', l.allotted),
       'an item was deleted by hand after units had moved'
  FROM item_ledger l LEFT JOIN audit_items i ON i.id = l.item_id WHERE i.id IS NULL AND (l.held <> 0 OR l.sold <> 0 OR l.allotted <> 0)
UNION ALL
SELECT 'I3 orders and ledger belong to an item', o.item_id, 'an item', CONCAT(o.held, ' held, ', o.sold, ' sold'), 'an item was deleted by hand while it had orders'
  FROM item_orders o LEFT JOIN audit_items i ON i.id = o.item_id WHERE i.id IS NULL
UNION ALL
SELECT 'I4 one active order per shopper and item', item_id, '1', CONCAT('shopper ', user_id, ': ', COUNT(*)), 'the unique index is gone or was evaded: restore it, refund the later order'
  FROM audit_orders WHERE state IN ('held', 'paid') GROUP BY item_id, user_id HAVING COUNT(*) > 1
UNION ALL
SELECT 'I4 no order above the limit', o.item_id, CONCAT('at most ', i.limit_per_user), CONCAT('order ', LOWER(HEX(o.id)), ': ', o.units), 'the order was not placed by place_orders, or the limit was changed by hand'
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id WHERE o.units > i.limit_per_user
UNION ALL
SELECT 'I5 every order has its ledger line', o.item_id, CONCAT(o.units, ' units in move ', LOWER(HEX(o.move_id))), CAST(COALESCE(m.units, 0) AS CHAR), 'orders were written or changed past place_orders'
  FROM placed_orders o LEFT JOIN placed_moves m ON m.move_id = o.move_id AND m.item_id = o.item_id WHERE o.units <> COALESCE(m.units, 0)
UNION ALL
SELECT 'I5 every ledger line has its orders', m.item_id, CONCAT(m.units, ' units in move ', LOWER(HEX(m.move_id))), 'no order', 'orders were deleted: restore them from a backup'
  FROM placed_moves m LEFT JOIN placed_orders o ON o.move_id = m.move_id AND o.item_id = m.item_id WHERE o.move_id IS NULL
UNION ALL
SELECT 'I5 the ledger tells the order''s life', item_id, CONCAT('order ', LOWER(HEX(id)), ' is ', state),
       CONCAT(paid, ' paid, ', given_back, ' given back, ', refunded, ' refunded'), 'the order''s state was changed by hand, or a ledger line is missing'
  FROM order_life
 WHERE all_lines <> paid + given_back + refunded
    OR paid <> IF(takes_payment AND state IN ('paid', 'refunded'), 1, 0)
    OR given_back <> IF(state IN ('cancelled', 'expired'), 1, 0)
    OR refunded <> IF(state = 'refunded', 1, 0)
UNION ALL
SELECT 'I5 ledger lines speak of real orders', m.item_id, CONCAT('order ', LOWER(HEX(m.order_id))), 'none, or of another item or size', 'an order was deleted or changed by hand'
  FROM audit_stock_moves m LEFT JOIN audit_orders o ON o.id = m.order_id
 WHERE m.order_id IS NOT NULL AND (o.id IS NULL OR o.item_id <> m.item_id OR o.units <> m.units)
UNION ALL
SELECT 'I6 orders are placed within the window', o.item_id, CONCAT(s.opens_at, ' to ', s.closes_at), CONCAT('order ', LOWER(HEX(o.id)), ' at ', o.placed_at), 'the sale''s times were changed afterwards, or the clock of the database was set'
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id JOIN audit_sales s ON s.id = i.sale_id
 WHERE o.placed_at < s.opens_at OR o.placed_at >= s.closes_at
UNION ALL
SELECT 'I7 orders have the price of the item', o.item_id, CAST(i.price_cents AS CHAR), CONCAT('order ', LOWER(HEX(o.id)), ': ', o.unit_price_cents), 'the price of the item or of the order was changed by hand'
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id WHERE o.unit_price_cents <> i.price_cents
UNION ALL
SELECT 'I8 every move of orders has its message', m.item_id, CONCAT('a message for move ', LOWER(HEX(m.move_id))), 'none', 'write the message again from the orders of the move'
  FROM (SELECT DISTINCT move_id, item_id FROM audit_stock_moves WHERE 'held' IN (from_account, to_account) OR 'sold' IN (from_account, to_account)) m
  LEFT JOIN audit_outbox x ON x.move_id = m.move_id WHERE x.move_id IS NULL;

COMMIT;
