-- fill_moves: the ledger lines of what fill_orders wrote.
INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
SELECT o.move_id, 0, o.item_id, 0, NULL, COUNT(*), 'available', 'sold', 'placed', 'shopper', MIN(o.placed_at)
  FROM orders o
 WHERE o.user_id BETWEEN @from DIV 10 + 1 AND (@until - 1) DIV 10 + 1 AND o.item_id BETWEEN @first_item AND @first_item + 9
 GROUP BY o.move_id, o.item_id
