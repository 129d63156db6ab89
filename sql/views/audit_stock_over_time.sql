-- audit_stock_over_time: the stock equation of an item after each line of its ledger: allotted = available + held + sold.
--
--   SELECT * FROM audit_stock_over_time WHERE item_id = 1 ORDER BY moved_at, move_id, line;
--
-- Ask for one item: it adds up the item's whole ledger. Lines of one instant are in the order of their moves, which for two shards need not be
-- the order in which they were committed; the sums after the last line of an instant are right.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_stock_over_time AS
SELECT item_id, moved_at, move_id, line, order_id, units, from_account, to_account,
       SUM(IF(from_account = 'outside', 1, 0) * units - IF(to_account = 'outside', 1, 0) * units) OVER w AS allotted,
       SUM(IF(to_account = 'available', 1, 0) * units - IF(from_account = 'available', 1, 0) * units) OVER w AS available,
       SUM(IF(to_account = 'held', 1, 0) * units - IF(from_account = 'held', 1, 0) * units) OVER w AS held,
       SUM(IF(to_account = 'sold', 1, 0) * units - IF(from_account = 'sold', 1, 0) * units) OVER w AS sold
  FROM (SELECT item_id, moved_at, move_id, line, order_id, CAST(units AS SIGNED) AS units, from_account, to_account FROM stock_moves) m
WINDOW w AS (PARTITION BY item_id ORDER BY moved_at, move_id, line ROWS UNBOUNDED PRECEDING);

GRANT SELECT ON audit_stock_over_time TO doorbuster_auditor@'%';
