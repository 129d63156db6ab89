-- adopt_items: what an import has brought in moves into a draft, all of it or nothing. The import's own sale is gone afterwards.
--
-- The items keep their numbers, so their stock and ledger stay as they are.
--
-- Outcomes, first match wins:
--   not_allowed    the member may not change sales
--   no_such_sale   one of the two sales is not there, or another shop's
--   not_a_draft    the sale that they would come into is published already
--   not_importing  the other sale is no import
--   no_items       the import brought nothing
--   duplicate_sku  the draft has an item of one of the SKUs already; nothing changed
--   added          items_added items came in
--
-- Answers one row: outcome, items_added.
-- Locks: both sales by their numbers, then the items.
-- Called by store.ImportItems. Proved by testdata/sql/adopt_items.test.

DROP PROCEDURE IF EXISTS adopt_items;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE adopt_items(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_sale_id   BIGINT UNSIGNED,
    IN in_import_id BIGINT UNSIGNED,
    IN in_actor     VARCHAR(100)
  )
  COMMENT 'Moves the items of an import into a draft. Returns one row: outcome, items_added.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
adopt_items: BEGIN
  DECLARE v_outcome, v_state, v_import_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_locked BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_last_position INT UNSIGNED;
  DECLARE v_items INT DEFAULT 0;
  DECLARE v_now DATETIME(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 'duplicate_sku' AS outcome, 0 AS items_added; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id INTO v_locked FROM sales WHERE id = LEAST(in_sale_id, in_import_id) AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT state INTO v_state FROM sales WHERE id = in_sale_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT state INTO v_import_state FROM sales WHERE id = in_import_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SELECT COUNT(*) INTO v_items FROM items WHERE sale_id = in_import_id AND v_import_state IS NOT NULL;
  SET v_now = UTC_TIMESTAMP(6);
  SET v_outcome = CASE
    WHEN NOT v_allowed                              THEN 'not_allowed'
    WHEN v_state IS NULL OR v_import_state IS NULL  THEN 'no_such_sale'
    WHEN v_state <> 'draft'                         THEN 'not_a_draft'
    WHEN v_import_state <> 'importing'              THEN 'not_importing'
    WHEN v_items = 0                                THEN 'no_items'
    ELSE 'added' END;
  IF v_outcome = 'added' THEN
    SELECT COALESCE(MAX(position), 0) INTO v_last_position FROM items WHERE sale_id = in_sale_id;
    UPDATE items SET sale_id = in_sale_id, position = v_last_position + position WHERE sale_id = in_import_id;
    DELETE FROM sales WHERE id = in_import_id;
    UPDATE sales SET changed_at = v_now WHERE id = in_sale_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (in_sale_id, (SELECT shop_id FROM sales WHERE id = in_sale_id), 'imported', CONCAT(v_items, IF(v_items = 1, ' item', ' items')), '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, IF(v_outcome = 'added', v_items, 0) AS items_added;
END adopt_items$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE adopt_items TO doorbuster_admin@'%';
