-- read_export: one part of the file of an export.
--
-- Answers at most one row: body. No row: the file has fewer parts, is not finished or has expired, no such task, another shop's, or the member may not: it takes the right to sell, as making it does.
-- Locks: none.
-- Called by store.ReadExport. Proved by testdata/sql/read_export.test.

DROP PROCEDURE IF EXISTS read_export;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE read_export(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_task_id  BIGINT UNSIGNED,
    IN in_number   INT UNSIGNED
  )
  COMMENT 'A part of the file of an export. Returns at most one row: body.'
  READS SQL DATA
  SQL SECURITY DEFINER
read_export: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'sell', v_actor, v_shop_id, v_allowed);
  SELECT c.body FROM tasks t JOIN task_chunks c ON c.task_id = t.id AND c.number = in_number
   WHERE t.id = in_task_id AND t.state = 'done' AND t.expires_at > UTC_TIMESTAMP(6) AND v_allowed AND (v_shop_id IS NULL OR t.shop_id = v_shop_id);
END read_export$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE read_export TO doorbuster_admin@'%';
