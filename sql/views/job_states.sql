-- job_states: each job that a worker has ever begun, with its last run and what is wrong with it now. What "late" means is said here alone: the first page, the go-live
-- check and the list of jobs read it.
--
-- trouble, first match wins:
--   idle      nobody has renewed the lease for more than a minute
--   stuck     a run of the present holder has been under way for more than an hour
--   overdue   no run is under way, and the next should have begun more than a minute ago
--   failing   no run has succeeded for more than a minute, and the last one failed
--   (empty)   none of these
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = doorbuster_owner@localhost SQL SECURITY DEFINER VIEW job_states AS
SELECT l.job, l.holder, l.fence, l.expires_at, r.began_at, r.ended_at, r.did, r.failure, r.failing_since, r.pause_ms, IF(r.fence = l.fence, r.running_since, NULL) AS running_since,
       r.ended_at + INTERVAL (r.pause_ms * 1000) MICROSECOND AS next_at,
       IF(r.fence = l.fence, r.runs, 0) AS runs, IF(r.fence = l.fence, r.done, 0) AS done,
       CASE
         WHEN l.expires_at < UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE THEN 'idle'
         WHEN r.fence = l.fence AND r.running_since < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR THEN 'stuck'
         WHEN (r.running_since IS NULL OR r.fence <> l.fence) AND r.ended_at + INTERVAL (r.pause_ms * 1000) MICROSECOND < UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE THEN 'overdue'
         WHEN r.failing_since < UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE THEN 'failing'
         ELSE '' END AS trouble
  FROM leases l LEFT JOIN job_runs r ON r.job = l.job;

GRANT SELECT ON job_states TO doorbuster_owner@localhost;
