-- seal_moves: gives ledger lines their seals, at most in_limit of them per call, and never more than 900.
--
-- Outcomes, first match wins:
--   fenced   in_fence is not the present number of the lease: another worker took over; nothing was done
--   nothing  no line was found without a seal
--   sealed   `sealed` lines have their seals; call again at once if they are as many as asked for
--
-- Answers one row: outcome, sealed, head_seq, head_hash (hexadecimal), head_at: the last seal there is; head_seq is 0 before the first.
--
-- The hash is SHA-256 over one line of text: the former hash, seq, sealed_at, and the columns of the ledger line in their order, separated by single
-- spaces. No part holds a space: ids and hashes are lower-case hexadecimal, a missing order is "-", times are digits to the microsecond,
-- reason and actor are one hash of their own (over both in hexadecimal, a space between), which is what the auditor sees of them.
--
-- Numbers and times commit out of order, so a line is to be sealed when it has no seal. Two looks find it without an index of their own:
-- · front: everything from 15 s ago on, by the time in the move's number. No transaction lasts that long (2 s for a lock, 8 s for a CALL).
-- · sweep: everything before that, ten times in_limit lines per call, over and over: whoever came later all the same, from a clock that is wrong
-- A look ends where its limit is reached and goes on there, so a ledger that was never sealed costs each line once.
-- Each line passes here once, so here it is also added to the sums that charts are drawn from (stock_flows).
--
-- The number is checked twice, as in expire_orders. The ledger is read at READ COMMITTED without locks: no purchase waits for this, and this for none.
-- Locks: the lease; then rows are added to stock_seals and stock_flows, and one or two changed in seal_cursors.
-- Called by store.SealMoves. Proved by testdata/sql/seal_moves.test and store/seal_test.go.

DROP PROCEDURE IF EXISTS seal_moves;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE seal_moves(
    IN in_fence BIGINT UNSIGNED,
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Seals up to in_limit ledger lines, at most 900. Returns one row: outcome, sealed, head_seq, head_hash, head_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
seal_moves: BEGIN
  DECLARE v_fence BIGINT UNSIGNED;
  DECLARE v_head, v_sealed BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_found, v_late, v_limit, v_room, v_skip INT DEFAULT 0;
  DECLARE v_hash CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT REPEAT('0', 64);
  DECLARE v_front, v_sweep BINARY(16) DEFAULT UNHEX(REPEAT('0', 32));
  DECLARE v_next, v_floor, v_to BINARY(16);
  DECLARE v_now, v_head_at DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED; -- else reading the ledger would lock it
  START TRANSACTION;
  SELECT fence INTO v_fence FROM leases WHERE job = 'seal_moves' FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SELECT seq, LOWER(HEX(hash)), sealed_at INTO v_head, v_hash, v_head_at FROM stock_seals ORDER BY seq DESC LIMIT 1;

  IF v_fence = in_fence THEN
    SET v_limit = LEAST(in_limit, 900); -- the chain is computed by recursion, which both servers bound at 1000
    SELECT move_id INTO v_front FROM seal_cursors WHERE pass = 'front';
    SELECT move_id INTO v_sweep FROM seal_cursors WHERE pass = 'sweep';
    SET v_floor = UNHEX(CONCAT(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', v_now) DIV 1000 - 15000), 12, '0'), REPEAT('0', 20)));

    CREATE TEMPORARY TABLE IF NOT EXISTS unsealed (
      n       INT UNSIGNED NOT NULL PRIMARY KEY,
      move_id BINARY(16)   NOT NULL,
      line    INT UNSIGNED NOT NULL
    ) ENGINE = MEMORY;
    CREATE TEMPORARY TABLE IF NOT EXISTS sealed_texts (
      n    INT UNSIGNED NOT NULL PRIMARY KEY,
      text VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    ) ENGINE = MEMORY;
    DELETE FROM unsealed;
    INSERT INTO unsealed (n, move_id, line)
    SELECT ROW_NUMBER() OVER (ORDER BY f.move_id, f.line), f.move_id, f.line
      FROM (SELECT STRAIGHT_JOIN m.move_id, m.line
              FROM stock_moves m FORCE INDEX (PRIMARY)
              LEFT JOIN stock_seals s FORCE INDEX (stock_seals_one_per_line) ON s.move_id = m.move_id AND s.line = m.line
             WHERE m.move_id >= v_front AND s.seq IS NULL ORDER BY m.move_id, m.line LIMIT v_limit) f;
    SET v_found = ROW_COUNT(), v_next = v_floor;
    IF v_found = v_limit AND v_found > 0 THEN -- there may be more: the next call begins here
      SELECT LEAST(v_floor, MAX(move_id)) INTO v_next FROM unsealed;
    END IF;

    SET v_room = v_limit - v_found, v_skip = GREATEST(v_limit * 10, 1) - 1;
    IF v_room > 0 THEN
      SELECT move_id INTO v_to FROM stock_moves WHERE move_id > v_sweep AND move_id < v_front ORDER BY move_id, line LIMIT v_skip, 1;
      INSERT INTO unsealed (n, move_id, line)
      SELECT v_found + ROW_NUMBER() OVER (ORDER BY f.move_id, f.line), f.move_id, f.line
        FROM (SELECT STRAIGHT_JOIN m.move_id, m.line
                FROM stock_moves m FORCE INDEX (PRIMARY)
                LEFT JOIN stock_seals s FORCE INDEX (stock_seals_one_per_line) ON s.move_id = m.move_id AND s.line = m.line
               WHERE m.move_id > v_sweep AND m.move_id < v_front AND m.move_id <= COALESCE(v_to, v_front) AND s.seq IS NULL
               ORDER BY m.move_id, m.line LIMIT v_room) f;
      SET v_late = ROW_COUNT();
      IF v_late < v_room THEN -- else there may be more in this slice: the next call reads it again
        SET v_sweep = COALESCE(v_to, UNHEX(REPEAT('0', 32)));
      END IF;
    END IF;

    DELETE FROM sealed_texts;
    INSERT INTO sealed_texts (n, text)
    SELECT u.n, LOWER(CONCAT_WS(' ', v_head + u.n, DATE_FORMAT(v_now, '%Y%m%d%H%i%s.%f'),
             HEX(m.move_id), m.line, m.item_id, m.shard, COALESCE(HEX(m.order_id), '-'), m.units, CONVERT(m.from_account USING utf8mb4) COLLATE utf8mb4_bin,
             m.to_account, SHA2(LOWER(CONCAT_WS(' ', HEX(m.reason), HEX(m.actor))), 256), DATE_FORMAT(m.moved_at, '%Y%m%d%H%i%s.%f')))
      FROM unsealed u JOIN stock_moves m ON m.move_id = u.move_id AND m.line = u.line;
    INSERT INTO stock_seals (seq, move_id, line, hash, sealed_at)
    WITH RECURSIVE chain (n, hash) AS (
      SELECT CAST(0 AS UNSIGNED), CAST(v_hash AS CHAR(64))
       UNION ALL
      SELECT t.n, SHA2(CONCAT(c.hash, ' ', t.text), 256) FROM chain c JOIN sealed_texts t ON t.n = c.n + 1)
    SELECT v_head + u.n, u.move_id, u.line, UNHEX(c.hash), v_now
      FROM chain c JOIN unsealed u ON u.n = c.n JOIN leases l ON l.job = 'seal_moves' AND l.fence = in_fence;
    SET v_sealed = ROW_COUNT();
    IF v_sealed <> v_found + v_late THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'seal_moves: the chain was cut off: this server bounds recursion below 1000';
    END IF;
    INSERT INTO stock_flows (item_id, began_at, from_account, to_account, units)
    SELECT f.item_id, f.began_at, f.from_account, f.to_account, f.units
      FROM (SELECT m.item_id, CAST(m.moved_at - INTERVAL SECOND(m.moved_at) MOD 10 * 1000000 + MICROSECOND(m.moved_at) MICROSECOND AS DATETIME) AS began_at,
                   m.from_account, m.to_account, SUM(m.units) AS units
              FROM unsealed u JOIN stock_moves m ON m.move_id = u.move_id AND m.line = u.line
             GROUP BY m.item_id, 2, m.from_account, m.to_account) f
      JOIN leases l ON l.job = 'seal_moves' AND l.fence = in_fence
        ON DUPLICATE KEY UPDATE units = stock_flows.units + f.units;
    SELECT LOWER(HEX(hash)) INTO v_hash FROM stock_seals WHERE seq = v_head + v_sealed;
    IF v_sealed > 0 THEN SET v_head_at = v_now; END IF;

    -- A shop where nothing happens writes this once a minute, not once a second.
    INSERT INTO seal_cursors (pass, move_id)
    SELECT 'front', v_next FROM leases
     WHERE job = 'seal_moves' AND fence = in_fence
       AND (v_found > 0 OR CONV(HEX(SUBSTR(v_next, 1, 6)), 16, 10) - CONV(HEX(SUBSTR(v_front, 1, 6)), 16, 10) > 60000)
        ON DUPLICATE KEY UPDATE move_id = v_next;
    INSERT INTO seal_cursors (pass, move_id)
    SELECT 'sweep', v_sweep FROM leases
     WHERE job = 'seal_moves' AND fence = in_fence
       AND NOT EXISTS (SELECT 1 FROM seal_cursors c WHERE c.pass = 'sweep' AND c.move_id = v_sweep)
        ON DUPLICATE KEY UPDATE move_id = v_sweep;
  END IF;
  COMMIT;

  SELECT CASE WHEN v_fence IS NULL OR v_fence <> in_fence OR in_fence IS NULL THEN 'fenced' WHEN v_sealed = 0 THEN 'nothing' ELSE 'sealed' END AS outcome,
         v_sealed AS sealed, v_head + v_sealed AS head_seq, IF(v_head + v_sealed = 0, '', v_hash) AS head_hash, v_head_at AS head_at;
END seal_moves$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE seal_moves TO doorbuster_worker@'%';
