-- check_undo: is what a line of the log did still in force? A step, never called alone.
--
-- The caller has opened a transaction that reads what is committed, and holds the lock of what the line is about: whoever changed it since has written
-- another line about it, and nobody writes one now. in_value is how it is, in the words of sale_log.became.
--
-- Sets out_outcome: already_undone (somebody has taken this line back before), changed_meanwhile (another act came after it, or it is not as the line left it)
-- or undone (nothing speaks against it).
-- Answers nothing.
-- Locks: none.
-- Called by undo_in_sale, undo_units, undo_in_team and undo_setting. Proved by testdata/sql/check_undo.test.

DROP PROCEDURE IF EXISTS check_undo;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE check_undo(
    IN in_log_id    BIGINT UNSIGNED,
    IN in_value     VARCHAR(200),
    OUT out_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Step of the procedures that undo: is it still as this line left it? Returns nothing.'
  READS SQL DATA
  SQL SECURITY DEFINER
check_undo: BEGIN
  -- Compared byte by byte: a message that differs in case or in an accent is another one.
  SELECT CASE
         WHEN EXISTS (SELECT 1 FROM sale_log u WHERE u.undoes = l.id) THEN 'already_undone'
         WHEN EXISTS (SELECT 1 FROM sale_log n WHERE n.thing = l.thing AND n.id > l.id) THEN 'changed_meanwhile'
         WHEN CAST(l.became AS BINARY) <=> CAST(in_value AS BINARY) THEN 'undone'
         ELSE 'changed_meanwhile' END INTO out_outcome
    FROM sale_log l WHERE l.id = in_log_id;
END check_undo$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE check_undo TO doorbuster_owner@localhost;
