-- make_batch: the tables in which place_orders works, made at a connection's first batch. A step, never called alone.
--
-- It notes in @doorbuster_has_batch that they are there: both end with the connection.
--
-- batch_numbers counts from 1 to the 1000 requests that a batch may have. batch_asked and batch_homes are the requests and their items as
-- they came, batch_stock the shards that are locked, batch_items the items with their rules and sums, batch the requests with what becomes
-- of them. They live in memory and are seen by this connection only; all but batch_numbers are emptied by place_orders.
-- Locks: none. Answers nothing.
-- Called by place_orders. Proved by testdata/sql/place_orders.test.

DROP PROCEDURE IF EXISTS make_batch;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE make_batch()
  COMMENT 'Step of place_orders: makes its tables if this connection has none. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
make_batch: BEGIN
  CREATE TEMPORARY TABLE IF NOT EXISTS batch_asked (
    arrival    INT UNSIGNED NOT NULL PRIMARY KEY,
    order_id   BINARY(16) NOT NULL,
    user_id    BIGINT UNSIGNED NOT NULL,
    item_id    BIGINT UNSIGNED NOT NULL,
    units      INT NOT NULL,
    request_id BINARY(16) NOT NULL
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS batch_homes (
    item_id BIGINT UNSIGNED NOT NULL,
    sale_id BIGINT UNSIGNED NULL,
    shards  SMALLINT UNSIGNED NULL,
    home    SMALLINT UNSIGNED NOT NULL COMMENT 'the shard to try first',
    move_id BINARY(16) NOT NULL COMMENT 'of this item''s part of the ledger',
    PRIMARY KEY (item_id) USING BTREE
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS batch_stock (
    item_id   BIGINT UNSIGNED NOT NULL,
    shard     SMALLINT UNSIGNED NOT NULL,
    distance  SMALLINT UNSIGNED NOT NULL COMMENT 'from the home shard, in a circle',
    available INT NOT NULL,
    version   BIGINT UNSIGNED NOT NULL,
    take      INT NOT NULL DEFAULT 0,
    PRIMARY KEY (item_id, shard) USING BTREE
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS batch_items (
    item_id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    move_id         BINARY(16) NOT NULL,
    refusal         VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'why nobody gets any now; NULL: it is on sale',
    members_of      BIGINT UNSIGNED NULL COMMENT 'the sale whose members alone may have it now; NULL: all may',
    limit_per_user  SMALLINT UNSIGNED NULL,
    price_cents     BIGINT NULL,
    takes_payment   BOOLEAN NULL,
    hold_expires_at DATETIME(6) NULL,
    available       INT NOT NULL COMMENT 'in the shards that are locked',
    stock_version   BIGINT UNSIGNED NULL COMMENT 'NULL: not every shard was seen',
    wanted          INT NOT NULL DEFAULT 0 COMMENT 'units that all who may buy ask for',
    taken           INT NOT NULL DEFAULT 0 COMMENT 'units that they get',
    given           INT NOT NULL DEFAULT 0 COMMENT 'of those, found a shard to come from'
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS batch (
    arrival    INT UNSIGNED NOT NULL PRIMARY KEY,
    order_id   BINARY(16) NOT NULL,
    user_id    BIGINT UNSIGNED NOT NULL,
    item_id    BIGINT UNSIGNED NOT NULL,
    units      INT NOT NULL,
    request_id BINARY(16) NOT NULL,
    outcome    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'NULL: placed, unless an item has not enough for all',
    answer_id  BINARY(16) NULL COMMENT 'the order that counts'
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS batch_numbers (
    n SMALLINT UNSIGNED NOT NULL,
    PRIMARY KEY (n) USING BTREE
  ) ENGINE = MEMORY;
  DELETE FROM batch_numbers; -- of a first try that was cut off
  INSERT INTO batch_numbers (n) WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 1000) SELECT n FROM c;
  SET @doorbuster_has_batch = 1;
END make_batch$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE make_batch TO doorbuster_owner@localhost;
