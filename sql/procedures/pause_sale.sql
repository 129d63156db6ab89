-- pause_sale: nothing more is sold until it is resumed; holds, payments and cancellations go on.
--
-- Outcomes, first match wins:
--   no_such_sale  no sale of this number
--   already_paused it is paused; nothing changes
--   not_published  it is a draft or has ended
--   paused        no order is placed from this instant on
--
-- Answers one row: outcome, state.
-- Locks: the sale, exclusively: it waits for the batches that run, and none that comes later sees the former state.
-- Called by store.PauseSale. Proved by testdata/sql/pause_sale.test.

DROP PROCEDURE IF EXISTS pause_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE pause_sale(
    IN in_sale_id BIGINT UNSIGNED,
    IN in_actor   VARCHAR(100),
    IN in_reason  VARCHAR(200)
  )
  COMMENT 'Pauses a published sale. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
pause_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state = 'paused' THEN 'already_paused'
    WHEN v_state <> 'published' THEN 'not_published'
    ELSE 'paused' END;
  IF v_outcome = 'paused' THEN
    UPDATE sales SET state = 'paused', changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, action, detail, reason, actor, made_at) VALUES (in_sale_id, 'paused', '', in_reason, in_actor, v_now);
    SET v_state = 'paused';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END pause_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE pause_sale TO doorbuster_admin@'%';
