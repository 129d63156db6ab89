-- finish_import: an import has come in whole; its sale becomes a draft.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not change sales
--   no_such_sale   no sale of this number, or another shop's
--   not_importing  the sale is no import, or it was finished before
--   no_items       nothing came in
--   finished       the sale is a draft of item_count items
--
-- Answers one row: outcome, item_count.
-- Locks: the sale.
-- Called by store.FinishImport. Proved by testdata/sql/finish_import.test and staff_rights.test.

DROP PROCEDURE IF EXISTS finish_import;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE finish_import(
    IN in_staff_id BIGINT UNSIGNED,
    IN in_sale_id  BIGINT UNSIGNED,
    IN in_actor    VARCHAR(100)
  )
  COMMENT 'Turns a complete import into a draft. Returns one row: outcome, item_count.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
finish_import: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_item_count INT DEFAULT 0;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT COUNT(*) INTO v_item_count FROM items WHERE sale_id = in_sale_id AND v_state IS NOT NULL;
  SET v_outcome = CASE
    WHEN NOT v_allowed           THEN 'not_allowed'
    WHEN v_state IS NULL         THEN 'no_such_sale'
    WHEN v_state <> 'importing'  THEN 'not_importing'
    WHEN v_item_count = 0        THEN 'no_items'
    ELSE 'finished' END;
  IF v_outcome = 'finished' THEN
    UPDATE sales SET state = 'draft', changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'imported', CONCAT('from importing to draft, ', v_item_count, ' items'), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_item_count AS item_count;
END finish_import$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE finish_import TO doorbuster_admin@'%';
