-- end_sale: a sale ends now and for good; holds may still be paid until they expire.
--
-- Outcomes, first match wins:
--   no_such_sale  no sale of this number
--   already_ended it has been ended; nothing changes
--   not_published  it was never published
--   ended         no order is placed from this instant on
--
-- Answers one row: outcome, state.
-- Locks: the sale, exclusively: it waits for the batches that run, and none that comes later sees the former state.
-- Called by store.EndSale. Proved by testdata/sql/end_sale.test.

DROP PROCEDURE IF EXISTS end_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE end_sale(
    IN in_sale_id BIGINT UNSIGNED,
    IN in_actor   VARCHAR(100),
    IN in_reason  VARCHAR(200)
  )
  COMMENT 'Ends a published or paused sale. Returns one row: outcome, state.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
end_sale: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN v_state IS NULL THEN 'no_such_sale'
    WHEN v_state = 'ended' THEN 'already_ended'
    WHEN v_state NOT IN ('published', 'paused') THEN 'not_published'
    ELSE 'ended' END;
  IF v_outcome = 'ended' THEN
    UPDATE sales SET state = 'ended', changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, action, detail, reason, actor, made_at) VALUES (in_sale_id, 'ended', '', in_reason, in_actor, v_now);
    SET v_state = 'ended';
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_state AS state;
END end_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE end_sale TO doorbuster_admin@'%';
