-- fill_outbox: the messages of what fill_orders wrote, sent long ago.
INSERT INTO outbox (move_id, kind, item_id, order_ids, made_at, sent_at)
SELECT o.move_id, 'orders_placed', o.item_id, JSON_ARRAYAGG(HEX(o.id)), MIN(o.placed_at), MIN(o.placed_at)
  FROM orders o
 WHERE o.user_id BETWEEN @from DIV 10 + 1 AND (@until - 1) DIV 10 + 1 AND o.item_id BETWEEN @first_item AND @first_item + 9
 GROUP BY o.move_id, o.item_id
