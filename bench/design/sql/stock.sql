-- stock: the units left of an item, in one or more rows.
CREATE TABLE stock (
  item_id   BIGINT UNSIGNED   NOT NULL COMMENT 'number of the item',
  shard     SMALLINT UNSIGNED NOT NULL COMMENT 'from 0',
  available INT               NOT NULL COMMENT 'units that may still be ordered from this row',
  PRIMARY KEY (item_id, shard),
  CONSTRAINT stock_available_is_never_negative CHECK (available >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin COMMENT = 'Units left, of a baseline'
