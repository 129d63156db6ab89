-- audit.sql: proves that nothing was oversold, doubled or lost. Run it as the auditor with the plain client:
--
--   mysql --user=doorbuster_auditor --password doorbuster < audit.sql
--
-- No rows: all is right. Each row is a broken invariant: which one, the item, what should be, what was found, what to do, what exactly it is
-- about. Everything is read in one consistent snapshot, so it may run during a sale. It reads every order and
-- ledger line once or twice: on a large shop run it on a replica, or on one sale, or on some items, which reads no others:
--
--   (echo 'SET @audit_sale = 3;'; cat audit.sql) | mysql …        (echo 'SET @audit_first_item = 7, @audit_last_item = 7;'; cat audit.sql) | mysql …
--
-- What belongs to no item (money whose order is gone) is found in the whole shop only. `doorbuster audit` and the worker's job reconcile run the same statements.
--
--   I0  the sale, or the one item, that was asked for is there
--   I1  per shard, the ledger adds up to what is available       I5  orders and ledger lines belong together, both ways
--   I2  nothing available is below zero                          I6  no order was placed outside its sale's window
--   I3  allotted = available + held + sold, by orders and ledger I7  every order has the price of its item
--   I4  one active order per shopper and item, within the limit  I8  every move of orders has its message, or its events
--   I9  the money: every paid order has its own, once and to the last cent; what was taken beyond that goes back
--   I10 members first: before the opening to all only members bought, each let in by one use of a code
--
-- endangers is 1 where selling on would make it worse: a shelf that is not what the ledger says or not whole (I1), units below zero (I2), more promised
-- than allotted (I3), two orders of one shopper, because then the key that forbids it is gone (I4). docs/decisions/0013-reconcile.md says why the rest is not.

SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
START TRANSACTION WITH CONSISTENT SNAPSHOT;
SET @first_item = CAST(COALESCE(@audit_first_item, (SELECT MIN(id) FROM audit_items WHERE sale_id = @audit_sale), IF(@audit_sale IS NULL, 0, 1)) AS UNSIGNED),
    @last_item = CAST(COALESCE(@audit_last_item, (SELECT MAX(id) FROM audit_items WHERE sale_id = @audit_sale), IF(@audit_sale IS NULL, '18446744073709551615', 0)) AS UNSIGNED),
    @whole_shop = COALESCE(@audit_first_item, @audit_last_item, @audit_sale) IS NULL;

WITH
shard_ledger AS (
  SELECT item_id, shard, SUM(IF(to_account = 'available', units, 0)) - SUM(IF(from_account = 'available', units, 0)) AS available
    FROM audit_stock_moves WHERE item_id BETWEEN @first_item AND @last_item AND 'available' IN (from_account, to_account) GROUP BY item_id, shard),
item_ledger AS (
  SELECT item_id,
         CAST(SUM(IF(from_account = 'outside', units, 0)) AS SIGNED) - CAST(SUM(IF(to_account = 'outside', units, 0)) AS SIGNED) AS allotted,
         CAST(SUM(IF(to_account = 'held', units, 0)) AS SIGNED) - CAST(SUM(IF(from_account = 'held', units, 0)) AS SIGNED) AS held,
         CAST(SUM(IF(to_account = 'sold', units, 0)) AS SIGNED) - CAST(SUM(IF(from_account = 'sold', units, 0)) AS SIGNED) AS sold
    FROM audit_stock_moves WHERE item_id BETWEEN @first_item AND @last_item GROUP BY item_id),
item_orders AS (SELECT item_id, SUM(IF(state = 'held', units, 0)) AS held, SUM(IF(state = 'paid', units, 0)) AS sold
    FROM audit_orders WHERE item_id BETWEEN @first_item AND @last_item GROUP BY item_id),
shelf AS (SELECT item_id, shard, available FROM audit_stock_shards WHERE item_id BETWEEN @first_item AND @last_item),
item_shelf AS (SELECT item_id, SUM(available) AS available, COUNT(*) AS shards FROM shelf GROUP BY item_id),
equation AS (
  SELECT i.id AS item_id, i.units_allotted, i.shards, COALESCE(h.shards, 0) AS shelf_shards, COALESCE(h.available, 0) AS available,
         COALESCE(o.held, 0) AS held, COALESCE(o.sold, 0) AS sold,
         COALESCE(l.allotted, 0) AS ledger_allotted, COALESCE(l.held, 0) AS ledger_held, COALESCE(l.sold, 0) AS ledger_sold
    FROM audit_items i LEFT JOIN item_shelf h ON h.item_id = i.id LEFT JOIN item_orders o ON o.item_id = i.id
    LEFT JOIN item_ledger l ON l.item_id = i.id
   WHERE i.id BETWEEN @first_item AND @last_item),
placed_moves AS (
  SELECT move_id, item_id, SUM(units) AS units FROM audit_stock_moves
   WHERE item_id BETWEEN @first_item AND @last_item AND order_id IS NULL AND from_account = 'available' AND to_account IN ('held', 'sold') GROUP BY move_id, item_id),
placed_orders AS (SELECT move_id, item_id, SUM(units) AS units FROM audit_orders WHERE item_id BETWEEN @first_item AND @last_item GROUP BY move_id, item_id),
order_lines AS (
  SELECT order_id, COUNT(*) AS all_lines, SUM(from_account = 'held' AND to_account = 'sold') AS paid,
         SUM(from_account = 'held' AND to_account = 'available') AS given_back,
         SUM(from_account = 'sold' AND to_account IN ('available', 'outside')) AS refunded,
         SUM(from_account = 'available') AS retaken, SUM(IF(from_account = 'available', units, 0)) AS retaken_units
    FROM audit_stock_moves WHERE item_id BETWEEN @first_item AND @last_item AND order_id IS NOT NULL GROUP BY order_id),
order_life AS (
  SELECT o.id, o.item_id, o.state, COALESCE(l.all_lines, 0) AS all_lines, COALESCE(l.paid, 0) AS paid,
         COALESCE(l.given_back, 0) AS given_back, COALESCE(l.refunded, 0) AS refunded, COALESCE(l.retaken, 0) AS retaken,
         COALESCE(l.retaken_units, 0) AS retaken_units, o.units, s.takes_payment
    FROM audit_orders o JOIN audit_items i ON i.id = o.item_id JOIN audit_sales s ON s.id = i.sale_id
    LEFT JOIN order_lines l ON l.order_id = o.id
   WHERE o.item_id BETWEEN @first_item AND @last_item),
money AS (
  SELECT p.id, p.order_id, p.amount_cents, p.currency, p.state, p.captured_at, o.item_id, o.state AS order_state
    FROM audit_orders o JOIN audit_payments p ON p.order_id = o.id WHERE o.item_id BETWEEN @first_item AND @last_item
   UNION ALL
  SELECT p.id, p.order_id, p.amount_cents, p.currency, p.state, p.captured_at, NULL, NULL
    FROM audit_payments p LEFT JOIN audit_orders o ON o.id = p.order_id WHERE @whole_shop AND o.id IS NULL),
money_lines AS (SELECT p.id, COUNT(m.line) AS moves, MAX(m.line) AS last_line FROM money p JOIN audit_payment_moves m ON m.payment_id = p.id GROUP BY p.id),
findings AS (
SELECT 'I1 ledger of a shard = available' AS invariant, COALESCE(h.item_id, l.item_id) AS item_id,
       CONCAT('shard ', COALESCE(h.shard, l.shard), ': ', COALESCE(l.available, 0)) AS expected, CAST(COALESCE(h.available, 0) AS CHAR) AS found,
       'pause the item; compare the last ledger lines of the shard with the binary log; somebody wrote past the procedures' AS what_to_do,
       CONCAT('shard ', COALESCE(h.shard, l.shard)) AS subject, 1 AS endangers
  FROM shelf h LEFT JOIN shard_ledger l ON l.item_id = h.item_id AND l.shard = h.shard
 WHERE h.available <> COALESCE(l.available, 0)
UNION ALL
SELECT 'I1 ledger of a shard = available', l.item_id, CONCAT('shard ', l.shard, ': ', l.available), 'no such shard',
       'pause the item; a row of stock_shards was deleted: restore it from the ledger', CONCAT('shard ', l.shard), 1
  FROM shard_ledger l LEFT JOIN shelf h ON h.item_id = l.item_id AND h.shard = l.shard
 WHERE h.item_id IS NULL AND l.available <> 0
UNION ALL
SELECT 'I1 an item has all its shards', item_id, CAST(shards AS CHAR), CAST(shelf_shards AS CHAR), 'pause the item; a row of stock_shards was added or deleted by hand', '', 1
  FROM equation WHERE shards <> shelf_shards
UNION ALL
SELECT 'I2 available is never negative', item_id, 'at least 0', CONCAT('shard ', shard, ': ', available), 'pause the item: it is oversold; see docs/operating.md',
       CONCAT('shard ', shard), 1
  FROM shelf WHERE available < 0
UNION ALL
SELECT 'I3 allotted = available + held + sold', item_id, CAST(units_allotted AS CHAR),
       CONCAT(available, ' + ', held, ' + ', sold, ' = ', available + held + sold),
       IF(available + held + sold > units_allotted, 'pause the item: it is oversold; see docs/operating.md', 'units are missing: compare orders with the ledger'), '', available + held + sold > units_allotted
  FROM equation WHERE units_allotted <> available + held + sold
UNION ALL
SELECT 'I3 ledger = allotted, held and sold', item_id, CONCAT(units_allotted, ' allotted, ', held, ' held, ', sold, ' sold'),
       CONCAT(ledger_allotted, ' allotted, ', ledger_held, ' held, ', ledger_sold, ' sold'), 'an order or an allotment was changed without its ledger line', '', 0
  FROM equation WHERE ledger_allotted <> units_allotted OR ledger_held <> held OR ledger_sold <> sold
UNION ALL
SELECT 'I3 orders and ledger belong to an item', l.item_id, 'an item', CONCAT(l.held, ' held, ', l.sold, ' sold, allotted ', l.allotted),
       'an item was deleted by hand after units had moved', 'ledger', 0
  FROM item_ledger l LEFT JOIN audit_items i ON i.id = l.item_id WHERE i.id IS NULL AND (l.held <> 0 OR l.sold <> 0 OR l.allotted <> 0)
UNION ALL
SELECT 'I3 orders and ledger belong to an item', o.item_id, 'an item', CONCAT(o.held, ' held, ', o.sold, ' sold'), 'an item was deleted by hand while it had orders',
       'orders', 0
  FROM item_orders o LEFT JOIN audit_items i ON i.id = o.item_id WHERE i.id IS NULL
UNION ALL
SELECT 'I4 one active order per shopper and item', item_id, '1', CONCAT('shopper ', user_id, ': ', COUNT(*)), 'the unique index is gone or was evaded: restore it, refund the later order',
       CONCAT('shopper ', user_id), 1
  FROM audit_orders WHERE item_id BETWEEN @first_item AND @last_item AND state IN ('held', 'paid') GROUP BY item_id, user_id HAVING COUNT(*) > 1
UNION ALL
SELECT 'I4 no order above the limit', o.item_id, CONCAT('at most ', i.limit_per_user), CONCAT('order ', LOWER(HEX(o.id)), ': ', o.units), 'the order was not placed by place_orders, or the limit was changed by hand', CONCAT('order ', LOWER(HEX(o.id))), 0
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id WHERE o.item_id BETWEEN @first_item AND @last_item AND o.units > i.limit_per_user
UNION ALL
SELECT 'I5 every order has its ledger line', o.item_id, CONCAT(o.units, ' units in move ', LOWER(HEX(o.move_id))), CAST(COALESCE(m.units, 0) AS CHAR), 'orders were written or changed past place_orders',
       CONCAT('move ', LOWER(HEX(o.move_id))), 0
  FROM placed_orders o LEFT JOIN placed_moves m ON m.move_id = o.move_id AND m.item_id = o.item_id WHERE o.units <> COALESCE(m.units, 0)
UNION ALL
SELECT 'I5 every ledger line has its orders', m.item_id, CONCAT(m.units, ' units in move ', LOWER(HEX(m.move_id))), 'no order', 'orders were deleted: restore them from a backup',
       CONCAT('move ', LOWER(HEX(m.move_id))), 0
  FROM placed_moves m LEFT JOIN placed_orders o ON o.move_id = m.move_id AND o.item_id = m.item_id WHERE o.move_id IS NULL
UNION ALL
SELECT 'I5 the ledger tells the order''s life', item_id, CONCAT('order ', LOWER(HEX(id)), ' is ', state),
       CONCAT(paid, ' paid, ', given_back, ' given back, ', retaken_units, ' units taken again, ', refunded, ' refunded'), 'the order''s state was changed by hand, or a ledger line is missing',
       CONCAT('order ', LOWER(HEX(id))), 0
  FROM order_life
 WHERE all_lines <> paid + given_back + refunded + retaken
    OR paid <> IF(takes_payment AND state IN ('paid', 'refunded'), 1, 0)
    OR given_back * units <> retaken_units + IF(state IN ('cancelled', 'expired'), units, 0)
    OR refunded <> IF(state = 'refunded', 1, 0)
UNION ALL
SELECT 'I5 ledger lines speak of real orders', m.item_id, CONCAT('order ', LOWER(HEX(m.order_id))), 'none, or of another item or size', 'an order was deleted or changed by hand',
       CONCAT('order ', LOWER(HEX(m.order_id))), 0
  FROM audit_stock_moves m LEFT JOIN audit_orders o ON o.id = m.order_id
 WHERE m.item_id BETWEEN @first_item AND @last_item AND m.order_id IS NOT NULL AND (o.id IS NULL OR o.item_id <> m.item_id OR (o.units <> m.units AND m.from_account <> 'available'))
UNION ALL
SELECT 'I6 orders are placed within the window', o.item_id, CONCAT(s.starts_at, ' to ', s.closes_at), CONCAT('order ', LOWER(HEX(o.id)), ' at ', o.placed_at), 'the sale''s times were changed afterwards, or the clock of the database was set',
       CONCAT('order ', LOWER(HEX(o.id))), 0
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id JOIN audit_sales s ON s.id = i.sale_id
 WHERE o.item_id BETWEEN @first_item AND @last_item AND (o.placed_at < s.starts_at OR o.placed_at >= s.closes_at)
UNION ALL
SELECT 'I7 orders have the price of the item', o.item_id, CAST(i.price_cents AS CHAR), CONCAT('order ', LOWER(HEX(o.id)), ': ', o.unit_price_cents), 'the price of the item or of the order was changed by hand',
       CONCAT('order ', LOWER(HEX(o.id))), 0
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id WHERE o.item_id BETWEEN @first_item AND @last_item AND o.unit_price_cents <> i.price_cents
UNION ALL
-- A message that was sent long ago is gone, the events that it became are not: relay_outbox says how they are named.
SELECT 'I8 every move of orders has its message', m.item_id, CONCAT('a message for move ', LOWER(HEX(m.move_id))), 'none', 'write the message again from the orders of the move',
       CONCAT('move ', LOWER(HEX(m.move_id))), 0
  FROM (SELECT move_id, item_id, order_id FROM audit_stock_moves
         WHERE item_id BETWEEN @first_item AND @last_item AND order_id IS NOT NULL AND ('held' IN (from_account, to_account) OR 'sold' IN (from_account, to_account))
         UNION ALL
        SELECT move_id, item_id, id FROM audit_orders WHERE item_id BETWEEN @first_item AND @last_item) m
  LEFT JOIN audit_outbox x ON x.move_id = m.move_id
  LEFT JOIN audit_events e ON e.event_id = UNHEX(INSERT(INSERT(LEFT(SHA2(CONCAT(HEX(m.move_id), HEX(m.order_id)), 256), 32), 13, 1, '8'), 17, 1, '8'))
 WHERE x.move_id IS NULL AND e.seq IS NULL GROUP BY m.move_id, m.item_id
UNION ALL
SELECT 'I9 a paid order has its money', o.item_id, CONCAT('order ', LOWER(HEX(o.id)), ': ', o.units * o.unit_price_cents, ' ', i.currency),
       CONCAT(COALESCE(p.payments, 0), ' payments of ', COALESCE(p.amount_cents, 0)), 'money was given back at the provider, or an order was paid past the procedures: refund the order, or charge again',
       CONCAT('order ', LOWER(HEX(o.id))), 0
  FROM audit_orders o JOIN audit_items i ON i.id = o.item_id JOIN audit_sales s ON s.id = i.sale_id
  LEFT JOIN (SELECT order_id, currency, COUNT(*) AS payments, SUM(amount_cents) AS amount_cents FROM money WHERE state = 'captured'
              GROUP BY order_id, currency) p ON p.order_id = o.id AND p.currency = i.currency
 WHERE o.item_id BETWEEN @first_item AND @last_item AND o.state = 'paid' AND s.takes_payment AND o.unit_price_cents > 0
   AND (COALESCE(p.payments, 0) <> 1 OR p.amount_cents <> o.units * o.unit_price_cents)
UNION ALL
SELECT 'I9 money that was taken has its order', p.item_id, 'a paid order, or the way back', CONCAT('payment ', LOWER(HEX(p.id)), ' is ', p.state, ', its order ', COALESCE(p.order_state, 'is gone')),
       'the order or the payment was changed by hand: give the money back, or the order its state', CONCAT('payment ', LOWER(HEX(p.id))), 0
  FROM money p
 WHERE (p.state = 'captured' AND COALESCE(p.order_state, '') <> 'paid') OR (p.state IN ('started', 'authorised', 'failed') AND p.captured_at IS NOT NULL)
UNION ALL
SELECT 'I9 the moves of a payment tell its state', p.item_id, CONCAT('payment ', LOWER(HEX(p.id)), ' is ', p.state), COALESCE(m.to_state, 'no move'),
       'the payment was changed by hand: ask its provider how it stands', CONCAT('payment ', LOWER(HEX(p.id))), 0
  FROM money p LEFT JOIN money_lines n ON n.id = p.id
  LEFT JOIN audit_payment_moves m ON m.payment_id = p.id AND m.line = n.last_line
 WHERE m.to_state IS NULL OR m.to_state <> p.state OR n.moves <> n.last_line + 1
UNION ALL
SELECT 'I9 moves of money belong to a payment', NULL, CONCAT('payment ', LOWER(HEX(m.payment_id))), 'none', 'a payment was deleted by hand: restore it from a backup',
       CONCAT('payment ', LOWER(HEX(m.payment_id))), 0
  FROM audit_payment_moves m LEFT JOIN audit_payments p ON p.id = m.payment_id WHERE @whole_shop AND m.line = 0 AND p.id IS NULL
UNION ALL
SELECT 'I10 members alone buy before all', item_id, CONCAT('shopper ', user_id, ' a member by ', placed_at), COALESCE(CONCAT('since ', joined_at), 'no member'),
       'the order was not placed by place_orders, or a member or code was changed by hand', CONCAT('order ', LOWER(HEX(order_id))), 0
  FROM audit_members WHERE item_id BETWEEN @first_item AND @last_item
UNION ALL
SELECT 'I10 a use of a code is a member', NULL, CONCAT('code ', code_id, ': ', uses, ' of ', uses_allowed), CONCAT(members, ' members'), 'a member or code was changed by hand',
       CONCAT('code ', code_id), 0
  FROM audit_access_codes WHERE @whole_shop)

SELECT invariant, item_id, expected, found, what_to_do, subject, endangers
  FROM findings WHERE @audit_sale IS NULL OR item_id IN (SELECT id FROM audit_items WHERE sale_id = @audit_sale)
UNION ALL
SELECT 'I0 what was asked for is there', NULL, COALESCE(CONCAT('sale ', @audit_sale), CONCAT('item ', @audit_first_item)), 'none', 'ask for one that is there', '', 0
 WHERE IF(@audit_sale IS NULL, @audit_first_item = @audit_last_item AND NOT EXISTS (SELECT 1 FROM audit_items WHERE id = @audit_first_item),
          NOT EXISTS (SELECT 1 FROM audit_sales WHERE id = @audit_sale));

COMMIT;
