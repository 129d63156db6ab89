-- merchant_reconcile_findings: what reconcile found broken, whether it stands, and who let it be mended.
CREATE OR REPLACE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW merchant_reconcile_findings AS
SELECT f.id, f.invariant, f.item_id, i.sale_id, i.title AS item_title, f.subject, f.endangers, f.expected, f.found, f.what_to_do, f.repair, f.state,
       f.first_run, f.last_run, f.first_seen, f.last_seen, f.paused_at, f.ended_at, f.move_id, f.approved_by, f.reason
  FROM reconcile_findings f LEFT JOIN items i ON i.id = f.item_id;

GRANT SELECT ON merchant_reconcile_findings TO doorbuster_admin@'%';
