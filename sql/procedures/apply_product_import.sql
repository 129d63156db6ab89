-- apply_product_import: a console carries out the next rows of the oldest import that somebody has said yes to. What the file says holds; an empty image cell keeps
-- the product's picture.
--
-- The rows, what they change and how far the import is are one transaction, and a running import is locked by who works on it. So rows are carried out once however
-- many consoles are at it, and whichever dies: there is nothing to claim and nothing to give up. Call again until the outcome is nothing.
--
-- Outcomes, first match wins:
--   nothing   no import runs, or others are working on all that do
--   applied   up to in_limit rows were carried out; there may be more
--   finished  the last rows of the import were carried out
--
-- Answers one row: outcome, import_id.
-- Locks: the import (one that is locked is passed over), its rows, products in the order of the rows; then a line of the log.
-- Called by store.ApplyProductImport. Proved by testdata/sql/apply_product_import.test.

DROP PROCEDURE IF EXISTS apply_product_import;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE apply_product_import(
    IN in_limit SMALLINT UNSIGNED
  )
  COMMENT 'Carries out the next rows of an import of products. Returns one row: outcome, import_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
apply_product_import: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin DEFAULT 'nothing';
  DECLARE v_import_id, v_shop_id, v_staff_id BIGINT UNSIGNED;
  DECLARE v_actor VARCHAR(100);
  DECLARE v_last, v_rows, v_new, v_changed INT UNSIGNED DEFAULT 0;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT id, shop_id, staff_id, actor INTO v_import_id, v_shop_id, v_staff_id, v_actor
    FROM product_imports FORCE INDEX (product_imports_by_state) WHERE state = 'running' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF v_import_id IS NOT NULL THEN
    SELECT COALESCE(MAX(position), 0) INTO v_last
      FROM (SELECT position FROM product_import_rows WHERE import_id = v_import_id ORDER BY position LIMIT in_limit) t;
    UPDATE product_import_rows r JOIN products p ON p.shop_id = v_shop_id AND p.sku = r.sku
       SET p.title = r.title, p.body = r.body, p.vendor = r.vendor, p.image_url = IF(r.image_url = '', p.image_url, r.image_url), p.price_cents = r.price_cents,
           p.list_price_cents = r.list_price_cents, p.currency = r.currency, p.state = r.state, p.version = p.version + 1, p.changed_at = v_now
     WHERE r.import_id = v_import_id AND r.position <= v_last
       AND NOT (BINARY p.title = BINARY r.title AND BINARY p.body = BINARY r.body AND BINARY p.vendor = BINARY r.vendor -- as in add_import_rows
                AND (r.image_url = '' OR p.image_url = r.image_url)
                AND p.price_cents = r.price_cents AND p.list_price_cents <=> r.list_price_cents AND p.currency = r.currency AND p.state = r.state);
    SET v_changed = ROW_COUNT();
    INSERT INTO products (shop_id, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, state, version, changed_at, created_at)
    SELECT v_shop_id, r.sku, r.title, r.body, r.vendor, r.image_url, r.price_cents, r.list_price_cents, r.currency, r.state, 1, v_now, v_now
      FROM product_import_rows r LEFT JOIN products p ON p.shop_id = v_shop_id AND p.sku = r.sku
     WHERE r.import_id = v_import_id AND r.position <= v_last AND p.id IS NULL
     ORDER BY r.position;
    SET v_new = ROW_COUNT();
    DELETE FROM product_import_rows WHERE import_id = v_import_id AND position <= v_last;
    SET v_rows = ROW_COUNT();
    SET v_outcome = IF(EXISTS (SELECT 1 FROM product_import_rows WHERE import_id = v_import_id), 'applied', 'finished');
    UPDATE product_imports
       SET rows_done = rows_done + v_rows, rows_new = rows_new + v_new, rows_changed = rows_changed + v_changed, state = IF(v_outcome = 'finished', 'done', 'running'),
           changed_at = v_now
     WHERE id = v_import_id;
    IF v_outcome = 'finished' THEN
      INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
      SELECT NULL, shop_id, 'products_imported',
             CONCAT('import ', id, ' (', LEFT(file, 100), '): ', rows_done, ' rows, ', rows_new, ' new, ', rows_changed, ' changed, ', rows_bad, ' left out'),
             '', v_actor, v_staff_id, v_now
        FROM product_imports WHERE id = v_import_id;
    END IF;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome, v_import_id AS import_id;
END apply_product_import$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE apply_product_import TO doorbuster_admin@'%';
