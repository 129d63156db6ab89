-- switches: the plan B settings, in force on every node within a second.
CREATE TABLE IF NOT EXISTS switches (
  name       ENUM('stop_new_holds', 'read_only', 'sold_out_page', 'admission_rate') CHARACTER SET ascii COLLATE ascii_bin NOT NULL
             COMMENT 'stop_new_holds: no new orders, payments go on; read_only: no change of any kind by shoppers; sold_out_page: closed for now, told from memory; admission_rate: so many presses a second are let through by each web server',
  shop_id    BIGINT UNSIGNED NOT NULL COMMENT 'the shop whose sales it is for, also with an item; 0: every shop',
  item_id    BIGINT UNSIGNED NOT NULL COMMENT 'items.id; 0: all items',
  is_on      BOOLEAN      NOT NULL COMMENT '1: in force',
  value      INT UNSIGNED NOT NULL COMMENT 'of admission_rate while it is on: presses a second; else 0',
  reason     VARCHAR(200) NOT NULL COMMENT 'why, in the words of whoever turned it',
  actor      VARCHAR(100) NOT NULL COMMENT 'who turned it last',
  changed_at DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (name, shop_id, item_id),
  CONSTRAINT switches_read_only_is_for_all CHECK (name <> 'read_only' OR (shop_id = 0 AND item_id = 0)),
  CONSTRAINT switches_rate_is_a_number CHECK (value <= 1000000 AND (value > 0) = (name = 'admission_rate' AND is_on = 1))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
  COMMENT = 'Plan B switches; a missing row means off';

GRANT SELECT, INSERT, UPDATE ON switches TO doorbuster_owner@localhost;
