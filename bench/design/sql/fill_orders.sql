-- fill_orders: old orders @from to below @until, at most 62,500 per statement.
--
-- Order k is of shopper k DIV 10 + 1 and of item @first_item + k MOD 10. 2,500 orders in a row, 250 of each item, were placed at the same
-- time in ten batches, @step microseconds after the 2,500 before. So every index but one is written at its end, and an order that is
-- placed later by any of these shoppers still lands in the middle of the largest. Ids are UUIDv7 in form: time, then sale and k.
INSERT INTO orders (id, item_id, user_id, units, unit_price_cents, state, placed_at, hold_expires_at, paid_at, move_id, request_id)
WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 249)
SELECT UNHEX(CONCAT(r.at_ms, '7', r.sale, '8', LPAD(HEX(r.k), 15, '0'))), @first_item + r.k MOD 10, r.k DIV 10 + 1, 1, 1999, 'paid', r.placed_at, NULL,
       r.placed_at, UNHEX(CONCAT(r.at_ms, '7', r.sale, '9', LPAD(HEX(r.k DIV 2500 * 10 + r.k MOD 10), 15, '0'))), UNHEX(LEFT(SHA2(r.k, 256), 32))
  FROM (SELECT c.k, LPAD(HEX(FLOOR(UNIX_TIMESTAMP(s.opens_at) * 1000) + c.k DIV 2500 * @step DIV 1000), 12, '0') AS at_ms,
               LPAD(HEX(s.id MOD 4096), 3, '0') AS sale, s.opens_at + INTERVAL c.k DIV 2500 * @step MICROSECOND AS placed_at
          FROM sales s CROSS JOIN (SELECT @from + a.i * 250 + b.i AS k FROM n a CROSS JOIN n b) c
         WHERE s.id = @sale_id AND c.k < @until) r
 ORDER BY r.k
