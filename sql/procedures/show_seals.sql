-- show_seals: how far the ledger is sealed, for whoever wants to write the head down.
--
-- Answers one row, or none for somebody who may not read: head_seq (0: nothing is sealed yet), head_hash (hexadecimal; empty before the first), head_at (NULL before the first),
-- waiting (lines that have no seal yet, at most 1000), waiting_since (when the oldest of them was written; NULL: none), database_time.
-- The seals are one chain over the ledger of the whole installation. A hash tells nothing of what it was made from.
-- Lines without a seal are looked for where seal_moves will look next; what came late, from a clock that is wrong, it finds by its sweep.
-- Locks: none.
-- Called by store.ShowSeals. Proved by testdata/sql/show_seals.test.

DROP PROCEDURE IF EXISTS show_seals;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_seals(
    IN in_staff_id BIGINT UNSIGNED
  )
  COMMENT 'Head of the sealed ledger. Returns one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_seals: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_front BINARY(16) DEFAULT COALESCE((SELECT move_id FROM seal_cursors WHERE pass = 'front'), UNHEX(REPEAT('0', 32)));

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT COALESCE(h.seq, 0) AS head_seq, COALESCE(LOWER(HEX(h.hash)), '') AS head_hash, h.sealed_at AS head_at, w.waiting, w.waiting_since, UTC_TIMESTAMP(6) AS database_time
    FROM (SELECT COUNT(*) AS waiting, MIN(u.moved_at) AS waiting_since
            FROM (SELECT STRAIGHT_JOIN m.moved_at
                    FROM stock_moves m FORCE INDEX (PRIMARY)
                    LEFT JOIN stock_seals s FORCE INDEX (stock_seals_one_per_line) ON s.move_id = m.move_id AND s.line = m.line
                   WHERE m.move_id >= v_front AND s.seq IS NULL AND v_allowed ORDER BY m.move_id, m.line LIMIT 1000) u) w
    LEFT JOIN (SELECT seq, hash, sealed_at FROM stock_seals ORDER BY seq DESC LIMIT 1) h ON TRUE
   WHERE v_allowed;
END show_seals$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_seals TO doorbuster_admin@'%';
