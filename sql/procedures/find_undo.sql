-- find_undo: a line of the activity log that tells of something which can be undone, as the page needs it that offers to.
--
-- in_log_id is its number; NULL or 0: the last line about in_thing, as in sale_log.thing.
--
-- Answers at most one row: id, action, thing, needs (the right that it takes: sell or team), sale_id, staff_id (who did it; NULL: an operator or a job),
-- is_open (it can be undone: nothing came after it, and it is no operator's webhook; undo_act has the last word) and since (who has changed it since, the last; NULL: nobody).
-- No row also for another shop's line, and for who may not read.
-- Locks: none.
-- Called by store.FindUndo. Proved by testdata/sql/find_undo.test.

DROP PROCEDURE IF EXISTS find_undo;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE find_undo(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_log_id   BIGINT UNSIGNED,
    IN in_thing    VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'A line of the log that can be undone. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
find_undo: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT COALESCE(NULLIF(in_log_id, 0), (SELECT MAX(n.id) FROM sale_log n WHERE n.thing = in_thing)) INTO v_id;
  SELECT l.id, l.action, l.thing, IF(l.thing LIKE 'member %', 'team', 'sell') AS needs, l.sale_id, l.staff_id,
         o.id IS NOT NULL AND NOT (l.action = 'webhook_changed' AND l.shop_id IS NULL AND v_shop_id IS NOT NULL) AS is_open,
         (SELECT n.actor FROM sale_log n WHERE n.thing = l.thing AND n.id > l.id ORDER BY n.id DESC LIMIT 1) AS since
    FROM sale_log l LEFT JOIN open_acts o ON o.id = l.id
   WHERE l.id = v_id AND l.was IS NOT NULL AND v_allowed AND (v_shop_id IS NULL OR l.shop_id = v_shop_id OR l.shop_id IS NULL);
END find_undo$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE find_undo TO doorbuster_admin@'%';
