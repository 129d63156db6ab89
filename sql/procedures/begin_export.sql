-- begin_export: a member wants a file of orders: those of in_sale_id (NULL: of every sale of the shop) in in_state (empty: in any), placed from in_from (NULL: ever) to before in_to
-- (NULL, or in the future: now). A few are left to the caller to write at once; of more a task is made, which the runner of a console does. Either stands in the log.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not; also an operator, who has no shop and no page to find it on
--   no_such_sale  no sale of this number, or another shop's
--   too_many      the shop has five tasks that wait or run, or its files take a gigabyte: wait until some have ended, or expired
--   small         no more than in_small orders have to be looked at: no task is made, the caller walks from first_id to last_id now
--   begun         task_id is its number
--
-- Answers one row: outcome, task_id, first_id, last_id, from_at, to_at (for walk_orders).
-- A day does not make anybody read ten years: without a sale, the range of numbers comes from the times. Numbers are made ten minutes before the order at most (a pass lives so long), by
-- the clock of a web server; a day to each side leaves room for both. Of a sale, the numbers themselves are read: all its orders, by orders_one_active_per_user_and_item.
-- Locks: none but the new rows.
-- Called by store.BeginExport. Proved by testdata/sql/begin_export.test.

DROP PROCEDURE IF EXISTS begin_export;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE begin_export(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_sale_id   BIGINT UNSIGNED,
    IN in_state     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_from      DATETIME(6),
    IN in_to        DATETIME(6),
    IN in_format    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_delimiter VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_bom       BOOLEAN,
    IN in_small     INT UNSIGNED
  )
  COMMENT 'Begins an export of orders, or leaves a small one to the caller. Returns one row: outcome, task_id, first_id, last_id, from_at, to_at.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
begin_export: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_sale_id, v_task_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_unfinished, v_count, v_total INT UNSIGNED;
  DECLARE v_bytes BIGINT UNSIGNED;
  DECLARE v_enough INT UNSIGNED DEFAULT in_small + 1;
  DECLARE v_first, v_last BINARY(16);
  DECLARE v_now, v_to DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', v_actor, v_shop_id, v_allowed);
  SET v_now = UTC_TIMESTAMP(6), v_allowed = v_allowed AND in_staff_id IS NOT NULL;
  SET v_to = LEAST(COALESCE(in_to, v_now), v_now);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_sale_id FROM sales WHERE id = in_sale_id AND v_allowed AND shop_id = v_shop_id;
  SELECT COUNT(*) INTO v_unfinished FROM tasks WHERE v_allowed AND shop_id = v_shop_id AND state IN ('waiting', 'running');
  SELECT COALESCE(SUM(bytes), 0) INTO v_bytes FROM tasks WHERE v_allowed AND shop_id = v_shop_id AND (expires_at IS NULL OR expires_at > v_now);
  SET v_outcome = CASE
    WHEN NOT v_allowed                                 THEN 'not_allowed'
    WHEN in_sale_id IS NOT NULL AND v_sale_id IS NULL  THEN 'no_such_sale'
    WHEN v_unfinished >= 5 OR v_bytes >= 1073741824    THEN 'too_many' END;

  IF v_outcome IS NULL AND v_sale_id IS NOT NULL THEN
    SELECT COUNT(*), MIN(o.id), MAX(o.id) INTO v_total, v_first, v_last
      FROM items i JOIN orders o ON o.item_id = i.id
     WHERE i.sale_id = v_sale_id AND (in_state = '' OR o.state = in_state) AND (in_from IS NULL OR o.placed_at >= in_from) AND o.placed_at < v_to;
  ELSEIF v_outcome IS NULL THEN -- the first six bytes of a number are milliseconds since 1970
    SET v_first = UNHEX(RPAD(LPAD(HEX(GREATEST(TIMESTAMPDIFF(MICROSECOND, '1970-01-02', COALESCE(in_from, '1970-01-02')), 0) DIV 1000), 12, '0'), 32, '0')),
        v_last = UNHEX(RPAD(LPAD(HEX(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', v_to + INTERVAL 1 DAY) DIV 1000), 12, '0'), 32, 'F'));
    SELECT MIN(id), MAX(id) INTO v_first, v_last FROM orders WHERE id >= v_first AND id <= v_last;
  END IF;
  IF v_outcome IS NULL THEN
    SELECT COUNT(*) INTO v_count FROM (SELECT id FROM orders WHERE id >= v_first AND id <= v_last LIMIT v_enough) f;
    SET v_outcome = IF(v_count <= in_small, 'small', 'begun');
    IF v_outcome = 'begun' THEN
      INSERT INTO tasks (shop_id, staff_id, kind, state, sale_id, order_state, from_at, to_at, first_id, last_id, format, delimiter, bom, restock, reason, orders_total, orders_done,
                         orders_refused, progress, chunks, bytes, holder, fence, made_at)
      VALUES (v_shop_id, in_staff_id, 'export', 'waiting', v_sale_id, in_state, in_from, v_to, v_first, v_last, in_format, in_delimiter, in_bom, FALSE, '', v_total, 0,
              0, 0, 0, 0, '', 0, v_now);
      SET v_task_id = LAST_INSERT_ID();
    END IF;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, COALESCE((SELECT shop_id FROM sales WHERE id = v_sale_id), v_shop_id), 'exported', CONCAT('orders as ', in_format, IF(in_state = '', '', CONCAT(', ', in_state)), IF(v_task_id IS NULL, '', CONCAT(', task ', v_task_id))), '', v_actor,
            in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_task_id AS task_id, v_first AS first_id, v_last AS last_id, in_from AS from_at, v_to AS to_at;
END begin_export$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE begin_export TO doorbuster_admin@'%';
