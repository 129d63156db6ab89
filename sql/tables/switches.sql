-- switches: the plan B settings, in force on every node within a second.
CREATE TABLE IF NOT EXISTS switches (
  name       ENUM('stop_new_holds', 'read_only') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
             COMMENT 'stop_new_holds: no new orders, payments go on; read_only: no change of any kind by shoppers',
  is_on      BOOLEAN      NOT NULL COMMENT '1: in force',
  reason     VARCHAR(200) NOT NULL COMMENT 'why, in the words of whoever turned it',
  actor      VARCHAR(100) NOT NULL COMMENT 'who turned it last',
  changed_at DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Plan B switches; a missing row means off';

GRANT SELECT, INSERT, UPDATE ON switches TO doorbuster_owner@localhost;
