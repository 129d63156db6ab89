-- undo_in_sale: a pause, a resumption, a later end, a message or an archiving of a sale is taken back. A step, never called alone.
--
-- in_what is state, end, message or archive, in_was how it was before. Sets out_outcome, first match wins:
--   already_undone     taken back before
--   over               the sale was ended or its end has passed: selling begins no more, and an end that is over is not moved
--   changed_meanwhile  it is not as the line left it
--   closes_past        the end that the sale had before has passed: the orders since then were placed in good faith
--   undone             it is as it was
-- Answers nothing. The caller has opened the transaction, knows that the member may, and writes the line of the log.
-- Locks: the sale, exclusively: it waits for the batches that run.
-- Called by undo_act. Proved by testdata/sql/undo_in_sale.test and undo_act.test.

DROP PROCEDURE IF EXISTS undo_in_sale;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE undo_in_sale(
    IN in_log_id    BIGINT UNSIGNED,
    IN in_sale_id   BIGINT UNSIGNED,
    IN in_what      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_was       VARCHAR(200),
    OUT out_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin
  )
  COMMENT 'Step of undo_act: takes back what was done to a sale. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
undo_in_sale: BEGIN
  DECLARE v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_message VARCHAR(200);
  DECLARE v_closes_at, v_archived_at, v_now DATETIME(6);

  SELECT state, closes_at, message, archived_at INTO v_state, v_closes_at, v_message, v_archived_at FROM sales WHERE id = in_sale_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_undo(in_log_id, CASE in_what WHEN 'state' THEN v_state WHEN 'end' THEN DATE_FORMAT(v_closes_at, '%Y-%m-%d %H:%i:%s.%f') WHEN 'message' THEN v_message
                             ELSE IF(v_archived_at IS NULL, 'unarchived', 'archived') END, out_outcome);
  IF out_outcome <> 'already_undone' AND in_what IN ('state', 'end') AND (v_state = 'ended' OR v_closes_at <= v_now) THEN
    SET out_outcome = 'over';
  ELSEIF out_outcome = 'undone' AND in_what = 'end' AND in_was <= DATE_FORMAT(v_now, '%Y-%m-%d %H:%i:%s.%f') THEN
    SET out_outcome = 'closes_past';
  END IF;
  IF out_outcome = 'undone' THEN
    CASE in_what
      WHEN 'state'   THEN UPDATE sales SET state = in_was, changed_at = v_now WHERE id = in_sale_id;
      WHEN 'end'     THEN UPDATE sales SET closes_at = in_was, changed_at = v_now WHERE id = in_sale_id;
      WHEN 'message' THEN UPDATE sales SET message = in_was, changed_at = v_now WHERE id = in_sale_id;
      WHEN 'archive' THEN UPDATE sales SET archived_at = IF(in_was = 'archived', v_now, NULL) WHERE id = in_sale_id;
    END CASE;
  END IF;
END undo_in_sale$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE undo_in_sale TO doorbuster_owner@localhost;
