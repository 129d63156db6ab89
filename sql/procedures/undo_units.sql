-- undo_units: units that were added leave again, or units that were withdrawn come back, all of them or none. A step, never called alone.
--
-- in_was and in_became are the allotment before and after the act. Sets out_outcome, first match wins:
--   already_undone     taken back before
--   changed_meanwhile  the allotment has changed since, or the item is gone
--   over               the sale was ended: nothing comes back to it
--   not_enough         fewer are left than were added: out_left says how many
--   undone             the allotment is as it was, out_left what is left now
-- Answers nothing. The caller has opened the transaction, knows that the member may, and writes the line of the log.
-- Locks: the sale, the item, every shard in rising order.
-- Called by undo_act. Proved by testdata/sql/undo_units.test and undo_act.test.

DROP PROCEDURE IF EXISTS undo_units;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE undo_units(
    IN in_log_id    BIGINT UNSIGNED,
    IN in_item_id   BIGINT UNSIGNED,
    IN in_was       VARCHAR(200),
    IN in_became    VARCHAR(200),
    IN in_move_id   BINARY(16),
    IN in_reason    VARCHAR(200),
    IN in_actor     VARCHAR(100),
    OUT out_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    OUT out_left    BIGINT
  )
  COMMENT 'Step of undo_act: takes back what was done to the units of an item. Returns nothing.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
undo_units: BEGIN
  DECLARE v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_sale_id, v_allotted BIGINT UNSIGNED;
  DECLARE v_now DATETIME(6);
  DECLARE v_added INT DEFAULT CAST(in_became AS SIGNED) - CAST(in_was AS SIGNED);

  SELECT sale_id INTO v_sale_id FROM items WHERE id = in_item_id;
  SELECT state INTO v_state FROM sales WHERE id = v_sale_id FOR UPDATE;
  SELECT units_allotted INTO v_allotted FROM items WHERE id = in_item_id FOR UPDATE;
  SELECT SUM(available) INTO out_left FROM stock_shards WHERE item_id = in_item_id FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  CALL check_undo(in_log_id, v_allotted, out_outcome);
  IF out_outcome = 'undone' AND v_added < 0 AND v_state = 'ended' THEN
    SET out_outcome = 'over';
  ELSEIF out_outcome = 'undone' AND v_added > out_left THEN
    SET out_outcome = 'not_enough';
  END IF;
  IF out_outcome = 'undone' THEN
    IF v_added > 0 THEN
      CALL take_units(v_sale_id, in_item_id, v_added, in_move_id, in_reason, in_actor, v_now);
    ELSE
      CALL put_units(v_sale_id, in_item_id, -v_added, in_move_id, in_reason, in_actor, v_now);
    END IF;
    SET out_left = out_left - v_added;
  END IF;
END undo_units$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE undo_units TO doorbuster_owner@localhost;
