-- begin_bulk: a member wants the same done to many orders of a sale, one by one: cancel those that are held, refund those that are paid, or have the last mail of each sent again.
--
-- in_kind is cancel, refund or resend. in_state is for resend only: of orders in which state (empty: any). Only orders placed before in_until are meant (the time when the member was shown how many there are), and
-- no more of them than in_most.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not; also an operator, who uses the command line
--   no_such_sale  no sale of this number, or another shop's
--   too_many      the shop has five tasks that wait or run
--   nothing       there is no such order
--   changed       there are more of them than in_most: the member agreed to fewer
--   begun         task_id is its number
--
-- Answers one row: outcome, task_id.
-- Each order is done by the procedure of the act, as this member: the log of the sale names each. Orders that leave the state before their turn are left alone.
-- Locks: none but the new rows.
-- Called by store.BeginBulk. Proved by testdata/sql/begin_bulk.test.

DROP PROCEDURE IF EXISTS begin_bulk;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE begin_bulk(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_kind     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_state    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_restock  BOOLEAN,
    IN in_reason   VARCHAR(200),
    IN in_until    DATETIME(6),
    IN in_most     INT UNSIGNED
  )
  COMMENT 'Begins the same act on many orders of a sale. Returns one row: outcome, task_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
begin_bulk: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_sale_id, v_task_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin DEFAULT CASE in_kind WHEN 'cancel' THEN 'held' WHEN 'refund' THEN 'paid' ELSE in_state END;
  DECLARE v_unfinished, v_count INT UNSIGNED DEFAULT 0;
  DECLARE v_first, v_last BINARY(16);
  DECLARE v_now, v_until DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', v_actor, v_shop_id, v_allowed);
  SET v_now = UTC_TIMESTAMP(6), v_allowed = v_allowed AND in_staff_id IS NOT NULL;
  SET v_until = LEAST(in_until, v_now);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_sale_id FROM sales WHERE id = in_sale_id AND v_allowed AND shop_id = v_shop_id;
  SELECT COUNT(*) INTO v_unfinished FROM tasks WHERE v_allowed AND shop_id = v_shop_id AND state IN ('waiting', 'running');
  SELECT COUNT(*), MIN(o.id), MAX(o.id) INTO v_count, v_first, v_last
    FROM items i JOIN orders o ON o.item_id = i.id
   WHERE i.sale_id = v_sale_id AND (v_state = '' OR o.state = v_state) AND o.placed_at < v_until;
  SET v_outcome = CASE
    WHEN NOT v_allowed     THEN 'not_allowed'
    WHEN v_sale_id IS NULL THEN 'no_such_sale'
    WHEN v_unfinished >= 5 THEN 'too_many'
    WHEN v_count = 0       THEN 'nothing'
    WHEN v_count > in_most THEN 'changed'
    ELSE 'begun' END;
  IF v_outcome = 'begun' THEN
    INSERT INTO tasks (shop_id, staff_id, kind, state, sale_id, order_state, to_at, first_id, last_id, format, delimiter, bom, restock, reason, orders_total, orders_done,
                       orders_refused, progress, chunks, bytes, holder, fence, made_at)
    VALUES (v_shop_id, in_staff_id, in_kind, 'waiting', v_sale_id, v_state, v_until, v_first, v_last, '', '', FALSE, in_restock AND in_kind = 'refund', in_reason, v_count, 0,
            0, 0, 0, 0, '', 0, v_now);
    SET v_task_id = LAST_INSERT_ID();
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'bulk_begun', CONCAT(in_kind, ' ', v_count, ' orders, task ', v_task_id), in_reason, v_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_task_id AS task_id;
END begin_bulk$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE begin_bulk TO doorbuster_admin@'%';
