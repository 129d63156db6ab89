-- leases: which worker does a job now. The number is issued here, because a lock in Redis can lie.
CREATE TABLE IF NOT EXISTS leases (
  job        VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'name of the job',
  holder     VARCHAR(100) NOT NULL COMMENT 'the worker: host and process',
  fence      BIGINT UNSIGNED NOT NULL COMMENT 'raised at every change of holder; a write with an older number is refused',
  expires_at DATETIME(6) NOT NULL COMMENT 'until when the holder need not be asked (UTC)',
  PRIMARY KEY (job)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Leases of the workers'' jobs with their fencing numbers';

GRANT SELECT, INSERT, UPDATE ON leases TO doorbuster_owner@localhost;
