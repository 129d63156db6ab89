-- stock_shards: the units of an item that nobody has yet, in one or more rows so that several writers need not wait for one lock.
CREATE TABLE IF NOT EXISTS stock_shards (
  item_id   BIGINT UNSIGNED   NOT NULL COMMENT 'items.id',
  shard     SMALLINT UNSIGNED NOT NULL COMMENT 'from 0 to items.shards - 1; always locked in rising order',
  available INT               NOT NULL COMMENT 'units that may still be ordered from this row',
  version   BIGINT UNSIGNED   NOT NULL COMMENT 'raised whenever available rises: a sold-out answer with an older version is stale',
  PRIMARY KEY (item_id, shard),
  CONSTRAINT stock_shards_available_is_never_negative CHECK (available >= 0)
) ENGINE = InnoDB DEFAULT CHARSET = ascii COLLATE = ascii_bin
  COMMENT = 'Units left. Every change of available writes its line to stock_moves in the same transaction';

GRANT SELECT, INSERT, UPDATE, DELETE ON stock_shards TO doorbuster_owner@localhost;
