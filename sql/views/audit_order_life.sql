-- audit_order_life: the life of one order, line by line: what was placed, moved and paid, by whom and when, and what was told.
--
--   SELECT * FROM audit_order_life WHERE order_id = UNHEX('…') ORDER BY at, step, line, move_id;
--
-- Ask for one order: without a condition it reads all of them.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_order_life AS
SELECT o.id AS order_id, o.placed_at AS at, 1 AS step, 0 AS line, 'placed' AS what, CONCAT(o.units, ' units of item ', o.item_id, ' for shopper ', o.user_id) AS detail,
       'shopper' AS actor, o.move_id AS move_id
  FROM orders o
UNION ALL
SELECT o.id, m.moved_at, 3, m.line, 'units', CONCAT(m.units, ' from ', m.from_account, ' to ', m.to_account), IF(m.actor IN ('shopper', 'callback', 'worker'), m.actor, 'staff'), m.move_id
  FROM orders o JOIN stock_moves m ON m.item_id = o.item_id AND m.order_id = o.id
UNION ALL
SELECT p.order_id, n.moved_at, 2, n.line, 'money', CONCAT(p.amount_cents, ' ', p.currency, ' at ', p.provider, ': ', IF(n.from_state = '', '', CONCAT(n.from_state, ' to ')), n.to_state),
       IF(n.actor IN ('shopper', 'callback', 'worker'), n.actor, 'staff'), p.id
  FROM payments p JOIN payment_moves n ON n.payment_id = p.id;

GRANT SELECT ON audit_order_life TO doorbuster_auditor@'%';
