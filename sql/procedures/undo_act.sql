-- undo_act: what a line of the activity log did is taken back, if it is still in force; else nothing is.
--
-- A line can be undone if sale_log.was says how it was before, and no later line is about the same sale_log.thing. The undoing is a line of its own, which
-- cannot be undone: who wants it after all does it again. Its reason is "Undo of" and the reason of the act.
--
-- Outcomes, first match wins:
--   not_allowed        the member may not do what the line tells of: change sales, or the team
--   no_such_line       no line of this number, or another shop's, or nothing that can be undone
--   yourself           it would change the member's own role, or whether he may sign in
--   already_undone     taken back before; nothing changes
--   over               the sale was ended; of a pause, a resumption or a later end: or its end has passed
--   changed_meanwhile  it is not as the line left it: somebody has changed it since
--   closes_past        the end that the sale had before has passed
--   not_enough         fewer units are left than were added; nothing changes, units_left says how many
--   last_owner         the shop would have no active owner left
--   undone             it is as it was before
--
-- Answers one row: outcome, item_id (NULL unless it is about units), units_left (of the item, afterwards).
-- Locks: by undo_in_sale, undo_units, undo_in_team or undo_setting.
-- Called by store.UndoAct. Proved by testdata/sql/undo_act.test.

DROP PROCEDURE IF EXISTS undo_act;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE undo_act(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_log_id   BIGINT UNSIGNED,
    IN in_move_id  BINARY(16),
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Takes back what a line of the log did. Returns one row: outcome, item_id, units_left.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
undo_act: BEGIN
  DECLARE v_outcome, v_kind, v_what VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_thing VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_was, v_became, v_reason VARCHAR(200);
  DECLARE v_shop_id, v_id BIGINT UNSIGNED;
  DECLARE v_left BIGINT;
  DECLARE v_allowed BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- A line never changes: it may be read before the lock. Without a shop it is about the whole installation.
  SELECT thing, was, became, LEFT(CONCAT('Undo of line ', id, IF(reason = '', '', ': '), reason), 200) INTO v_thing, v_was, v_became, v_reason
    FROM sale_log WHERE id = in_log_id AND was IS NOT NULL AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id OR shop_id IS NULL);
  SET v_kind = SUBSTRING_INDEX(v_thing, ' ', 1), v_what = SUBSTRING_INDEX(v_thing, ' ', -1);
  IF v_kind IN ('sale', 'item', 'member') THEN
    SET v_id = SUBSTRING_INDEX(SUBSTRING_INDEX(v_thing, ' ', 2), ' ', -1);
  END IF;
  CASE
    WHEN NOT v_allowed     THEN SET v_outcome = 'not_allowed';
    WHEN v_thing IS NULL   THEN SET v_outcome = 'no_such_line';
    WHEN v_kind = 'sale'   THEN CALL undo_in_sale(in_log_id, v_id, v_what, v_was, v_outcome);
    WHEN v_kind = 'item'   THEN CALL undo_units(in_log_id, v_id, v_was, v_became, in_move_id, v_reason, in_actor, v_outcome, v_left);
    WHEN v_kind = 'member' THEN CALL undo_in_team(in_staff_id, in_log_id, v_id, v_what, v_was, in_actor, v_outcome);
    ELSE CALL undo_setting(v_shop_id, in_log_id, v_thing, v_was, v_reason, in_actor, v_outcome);
  END CASE;
  IF v_outcome = 'undone' THEN
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, became, undoes)
    SELECT sale_id, shop_id, 'undone', CONCAT('line ', id, ' (', action, '), ', thing, ': from ', became, ' to ', was), v_reason, in_actor, in_staff_id, UTC_TIMESTAMP(6), thing, was, id
      FROM sale_log WHERE id = in_log_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_kind = 'item', v_id, NULL) AS item_id, v_left AS units_left;
END undo_act$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE undo_act TO doorbuster_admin@'%';
