-- units: one row per unit that nobody has yet. Taking a unit deletes its row, so that no taken row is walked over later.
CREATE TABLE units (
  item_id BIGINT UNSIGNED NOT NULL COMMENT 'number of the item',
  unit    INT UNSIGNED    NOT NULL COMMENT 'number of the unit, from 1',
  PRIMARY KEY (item_id, unit)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin COMMENT = 'Units left, one row each'
