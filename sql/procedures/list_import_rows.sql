-- list_import_rows: the rows of an import that are not carried out yet, in the order of the file, a page at a time: what they would do.
--
-- in_verdict is new, changed or unchanged. in_after is the place of the last row of the page before (0 or NULL: the first page).
--
-- Answers up to in_limit rows: position, line, verdict, sku, title, price_cents, currency, old_title, old_price_cents, old_currency (of the product as it is now; NULL:
-- there is none). No row also for another shop's import and for somebody who may not read.
-- Locks: none.
-- Called by store.ListImportRows. Proved by testdata/sql/list_import_rows.test.

DROP PROCEDURE IF EXISTS list_import_rows;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE list_import_rows(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_import_id BIGINT UNSIGNED,
    IN in_verdict   VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_after     INT UNSIGNED,
    IN in_limit     SMALLINT UNSIGNED
  )
  COMMENT 'Rows of an import of products that wait. Returns up to in_limit rows.'
  READS SQL DATA
  SQL SECURITY DEFINER
list_import_rows: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id, v_import_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT shop_id INTO v_import_shop_id FROM product_imports WHERE id = in_import_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id);
  SELECT r.position, r.line, r.verdict, r.sku, r.title, r.price_cents, r.currency, p.title AS old_title, p.price_cents AS old_price_cents, p.currency AS old_currency
    FROM product_import_rows r LEFT JOIN products p ON p.shop_id = v_import_shop_id AND p.sku = r.sku
   WHERE v_import_shop_id IS NOT NULL AND r.import_id = in_import_id AND r.verdict = in_verdict AND r.position > COALESCE(in_after, 0)
   ORDER BY r.position LIMIT in_limit;
END list_import_rows$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE list_import_rows TO doorbuster_admin@'%';
