-- job_runs: the last run of each job of the worker: one row per job, written over by the next, so it stays as small as it is. Who counts runs over time has the metrics.
CREATE TABLE IF NOT EXISTS job_runs (
  job           VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'leases.job',
  fence         BIGINT UNSIGNED NOT NULL COMMENT 'number of the lease under which this was written; runs and done count from its beginning',
  began_at      DATETIME(6)     NULL COMMENT 'of the run that ended last; NULL: none has (clock of the database, UTC)',
  ended_at      DATETIME(6)     NULL COMMENT 'of the same (clock of the database, UTC)',
  did           INT UNSIGNED    NOT NULL COMMENT 'how many things that run did',
  failure       ENUM('', 'busy', 'unknown', 'broken', 'fault') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'how that run failed; empty: it did not',
  failing_since DATETIME(6)     NULL COMMENT 'end of the first of the runs that have failed since without a good one between them; NULL: the last was good (UTC)',
  pause_ms      INT UNSIGNED    NOT NULL COMMENT 'from the end of that run to the next',
  runs          BIGINT UNSIGNED NOT NULL COMMENT 'runs under this number so far',
  done          BIGINT UNSIGNED NOT NULL COMMENT 'things done under this number so far',
  running_since DATETIME(6)     NULL COMMENT 'of a run that takes long; NULL: none is known (UTC)',
  PRIMARY KEY (job),
  CONSTRAINT job_runs_begin_before_they_end CHECK ((began_at IS NULL) = (ended_at IS NULL))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Last run of each job of the workers';

GRANT SELECT, INSERT, UPDATE ON job_runs TO doorbuster_owner@localhost;
