-- audit_members: orders that members alone could place, of shoppers who were none by then. Empty when all is right.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_members AS
SELECT o.id AS order_id, o.item_id, i.sale_id, o.user_id, o.placed_at, s.opens_at, m.joined_at
  FROM sales s JOIN items i ON i.sale_id = s.id JOIN orders o ON o.item_id = i.id
  LEFT JOIN sale_members m ON m.sale_id = s.id AND m.user_id = o.user_id
 WHERE s.members_open_at IS NOT NULL AND o.placed_at < s.opens_at
   AND (m.user_id IS NULL OR m.joined_at > o.placed_at OR NOT EXISTS (SELECT 1 FROM access_codes c WHERE c.id = m.code_id AND c.sale_id = m.sale_id));

GRANT SELECT ON audit_members TO doorbuster_auditor@'%', doorbuster_worker@'%';
