-- webhook_attempts: what each attempt to deliver an event came to. Not even the owner of the procedures may change a line;
-- clean_up deletes those of deliveries that were taken long ago.
CREATE TABLE IF NOT EXISTS webhook_attempts (
  endpoint_id BIGINT UNSIGNED NOT NULL COMMENT 'webhook_endpoints.id',
  seq         BIGINT UNSIGNED NOT NULL COMMENT 'events.seq',
  attempt     INT UNSIGNED    NOT NULL COMMENT 'number within the delivery, from 1; one that is missing was cut off with its worker',
  ended_at    DATETIME(6)     NOT NULL COMMENT 'clock of the database (UTC)',
  status      SMALLINT UNSIGNED NULL COMMENT 'HTTP status of the answer; NULL: there was none',
  duration_ms INT UNSIGNED    NOT NULL COMMENT 'how long it took, in milliseconds',
  answer      VARCHAR(500)    NOT NULL COMMENT 'the beginning of the answer, or what went wrong',
  PRIMARY KEY (endpoint_id, seq, attempt),
  KEY webhook_attempts_by_time (endpoint_id, ended_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Log of the attempts to deliver events; a line never changes';

GRANT SELECT, INSERT, DELETE ON webhook_attempts TO doorbuster_owner@localhost;
