-- schema_state: which version of each file in this folder is installed here.
CREATE TABLE IF NOT EXISTS schema_state (
  object     VARCHAR(100) NOT NULL COMMENT 'path of the file below sql/, for example procedures/place_orders.sql',
  checksum   CHAR(64)     NOT NULL COMMENT 'SHA-256 of the file as it was applied, in hexadecimal',
  applied_at DATETIME(6)  NOT NULL COMMENT 'when it was applied (UTC)',
  PRIMARY KEY (object)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'What is installed: written by doorbuster apply, read at start to refuse a database of another version';

GRANT SELECT ON schema_state TO doorbuster_owner@localhost, doorbuster_web@'%', doorbuster_admin@'%', doorbuster_worker@'%';
