-- list_refusals: the orders that bulk work could not do: of each outcome how many, and the first of them.
--
-- Answers up to in_limit rows for each outcome, by outcome and number of the order: outcome, alike (orders with this outcome), order_id, made_at. No row also for another shop's task and for
-- somebody who may not read.
-- Locks: none.
-- Called by store.ListRefusals. Proved by testdata/sql/list_refusals.test.

DROP PROCEDURE IF EXISTS list_refusals;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_refusals(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_task_id  BIGINT UNSIGNED,
    IN in_limit    INT UNSIGNED
  )
  COMMENT 'Orders that bulk work was refused. Returns up to in_limit rows of each outcome.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_refusals: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT f.outcome, f.alike, f.order_id, f.made_at
    FROM (SELECT r.outcome, r.order_id, r.made_at, COUNT(*) OVER (PARTITION BY r.outcome) AS alike,
                 ROW_NUMBER() OVER (PARTITION BY r.outcome ORDER BY r.order_id) AS place
            FROM tasks t JOIN task_refusals r ON r.task_id = t.id
           WHERE t.id = in_task_id AND v_allowed AND (v_shop_id IS NULL OR t.shop_id = v_shop_id)) f
   WHERE f.place <= in_limit ORDER BY f.outcome, f.order_id;
END list_refusals$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_refusals TO doorbuster_admin@'%';
