-- list_order_story: what happened to one order, in the order in which it happened: who placed it with which request, which units moved, what the money did, and who was told.
--
-- Answers up to 500 rows, oldest first: at, kind, was, became, units, id, line, number, target, words, actor, ended_at. What a kind fills in, besides at (all else is NULL):
-- · placed   units; id: the request that placed it (as in the log); actor
-- · batch    a ledger line of the batch that took its units, together with those of other orders: units, was, became (accounts), id and line of the move, words (reason), actor
-- · ledger   a ledger line of this order alone: the same
-- · payment  was, became (states), id of the payment and line, target (the provider), number (the amount), words, actor
-- · event    was (its kind), number (its place in the feed)
-- · mail     was (its kind), became (its state), number, words (what the mail server said), ended_at
-- · webhook  was (kind of the event), became (state of the delivery), number (of the event), line (of the webhook), target (its address), words (the last answer), ended_at
--
-- No row: there is no order of this number, it is another shop's, or the member may not read. Mails and deliveries that clean_up has deleted are not told.
-- Everything is found by the order's number or the move's, through an index; of webhooks there are a few.
-- Locks: none.
-- Called by store.ListOrderStory. Proved by testdata/sql/list_order_story.test.

DROP PROCEDURE IF EXISTS list_order_story;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_order_story(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_order_id BINARY(16)
  )
  COMMENT 'What happened to one order, oldest first. Returns up to 500 rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_order_story: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_item_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_order_id, v_move_id BINARY(16);

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT o.id, o.item_id, o.move_id INTO v_order_id, v_item_id, v_move_id -- stay NULL for who may not see it, and then nothing below is found
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
   WHERE o.id = in_order_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);

  SELECT t.at, t.kind, t.was, t.became, t.units, t.id, t.line, t.number, t.target, t.words, t.actor, t.ended_at
    FROM (SELECT o.placed_at AS at, 1 AS step, 'placed' AS kind, NULL AS was, NULL AS became, o.units AS units, o.request_id AS id, NULL AS line, NULL AS number,
                 NULL AS target, NULL AS words, 'shopper' AS actor, NULL AS ended_at
            FROM orders o WHERE o.id = v_order_id
           UNION ALL
          SELECT m.moved_at, 2, 'batch', CONVERT(m.from_account USING utf8mb4), CONVERT(m.to_account USING utf8mb4), m.units, m.move_id, m.line, NULL, NULL, m.reason, m.actor, NULL
            FROM stock_moves m WHERE m.move_id = v_move_id AND m.order_id IS NULL
           UNION ALL
          SELECT m.moved_at, 4, 'ledger', CONVERT(m.from_account USING utf8mb4), CONVERT(m.to_account USING utf8mb4), m.units, m.move_id, m.line, NULL, NULL, m.reason, m.actor, NULL
            FROM stock_moves m WHERE m.item_id = v_item_id AND m.order_id = v_order_id
           UNION ALL
          SELECT n.moved_at, 3, 'payment', CONVERT(n.from_state USING utf8mb4), CONVERT(n.to_state USING utf8mb4), NULL, p.id, n.line, p.amount_cents,
                 CONVERT(p.provider USING utf8mb4), n.detail, n.actor, NULL
            FROM payments p JOIN payment_moves n ON n.payment_id = p.id WHERE p.order_id = v_order_id
           UNION ALL
          SELECT e.made_at, 5, 'event', CONVERT(e.kind USING utf8mb4), NULL, NULL, e.event_id, NULL, e.seq, NULL, NULL, NULL, NULL
            FROM events e WHERE e.order_id = v_order_id
           UNION ALL
          SELECT m.made_at, 6, 'mail', CONVERT(m.kind USING utf8mb4), CONVERT(m.state USING utf8mb4), NULL, NULL, NULL, m.id, NULL, m.answer, NULL, m.ended_at
            FROM mails m WHERE m.order_id = v_order_id
           UNION ALL
          SELECT e.made_at, 7, 'webhook', CONVERT(e.kind USING utf8mb4), CONVERT(d.state USING utf8mb4), NULL, NULL, w.id, e.seq, CONVERT(w.url USING utf8mb4),
                 (SELECT CONCAT(COALESCE(CONCAT(a.status, ' '), ''), a.answer) FROM webhook_attempts a WHERE a.endpoint_id = d.endpoint_id AND a.seq = d.seq
                   ORDER BY a.attempt DESC LIMIT 1), NULL, d.ended_at
            FROM events e JOIN webhook_endpoints w JOIN webhook_deliveries d ON d.endpoint_id = w.id AND d.seq = e.seq WHERE e.order_id = v_order_id) t
   ORDER BY t.at, t.step, t.number, t.line, t.id LIMIT 500;
END list_order_story$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_order_story TO doorbuster_admin@'%';
