-- audit_holds: the holds of each item by age, oldest first: how many orders and units wait to be paid, and how many should have ended already.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_holds AS
SELECT item_id, TIMESTAMPDIFF(MINUTE, placed_at, UTC_TIMESTAMP(6)) AS minutes_old, COUNT(*) AS orders, SUM(units) AS units,
       SUM(hold_expires_at <= UTC_TIMESTAMP(6)) AS overdue, SUM(extended) AS extended
  FROM orders WHERE state = 'held' GROUP BY item_id, minutes_old;

GRANT SELECT ON audit_holds TO doorbuster_auditor@'%';
