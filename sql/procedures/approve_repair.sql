-- approve_repair: a person lets the repair of a finding be made. The ledger takes the lines that were offered, with that person's name and reason.
--
-- What the finding says is looked at again, under the locks of the sale, the item and its shards, so nothing is mended that has changed since it was
-- offered. Afterwards everything of the item adds up, or nothing is written. The sale stays as it is: whoever approved resumes it.
--
-- in_shown is the repair as the person read it; NULL or empty: he takes what is offered now. A run of reconcile may offer another one while somebody reads.
--
-- Outcomes, first match wins:
--   not_allowed       the member may not approve repairs
--   no_such_finding   no finding of this number, or of another shop's item
--   unsigned          name or reason is blank, or the name is one that no person has (worker, shopper, callback)
--   already_approved  it was approved before; nothing changes
--   gone              it does not stand any more; nothing changes
--   no_repair         no ledger line can set it right: it is mended by hand, see its what_to_do
--   changed           what would have to be written is not what was offered, or not what was read: look at it again; nothing changes
--   approved          the lines are written and the shelf is right; all findings of the item that had this repair are closed
--
-- Answers one row: outcome, item_id, repair, units_allotted, units_left (of the item, afterwards).
-- Locks: the sale, the item, every shard in rising order, then the item's findings. Purchases of the item wait while its ledger is added up.
-- Called by store.ApproveRepair. Proved by testdata/sql/approve_repair.test and staff_rights.test.

DROP PROCEDURE IF EXISTS approve_repair;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE approve_repair(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_finding_id BIGINT UNSIGNED,
    IN in_move_id    BINARY(16),
    IN in_actor      VARCHAR(100),
    IN in_reason     VARCHAR(200),
    IN in_shown      VARCHAR(1000)
  )
  COMMENT 'Makes the repair of a finding. Returns one row: outcome, item_id, repair, units_allotted, units_left.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
approve_repair: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_item_id, v_sale_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_repair, v_plan, v_rest VARCHAR(1000);
  DECLARE v_left, v_allotted BIGINT;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  -- The item of a finding never changes: it may be read before the locks it leads to. What is left of an item that is gone only an operator sees.
  -- No LEFT JOIN: MySQL 9.7 then takes "v_shop_id IS NULL OR s.shop_id = v_shop_id" for true of another shop's sale.
  SELECT item_id INTO v_item_id FROM reconcile_findings f
   WHERE id = in_finding_id AND v_allowed
     AND (v_shop_id IS NULL OR EXISTS (SELECT 1 FROM items i JOIN sales s ON s.id = i.sale_id WHERE i.id = f.item_id AND s.shop_id = v_shop_id));
  SELECT sale_id INTO v_sale_id FROM items WHERE id = v_item_id;
  SELECT id INTO v_sale_id FROM sales WHERE id = v_sale_id FOR UPDATE;
  SELECT units_allotted INTO v_allotted FROM items WHERE id = v_item_id FOR UPDATE;
  SELECT SUM(available) INTO v_left FROM stock_shards WHERE item_id = v_item_id FOR UPDATE;
  SELECT state, repair INTO v_state, v_repair FROM reconcile_findings WHERE id = in_finding_id AND v_item_id IS NOT NULL FOR UPDATE;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed THEN 'not_allowed'
    WHEN v_state IS NULL THEN 'no_such_finding'
    WHEN COALESCE(TRIM(in_actor), '') IN ('', 'worker', 'shopper', 'callback') OR COALESCE(TRIM(in_reason), '') = '' THEN 'unsigned'
    WHEN v_state = 'approved' THEN 'already_approved'
    WHEN v_state = 'gone' THEN 'gone'
    WHEN v_repair = '' THEN 'no_repair' END;
  IF v_outcome IS NULL THEN
    CALL plan_repair(v_item_id, v_plan, v_allotted);
    SET v_outcome = CASE WHEN v_plan IS NULL THEN 'gone' WHEN v_plan <> v_repair OR v_plan <> NULLIF(in_shown, '') THEN 'changed' ELSE 'approved' END;
  END IF;

  IF v_outcome = 'approved' THEN
    UPDATE stock_shards k JOIN (SELECT shard, SUM(gets) AS gets FROM planned_lines GROUP BY shard) p ON p.shard = k.shard
       SET k.available = k.available + p.gets, k.version = k.version + IF(p.gets > 0, 1, 0) WHERE k.item_id = v_item_id AND p.gets <> 0;
    INSERT INTO stock_moves (move_id, line, item_id, shard, order_id, units, from_account, to_account, reason, actor, moved_at)
    SELECT in_move_id, line, v_item_id, shard, NULL, units, from_account, to_account, in_reason, in_actor, v_now FROM planned_lines;
    UPDATE items SET units_allotted = v_allotted WHERE id = v_item_id AND units_allotted <> v_allotted;
    CALL plan_repair(v_item_id, v_rest, v_allotted);
    IF v_rest IS NOT NULL THEN
      SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50001, MESSAGE_TEXT = 'approve_repair: it would not add up afterwards';
    END IF;
    UPDATE sales SET changed_at = v_now WHERE id = v_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (v_sale_id, (SELECT shop_id FROM sales WHERE id = v_sale_id), 'repaired', LEFT(CONCAT('finding ', in_finding_id, ', item ', v_item_id, ': ', v_repair), 300), in_reason, in_actor, in_staff_id, v_now);
    UPDATE reconcile_findings SET state = 'approved', ended_at = v_now, move_id = in_move_id, approved_by = in_actor, reason = in_reason
     WHERE item_id = v_item_id AND state = 'open' AND repair = v_repair;
    SELECT SUM(available) INTO v_left FROM stock_shards WHERE item_id = v_item_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_item_id AS item_id, v_repair AS repair, v_allotted AS units_allotted, v_left AS units_left;
END approve_repair$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE approve_repair TO doorbuster_admin@'%';
