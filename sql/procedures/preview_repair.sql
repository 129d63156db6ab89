-- preview_repair: what the repair of a finding would write if it were approved now, and what would be true before and afterwards. It changes nothing.
--
-- Outcomes, first match wins:
--   already_approved  it was approved before
--   gone              it does not stand any more, as a run saw, or as is seen now
--   no_repair         no ledger line can set it right
--   changed           what would have to be written now is not what is offered: the next run of reconcile offers what is right then
--   offered           the lines are those that are offered
--
-- Answers a row for each line, or one without a line: outcome, line, shard, units, from_account, to_account, then shelf_before, shelf_after (of the shard), then for the whole
-- item allotted_before, allotted_after, available_before, available_after (the shelf), ledger_before, ledger_after (available, by the ledger), held, sold (by the orders:
-- no repair touches them). The numbers are NULL where there is no line. No row: no such finding, another shop's, of an item that is gone, or somebody who may not read.
-- The item's ledger and orders are read by one statement (plan_repair): it is for the page of one finding, not for a list.
-- Locks: none: what is shown is true when it is read, and approve_repair looks again under its locks.
-- Called by store.PreviewRepair. Proved by testdata/sql/preview_repair.test.

DROP PROCEDURE IF EXISTS preview_repair;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE preview_repair(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_finding_id BIGINT UNSIGNED
  )
  COMMENT 'Shows what a repair would write. Returns a row for each line: outcome, the line, before and after.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
preview_repair: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_item_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_repair, v_plan VARCHAR(1000);
  DECLARE v_allotted, v_allotted_before, v_shelf, v_ledger, v_held, v_sold, v_gets, v_adds BIGINT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED; -- else plan_repair would lock what it reads
  START TRANSACTION;
  SELECT f.item_id, f.state, f.repair INTO v_item_id, v_state, v_repair
    FROM reconcile_findings f JOIN items i ON i.id = f.item_id JOIN sales s ON s.id = i.sale_id
   WHERE f.id = in_finding_id AND v_allowed AND (v_shop_id IS NULL OR s.shop_id = v_shop_id);
  SET v_outcome = CASE v_state WHEN 'approved' THEN 'already_approved' WHEN 'gone' THEN 'gone' WHEN 'open' THEN IF(v_repair = '', 'no_repair', 'offered') END;
  IF v_outcome = 'offered' THEN
    CALL plan_repair(v_item_id, v_plan, v_allotted);
    SET v_outcome = CASE WHEN v_plan IS NULL THEN 'gone' WHEN v_plan <> v_repair THEN 'changed' ELSE 'offered' END;
    SELECT MAX(allotted), SUM(shelf), SUM(ledger), MAX(held), MAX(sold) INTO v_allotted_before, v_shelf, v_ledger, v_held, v_sold FROM planned_sums;
    SELECT COALESCE(SUM(gets), 0), COALESCE(SUM(CAST(units AS SIGNED) * ((to_account = 'available') - (from_account = 'available'))), 0) INTO v_gets, v_adds FROM planned_lines;
  END IF;
  COMMIT;

  IF v_outcome = 'offered' THEN
    SELECT v_outcome AS outcome, l.line, l.shard, l.units, l.from_account, l.to_account, k.shelf AS shelf_before, k.shelf + SUM(l.gets) OVER (PARTITION BY l.shard) AS shelf_after,
           v_allotted_before AS allotted_before, v_allotted AS allotted_after, v_shelf AS available_before, v_shelf + v_gets AS available_after,
           v_ledger AS ledger_before, v_ledger + v_adds AS ledger_after, v_held AS held, v_sold AS sold
      FROM planned_lines l JOIN planned k ON k.shard = l.shard
     ORDER BY l.line;
  ELSE
    SELECT v_outcome AS outcome, NULL AS line, NULL AS shard, NULL AS units, NULL AS from_account, NULL AS to_account, NULL AS shelf_before, NULL AS shelf_after,
           NULL AS allotted_before, NULL AS allotted_after, NULL AS available_before, NULL AS available_after, NULL AS ledger_before, NULL AS ledger_after, NULL AS held, NULL AS sold
      FROM (SELECT 1 AS one) one WHERE v_outcome IS NOT NULL;
  END IF;
END preview_repair$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE preview_repair TO doorbuster_admin@'%';
