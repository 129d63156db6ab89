-- reconcile_runs: what the worker's job reconcile looked at, and the numbers that it read. Runs without a finding are thinned out after a week.
CREATE TABLE IF NOT EXISTS reconcile_runs (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'number of the run',
  began_at        DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  ended_at        DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  items           INT UNSIGNED    NOT NULL COMMENT 'items looked at',
  orders          BIGINT UNSIGNED NOT NULL COMMENT 'their orders',
  ledger_lines    BIGINT UNSIGNED NOT NULL COMMENT 'their lines of stock_moves',
  units_allotted  BIGINT          NOT NULL COMMENT 'sum over the items',
  units_available BIGINT          NOT NULL COMMENT 'sum over their shards',
  units_held      BIGINT          NOT NULL COMMENT 'sum over their held orders',
  units_sold      BIGINT          NOT NULL COMMENT 'sum over their paid orders',
  findings        INT UNSIGNED    NOT NULL COMMENT 'findings that stood when it looked',
  fresh           INT UNSIGNED    NOT NULL COMMENT 'those of them that were not known before',
  gone            INT UNSIGNED    NOT NULL COMMENT 'findings that had stood before and do no longer',
  fence           BIGINT UNSIGNED NOT NULL COMMENT 'number of the lease under which it wrote',
  holder          VARCHAR(100)    NOT NULL COMMENT 'the worker: host and process',
  PRIMARY KEY (id),
  KEY reconcile_runs_by_findings (findings, gone, ended_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Runs of the job reconcile';

GRANT SELECT, INSERT, DELETE ON reconcile_runs TO doorbuster_owner@localhost;
