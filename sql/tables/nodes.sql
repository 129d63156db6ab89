-- nodes: how busy each process that serves shoppers was when it last said so. Figures for people who watch; nothing is decided by them.
CREATE TABLE IF NOT EXISTS nodes (
  id           BINARY(16)        NOT NULL COMMENT 'random number of the process, made when it starts',
  conns        SMALLINT UNSIGNED NOT NULL COMMENT 'connections it has for place_orders',
  busy         SMALLINT UNSIGNED NOT NULL COMMENT 'those of them in use at that instant',
  waiting      INT UNSIGNED      NOT NULL COMMENT 'shoppers who waited for their batch at that instant',
  batches      INT UNSIGNED      NOT NULL COMMENT 'calls of place_orders since the report before',
  batch_orders INT UNSIGNED      NOT NULL COMMENT 'requests in those calls',
  reported_at  DATETIME(6)       NOT NULL COMMENT 'UTC, clock of the database',
  PRIMARY KEY (id),
  KEY nodes_by_report (reported_at)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Processes that serve shoppers, with their last report; clean_up deletes those that have been silent for a day';

GRANT SELECT, INSERT, UPDATE, DELETE ON nodes TO doorbuster_owner@localhost;
