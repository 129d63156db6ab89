-- plan_repair: the ledger lines that would set right what the books of an item say. A step, never called alone. It changes nothing but its temporary tables.
--
-- Three numbers tell how many units of an item may still be sold: the allotment less what orders hold and bought, the ledger, and the shelf. Where all but
-- one agree, that one is wrong, and first a line says what was done to it past the procedures, then a line undoes it. Orders are never touched: they
-- are what people were promised. Nothing is planned where two or more disagree, where orders differ from the ledger, where a shard is missing,
-- or where more than twelve lines would be needed. The reasons are in docs/decisions/0013-reconcile.md.
--
-- · shelf: the ledger and the allotment agree: the shelf is set to the ledger; two lines per shard, which come to nothing
-- · ledger: shelf and allotment agree: one line per shard; no unit moves
-- · too_many: the allotment is above shelf and ledger: it is lowered to them; two lines that come to nothing
-- · too_few: the allotment is below them: what nobody has is taken off the shelf, one line per shard
--
-- Sets out_plan to the lines as text: empty, none can help; NULL, there is nothing to set right. Sets out_allotted to what the allotment is to be.
-- Leaves the lines in the temporary table planned_lines; `gets` is what the line does to its shard.
-- It reads the item's whole ledger and its orders in one statement, so what it compares belongs to one instant.
-- Locks: none; approve_repair has those of sale, item and shards.
-- Called by record_reconciliation and approve_repair. Proved by testdata/sql/plan_repair.test.

DROP PROCEDURE IF EXISTS plan_repair;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE plan_repair(
    IN in_item_id    BIGINT UNSIGNED,
    OUT out_plan     VARCHAR(1000),
    OUT out_allotted BIGINT
  )
  COMMENT 'Step of record_reconciliation and approve_repair: plans the ledger lines that set an item right. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
plan_repair: BEGIN
  DECLARE v_wrong VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_rows, v_shards, v_last_shard, v_differ, v_lines INT;
  DECLARE v_allotted, v_held, v_sold, v_shelf, v_least, v_least_proved BIGINT;
  DECLARE v_ledger, v_ledger_allotted, v_ledger_held, v_ledger_sold BIGINT;

  CREATE TEMPORARY TABLE IF NOT EXISTS planned (
    shard  SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    shelf  BIGINT NOT NULL,
    ledger BIGINT NOT NULL
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS planned_sums (
    allotted BIGINT NOT NULL, shards INT NOT NULL, held BIGINT NOT NULL, sold BIGINT NOT NULL,
    ledger_allotted BIGINT NOT NULL, ledger_held BIGINT NOT NULL, ledger_sold BIGINT NOT NULL, shard SMALLINT UNSIGNED NOT NULL, shelf BIGINT NOT NULL, ledger BIGINT NOT NULL
  ) ENGINE = MEMORY;
  CREATE TEMPORARY TABLE IF NOT EXISTS planned_lines (
    line         INT UNSIGNED NOT NULL PRIMARY KEY,
    shard        SMALLINT UNSIGNED NOT NULL,
    units        INT UNSIGNED NOT NULL,
    from_account VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    to_account   VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    gets         BIGINT NOT NULL
  ) ENGINE = MEMORY;
  DELETE FROM planned;
  DELETE FROM planned_sums;
  DELETE FROM planned_lines;
  INSERT INTO planned_sums (allotted, shards, held, sold, ledger_allotted, ledger_held, ledger_sold, shard, shelf, ledger)
  WITH lines_of AS (
    SELECT item_id, shard, from_account, to_account, CAST(units AS SIGNED) AS units FROM stock_moves WHERE item_id = in_item_id),
  shard_ledger AS (
    SELECT shard, SUM(IF(to_account = 'available', units, 0) - IF(from_account = 'available', units, 0)) AS available FROM lines_of GROUP BY shard),
  item_ledger AS (
    SELECT item_id, SUM(IF(from_account = 'outside', units, 0) - IF(to_account = 'outside', units, 0)) AS allotted,
           SUM(IF(to_account = 'held', units, 0) - IF(from_account = 'held', units, 0)) AS held,
           SUM(IF(to_account = 'sold', units, 0) - IF(from_account = 'sold', units, 0)) AS sold FROM lines_of GROUP BY item_id),
  item_orders AS (
    SELECT item_id, SUM(IF(state = 'held', units, 0)) AS held, SUM(IF(state = 'paid', units, 0)) AS sold FROM orders WHERE item_id = in_item_id GROUP BY item_id)
  SELECT i.units_allotted, i.shards, COALESCE(o.held, 0), COALESCE(o.sold, 0), COALESCE(m.allotted, 0), COALESCE(m.held, 0), COALESCE(m.sold, 0),
         k.shard, k.available, COALESCE(l.available, 0)
    FROM items i JOIN stock_shards k ON k.item_id = i.id LEFT JOIN shard_ledger l ON l.shard = k.shard
    LEFT JOIN item_ledger m ON m.item_id = i.id LEFT JOIN item_orders o ON o.item_id = i.id
   WHERE i.id = in_item_id;
  INSERT INTO planned (shard, shelf, ledger) SELECT shard, shelf, ledger FROM planned_sums;
  SELECT COUNT(*), MAX(shards), MAX(shard), SUM(shelf <> ledger), MAX(allotted), MAX(held), MAX(sold), SUM(shelf), SUM(ledger), MIN(shelf), MIN(ledger),
         MAX(ledger_allotted), MAX(ledger_held), MAX(ledger_sold)
    INTO v_rows, v_shards, v_last_shard, v_differ, v_allotted, v_held, v_sold, v_shelf, v_ledger, v_least, v_least_proved,
         v_ledger_allotted, v_ledger_held, v_ledger_sold FROM planned_sums;

  SET v_wrong = CASE
    WHEN v_rows = 0 OR v_rows <> v_shards OR v_last_shard <> v_shards - 1          THEN 'orders' -- or a shard: no line can help
    WHEN v_ledger <> v_ledger_allotted - v_ledger_held - v_ledger_sold             THEN 'orders' -- lines of a shard that is not there
    WHEN v_ledger_held <> v_held OR v_ledger_sold <> v_sold                        THEN 'orders'
    WHEN v_differ = 0 AND v_ledger_allotted = v_allotted                           THEN 'nothing'
    WHEN v_ledger_allotted = v_allotted AND v_least_proved >= 0                    THEN 'shelf'
    WHEN v_shelf = v_allotted - v_held - v_sold AND v_least >= 0                   THEN 'ledger'
    WHEN v_differ = 0 AND v_allotted > v_ledger_allotted                           THEN 'too_many'
    WHEN v_differ = 0 AND v_allotted >= v_held + v_sold AND v_least >= 0           THEN 'too_few'
    ELSE 'orders' END;

  INSERT INTO planned_lines (line, shard, units, from_account, to_account, gets)
  SELECT ROW_NUMBER() OVER (ORDER BY p.shard, n.n) - 1, p.shard, ABS(p.units), IF((p.units > 0) = (n.n = 0), 'outside', 'available'),
         IF((p.units > 0) = (n.n = 0), 'available', 'outside'), CASE WHEN v_wrong = 'too_few' THEN p.units WHEN v_wrong = 'shelf' AND n.n = 1 THEN -p.units ELSE 0 END
    FROM (SELECT shard, CASE v_wrong
                   WHEN 'too_many' THEN IF(shard = 0, v_allotted - v_ledger_allotted, 0)
                   WHEN 'too_few'  THEN -LEAST(shelf, GREATEST(0, v_ledger_allotted - v_allotted - before_it))
                   ELSE shelf - ledger END AS units
            FROM (SELECT shard, shelf, ledger, COALESCE(SUM(shelf) OVER (ORDER BY shard ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before_it
                    FROM planned) k) p
    JOIN (SELECT 0 AS n UNION ALL SELECT 1) n ON n.n = 0 OR v_wrong IN ('shelf', 'too_many')
   WHERE p.units <> 0 AND v_wrong NOT IN ('orders', 'nothing');
  SET v_lines = ROW_COUNT(), out_allotted = IF(v_wrong = 'too_many', v_ledger_allotted, v_allotted), out_plan = '';
  IF v_wrong = 'nothing' THEN
    SET out_plan = NULL;
  ELSEIF v_lines BETWEEN 1 AND 12 THEN
    SELECT CONCAT(GROUP_CONCAT(CONCAT('shard ', shard, ': ', units, ' from ', from_account, ' to ', to_account) ORDER BY line SEPARATOR ', '),
                  CASE v_wrong WHEN 'shelf' THEN CONCAT('; ', IF(SUM(gets) = 0, 'as many', CONCAT(ABS(SUM(gets)), IF(SUM(gets) < 0, ' fewer', ' more'))), ' on the shelf')
                               WHEN 'ledger' THEN '; no unit moves' WHEN 'too_many' THEN CONCAT('; ', v_allotted - v_ledger_allotted, ' fewer allotted')
                               ELSE CONCAT('; ', -SUM(gets), ' fewer on the shelf') END)
      INTO out_plan FROM planned_lines;
  END IF;
END plan_repair$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE plan_repair TO doorbuster_owner@localhost;
