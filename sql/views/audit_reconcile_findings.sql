-- audit_reconcile_findings: what reconcile found broken, as the auditor sees it: who let it be mended, and in which words, stays covered.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW audit_reconcile_findings AS
SELECT id, invariant, item_id, subject, endangers, expected, found, what_to_do, repair, state, first_run, last_run, first_seen, last_seen, paused_at, ended_at,
       move_id, IF(approved_by IS NULL, NULL, 'staff') AS approved_by
  FROM reconcile_findings;

GRANT SELECT ON audit_reconcile_findings TO doorbuster_auditor@'%';
