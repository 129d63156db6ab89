-- task_refusals: the orders that bulk work could not do, and why.
CREATE TABLE IF NOT EXISTS task_refusals (
  task_id  BIGINT UNSIGNED NOT NULL COMMENT 'tasks.id',
  order_id BINARY(16)      NOT NULL COMMENT 'orders.id',
  outcome  VARCHAR(20)     NOT NULL COMMENT 'what the procedure of the act answered',
  made_at  DATETIME(6)     NOT NULL COMMENT 'UTC',
  PRIMARY KEY (task_id, order_id)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Orders that bulk work was refused; deleted with their task';

GRANT SELECT, INSERT, UPDATE, DELETE ON task_refusals TO doorbuster_owner@localhost;
