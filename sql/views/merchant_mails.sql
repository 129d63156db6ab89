-- merchant_mails: the mails about orders as merchants see them: to whom, about what, what came of it.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_mails AS
SELECT m.id, m.kind, m.state, m.attempts, m.next_at, m.answer, m.made_at, m.ended_at, m.order_id, m.user_id, u.email, u.name, u.language,
       o.item_id, i.title AS item_title, i.sale_id
  FROM mails m JOIN users u ON u.id = m.user_id JOIN orders o ON o.id = m.order_id JOIN items i ON i.id = o.item_id;

GRANT SELECT ON merchant_mails TO doorbuster_admin@'%';
