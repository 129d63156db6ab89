-- add_import_rows: good rows of a file come in, in the order of the file, and are compared with the products that there are. Nothing is changed yet.
--
-- in_rows is a JSON list of objects: line, sku, title, body, vendor, image_url, price_cents, list_price_cents (or null), currency, state. At most 1000 per call. in_last
-- says that these were the last: the import then waits for a yes.
--
-- Outcomes, first match wins:
--   not_allowed     the member may not change products
--   no_such_import  no import of this number, or another shop's
--   not_reading     all of its rows had come in before
--   ready           all rows are in
--   added           more rows may come
--
-- Answers one row: outcome.
-- Locks: the import.
-- Called by store.AddImportRows. Proved by testdata/sql/add_import_rows.test.

DROP PROCEDURE IF EXISTS add_import_rows;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE add_import_rows(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_import_id BIGINT UNSIGNED,
    IN in_rows      LONGTEXT,
    IN in_last      BOOLEAN,
    IN in_actor     VARCHAR(100)
  )
  COMMENT 'Adds rows to an import of products. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
add_import_rows: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_import_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_rows, v_added INT UNSIGNED;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  IF IF(in_rows LIKE '[%', JSON_LENGTH(in_rows), -1) NOT BETWEEN 0 AND 1000 THEN
    SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 50004, MESSAGE_TEXT = 'add_import_rows: not a list of at most 1000 rows';
  END IF;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, shop_id, rows_read INTO v_state, v_import_shop_id, v_rows
    FROM product_imports WHERE id = in_import_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed         THEN 'not_allowed'
    WHEN v_state IS NULL       THEN 'no_such_import'
    WHEN v_state <> 'reading'  THEN 'not_reading'
    WHEN in_last               THEN 'ready'
    ELSE 'added' END;
  IF v_outcome IN ('ready', 'added') THEN
    INSERT INTO product_import_rows (import_id, position, line, verdict, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, state)
    SELECT in_import_id, v_rows + r.position, r.line,
           CASE WHEN p.id IS NULL THEN 'new' -- apply_product_import compares alike
                WHEN BINARY p.title = BINARY r.title AND BINARY p.body = BINARY r.body AND BINARY p.vendor = BINARY r.vendor
                 AND (r.image_url = '' OR BINARY p.image_url = BINARY r.image_url)
                 AND p.price_cents = r.price_cents AND p.list_price_cents <=> r.list_price_cents AND p.currency = r.currency AND p.state = r.state THEN 'unchanged'
                ELSE 'changed' END,
           r.sku, r.title, r.body, r.vendor, r.image_url, r.price_cents, r.list_price_cents, r.currency, r.state
      FROM JSON_TABLE(in_rows, '$[*]' COLUMNS ( -- a little longer than the columns: JSON_TABLE of MariaDB bends what does not fit, the columns refuse it
             position         FOR ORDINALITY,
             line             INT UNSIGNED  PATH '$.line',
             sku              VARCHAR(101) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.sku',
             title            VARCHAR(201)  PATH '$.title',
             body             VARCHAR(4001) PATH '$.body',
             vendor           VARCHAR(201)  PATH '$.vendor',
             image_url        VARCHAR(501)  PATH '$.image_url',
             price_cents      BIGINT        PATH '$.price_cents',
             list_price_cents BIGINT        PATH '$.list_price_cents',
             currency         VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin PATH '$.currency',
             state            VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state')) r
      LEFT JOIN products p ON p.shop_id = v_import_shop_id AND p.sku = r.sku;
    SET v_added = ROW_COUNT();
    UPDATE product_imports
       SET rows_read = v_rows + v_added,
           rows_new = rows_new + (SELECT COUNT(*) FROM product_import_rows WHERE import_id = in_import_id AND verdict = 'new' AND position > v_rows),
           rows_changed = rows_changed + (SELECT COUNT(*) FROM product_import_rows WHERE import_id = in_import_id AND verdict = 'changed' AND position > v_rows),
           state = IF(in_last, 'ready', 'reading'), changed_at = v_now
     WHERE id = in_import_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END add_import_rows$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE add_import_rows TO doorbuster_admin@'%';
