-- list_product_imports: the imports of products of the shop, newest first, or one of them.
--
-- in_import_id is the number of one import, or 0 or NULL for the newest in_limit.
--
-- Answers up to in_limit rows: id, file, state, rows_read, rows_new, rows_changed, rows_done, rows_bad, rows_skipped, problems, actor, made_at, changed_at.
-- No row also for another shop's import and for somebody who may not read.
-- Read from the end of the primary key until there are enough.
-- Locks: none.
-- Called by store.ListProductImports and store.ShowProductImport. Proved by testdata/sql/list_product_imports.test.

DROP PROCEDURE IF EXISTS list_product_imports;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_product_imports(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_import_id BIGINT UNSIGNED,
    IN in_limit     SMALLINT UNSIGNED
  )
  COMMENT 'Imports of products, newest first. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_product_imports: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT id, file, state, rows_read, rows_new, rows_changed, rows_done, rows_bad, rows_skipped, problems, actor, made_at, changed_at
    FROM product_imports
   WHERE id BETWEEN COALESCE(in_import_id, 0) AND COALESCE(NULLIF(in_import_id, 0), 18446744073709551615)
     AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id)
   ORDER BY id DESC LIMIT in_limit;
END list_product_imports$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_product_imports TO doorbuster_admin@'%';
