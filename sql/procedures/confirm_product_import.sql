-- confirm_product_import: yes, these products are meant. From now on a console carries the import out (apply_product_import).
--
-- Outcomes, first match wins:
--   not_allowed     the member may not change products
--   no_such_import  no import of this number, or another shop's
--   repeated        somebody said so before
--   not_ready       its rows have not all come in, or it was dropped because nobody said so for a day
--   confirmed       it runs
--
-- Answers one row: outcome.
-- Locks: the import.
-- Called by store.ConfirmProductImport. Proved by testdata/sql/confirm_product_import.test.

DROP PROCEDURE IF EXISTS confirm_product_import;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE confirm_product_import(
    IN in_staff_id  BIGINT UNSIGNED,
    IN in_import_id BIGINT UNSIGNED,
    IN in_actor     VARCHAR(100)
  )
  COMMENT 'Lets an import of products run. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
confirm_product_import: BEGIN
  DECLARE v_outcome, v_state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state INTO v_state FROM product_imports WHERE id = in_import_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed                    THEN 'not_allowed'
    WHEN v_state IS NULL                  THEN 'no_such_import'
    WHEN v_state IN ('running', 'done')   THEN 'repeated'
    WHEN v_state <> 'ready'               THEN 'not_ready'
    ELSE 'confirmed' END;
  IF v_outcome = 'confirmed' THEN
    -- Counted anew as it goes: the products may have changed since they were compared.
    UPDATE product_imports SET state = 'running', rows_new = 0, rows_changed = 0, staff_id = in_staff_id, actor = in_actor, changed_at = UTC_TIMESTAMP(6)
     WHERE id = in_import_id;
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END confirm_product_import$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE confirm_product_import TO doorbuster_admin@'%';
