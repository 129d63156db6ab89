-- audit_orders: orders as the auditor sees them: the shopper is a number, no name, no e-mail.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_orders AS
SELECT id, item_id, user_id, units, unit_price_cents, state, active, placed_at, hold_expires_at, paid_at, closed_at, move_id FROM orders;

GRANT SELECT ON audit_orders TO doorbuster_auditor@'%', doorbuster_worker@'%';
