-- list_item_moves: the ledger of an item as staff see it, newest first, a page at a time, with what was available, held and sold after each line.
--
-- The order of time is that of the primary key: numbers of moves begin with the time at which they were made. in_before_move and in_before_line are those of the last
-- line of the page before (NULL: the first page). Filters, each empty or NULL for none: in_account (a line goes from it or to it), in_by 'staff' (neither a shopper
-- nor the worker nor a payment's callback did it), in_order_id (lines about the order, and the batch that placed it).
--
-- Answers up to in_limit rows: move_id, line, shard, order_id, units, from_account, to_account, reason, actor, moved_at, units_available, units_held, units_sold. No row also for
-- an item that is not of this sale, for another shop's and for somebody who may not read.
-- The three sums begin, above the newest line, at the shelf and the orders, and each line is taken off them on the way back. So after the newest line they are the
-- equation of show_item, and before the first line ever they are 0, or the books do not agree. Everything is read in one snapshot.
--
-- No index of the ledger is in the order of time for one item, and one would be written by every purchase. So the primary key is walked backwards, between the item's first
-- line (its index begins with it: lines without an order are in the order of time there) and its last, which is asked of the newest 5000 lines, then of the item's own
-- index entries. A million lines of one item, MariaDB 10.11, two cores that eight others used, too: the first page 55 ms; each line that is newer than a page is read once
-- for its sums, so the page in the middle 1.3 s, the very last 1.8 s (a plain sum over all lines: 0.5 s on the same machine when it was quiet), a filter that finds
-- nothing 0.8 s; the last line of an item of an old sale 0.3 s. Beside it the item's active orders are read, as in show_item: 0.1 s for half a million.
-- The snapshot is a repeatable read and the lines come through a cursor, because INSERT … SELECT would lock them.
-- Locks: none.
-- Called by store.ListItemMoves. Proved by testdata/sql/list_item_moves.test and store/ledger_test.go (figures: BenchmarkLedger).

DROP PROCEDURE IF EXISTS list_item_moves;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_item_moves(
    IN in_staff_id    BIGINT UNSIGNED,
    IN in_sale_id     BIGINT UNSIGNED,
    IN in_item_id     BIGINT UNSIGNED,
    IN in_account     VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_by          VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_order_id    BINARY(16),
    IN in_before_move BINARY(16),
    IN in_before_line INT UNSIGNED,
    IN in_limit       SMALLINT UNSIGNED
  )
  COMMENT 'Ledger of an item, newest first, with running sums. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_item_moves: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_item_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_done BOOLEAN DEFAULT FALSE;
  DECLARE v_first, v_last, v_placed, v_move, v_above BINARY(16);
  DECLARE v_line, v_above_line INT UNSIGNED;
  DECLARE v_available, v_held, v_sold, v_more_available, v_more_held, v_more_sold BIGINT DEFAULT 0;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 DEFAULT '';
  DECLARE v_page CURSOR FOR
    SELECT m.move_id, m.line FROM stock_moves m FORCE INDEX (PRIMARY)
     WHERE m.item_id = v_item_id AND m.move_id >= v_first AND m.move_id <= LEAST(v_last, COALESCE(in_before_move, v_last))
       AND (in_before_move IS NULL OR m.move_id < in_before_move OR m.line < in_before_line)
       AND (COALESCE(in_account, '') = '' OR m.from_account = in_account OR m.to_account = in_account)
       AND (COALESCE(in_by, '') = '' OR m.actor COLLATE utf8mb4_bin NOT IN ('shopper', 'worker', 'callback'))
       AND (in_order_id IS NULL OR m.order_id = in_order_id OR (m.order_id IS NULL AND m.move_id = v_placed))
     ORDER BY m.move_id DESC, m.line DESC LIMIT in_limit;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  START TRANSACTION WITH CONSISTENT SNAPSHOT;
  SELECT i.id INTO v_item_id FROM items i JOIN sales s ON s.id = i.sale_id
   WHERE i.id = in_item_id AND i.sale_id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  -- Ten minutes before the first line of a batch, in case a web node whose clock is behind has a line of an order: no line of the item is older than that.
  SELECT UNHEX(CONCAT(LPAD(HEX(GREATEST(CONV(HEX(SUBSTR(move_id, 1, 6)), 16, 10), 600000) - 600000), 12, '0'), REPEAT('0', 20))) INTO v_first
    FROM stock_moves FORCE INDEX (stock_moves_by_item) WHERE item_id = v_item_id AND order_id IS NULL ORDER BY move_id LIMIT 1;
  SELECT MAX(n.move_id) INTO v_last FROM (SELECT move_id, item_id FROM stock_moves FORCE INDEX (PRIMARY) ORDER BY move_id DESC, line DESC LIMIT 5000) n WHERE n.item_id = v_item_id;
  IF v_last IS NULL THEN
    SELECT MAX(move_id) INTO v_last FROM stock_moves FORCE INDEX (stock_moves_by_item) WHERE item_id = v_item_id;
  END IF;
  IF v_item_id IS NOT NULL THEN
    SELECT COALESCE(SUM(available), 0) INTO v_available FROM stock_shards WHERE item_id = v_item_id;
    SELECT COALESCE(SUM(IF(state = 'held', units, 0)), 0), COALESCE(SUM(IF(state = 'paid', units, 0)), 0) INTO v_held, v_sold
      FROM orders WHERE item_id = v_item_id AND active = 1;
    IF in_order_id IS NOT NULL THEN
      SELECT MAX(move_id) INTO v_placed FROM orders WHERE id = in_order_id AND item_id = v_item_id;
    END IF;
  END IF;

  SET v_done = FALSE, v_above = v_last, v_above_line = 4294967295;
  OPEN v_page;
  list_page: LOOP
    FETCH v_page INTO v_move, v_line;
    IF v_done THEN LEAVE list_page; END IF;
    -- What lies between this line and the one above it on the page is newer than this one.
    SELECT COALESCE(SUM(CAST(units AS SIGNED) * ((to_account = 'available') - (from_account = 'available'))), 0),
           COALESCE(SUM(CAST(units AS SIGNED) * ((to_account = 'held') - (from_account = 'held'))), 0),
           COALESCE(SUM(CAST(units AS SIGNED) * ((to_account = 'sold') - (from_account = 'sold'))), 0) INTO v_more_available, v_more_held, v_more_sold
      FROM stock_moves FORCE INDEX (PRIMARY)
     WHERE item_id = v_item_id AND move_id >= v_move AND move_id <= v_above AND (move_id > v_move OR line > v_line) AND (move_id < v_above OR line <= v_above_line);
    SET v_available = v_available - v_more_available, v_held = v_held - v_more_held, v_sold = v_sold - v_more_sold, v_above = v_move, v_above_line = v_line,
        v_rows = CONCAT(v_rows, IF(v_rows = '', '', ','), '["', HEX(v_move), '",', v_line, ',', v_available, ',', v_held, ',', v_sold, ']');
  END LOOP list_page;
  CLOSE v_page;
  COMMIT;

  SELECT m.move_id, m.line, m.shard, m.order_id, m.units, m.from_account, m.to_account, m.reason, m.actor, m.moved_at, r.units_available, r.units_held, r.units_sold
    FROM JSON_TABLE(CONCAT('[', v_rows, ']'), '$[*]' COLUMNS (n FOR ORDINALITY, move_id VARCHAR(32) PATH '$[0]', line INT UNSIGNED PATH '$[1]', units_available BIGINT PATH '$[2]',
           units_held BIGINT PATH '$[3]', units_sold BIGINT PATH '$[4]')) r
    JOIN stock_moves m ON m.move_id = UNHEX(r.move_id) AND m.line = r.line
   ORDER BY r.n;
END list_item_moves$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_item_moves TO doorbuster_admin@'%';
