-- resume_sale: a paused sale sells again.
--
-- Outcomes, first match wins:
--   not_allowed   the member may not change sales
--   no_such_sale  no sale of this number, or another shop's
--   already_open  it is not paused; nothing changes
--   not_paused    it is a draft or has ended
--   resumed       orders may be placed again
--
-- Answers one row: outcome, state.
-- Locks: the sale, exclusively: it waits for the batches that run, and none that comes later sees the former state.
-- Called by store.ResumeSale. Proved by testdata/sql/resume_sale.test and staff_rights.test.

DROP PROCEDURE IF EXISTS resume_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE resume_sale(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100),
    IN in_reason   VARCHAR(200)
  )
  COMMENT 'Resumes a paused sale. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
resume_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, shop_id INTO v_state, v_shop_id FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state = 'published' THEN 'already_open'
    WHEN v_state <> 'paused' THEN 'not_paused'
    ELSE 'resumed' END;
  IF v_outcome = 'resumed' THEN
    UPDATE sales SET state = 'published', changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (in_sale_id, v_shop_id, 'resumed', CONCAT('from ', v_state, ' to published'), in_reason, in_actor, in_staff_id, v_now,
            CONCAT('sale ', in_sale_id, ' state'), v_state, 'published');
    SET v_state = 'published';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END resume_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE resume_sale TO doorbuster_admin@'%';
