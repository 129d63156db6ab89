-- fill_allotted: the ledger lines that put the old units on sale. The move's number is of the day before and holds the sale's.
INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
SELECT UNHEX(CONCAT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(s.created_at) * 1000)), 12, '0'), '70008', LPAD(HEX(s.id), 15, '0'))), i.position - 1, i.id, 0, NULL,
       i.units_allotted, 'outside', 'available', 'allotted', 'benchmark', s.created_at
  FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.sale_id = @sale_id AND i.units_allotted > 0
