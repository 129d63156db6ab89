-- start_product_import: a file of products was read; its good rows come in next (add_import_rows).
--
-- in_problems is a JSON list of what is wrong in the file, in_rows_bad how many rows were left out for it.
--
-- Outcomes, first match wins:
--   not_allowed  the member may not change products
--   started      the import waits for its rows
--
-- Answers one row: outcome, import_id.
-- Locks: none; a new row of product_imports.
-- Called by store.StartProductImport. Proved by testdata/sql/start_product_import.test.

DROP PROCEDURE IF EXISTS start_product_import;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE start_product_import(
    IN in_staff_id     BIGINT UNSIGNED,
    IN in_file         VARCHAR(200),
    IN in_rows_bad     INT UNSIGNED,
    IN in_rows_skipped INT UNSIGNED,
    IN in_problems     MEDIUMTEXT,
    IN in_actor        VARCHAR(100)
  )
  COMMENT 'Begins an import of products. Returns one row: outcome, import_id.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
start_product_import: BEGIN
  DECLARE v_shop_id, v_import_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  IF v_allowed THEN
    INSERT INTO product_imports (shop_id, file, state, rows_read, rows_new, rows_changed, rows_done, rows_bad, rows_skipped, problems, staff_id, actor, made_at, changed_at)
    VALUES (COALESCE(v_shop_id, 1), in_file, 'reading', 0, 0, 0, 0, in_rows_bad, in_rows_skipped, in_problems, in_staff_id, in_actor, v_now, v_now);
    SET v_import_id = LAST_INSERT_ID();
  END IF;
  COMMIT;

  SELECT IF(v_allowed, 'started', 'not_allowed') AS outcome, v_import_id AS import_id;
END start_product_import$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE start_product_import TO doorbuster_admin@'%';
