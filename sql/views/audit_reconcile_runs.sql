-- audit_reconcile_runs: what the job reconcile looked at, run by run.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_reconcile_runs AS
SELECT id, began_at, ended_at, items, orders, ledger_lines, units_allotted, units_available, units_held, units_sold, findings, fresh, gone, fence, holder
  FROM reconcile_runs;

GRANT SELECT ON audit_reconcile_runs TO doorbuster_auditor@'%';
