-- set_product_state: a product is archived, or taken back. An archived one is kept and put into no new sale; sales that have it go on.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change products
--   no_such_product  no product of this number, or another shop's
--   repeated         it is in this state already
--   set              it is now
--
-- Answers one row: outcome. Another state than active and archived is a fault.
-- Locks: the product; then a line of the log.
-- Called by store.SetProductState. Proved by testdata/sql/set_product_state.test.

DROP PROCEDURE IF EXISTS set_product_state;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_product_state(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_product_id BIGINT UNSIGNED,
    IN in_state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_actor      VARCHAR(100)
  )
  COMMENT 'Archives a product or takes it back. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_product_state: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_sku VARCHAR(100);
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT state, sku INTO v_state, v_sku FROM products WHERE id = in_product_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed      THEN 'not_allowed'
    WHEN v_state IS NULL    THEN 'no_such_product'
    WHEN v_state = in_state THEN 'repeated'
    ELSE 'set' END;
  IF v_outcome = 'set' THEN
    UPDATE products SET state = in_state, changed_at = v_now WHERE id = in_product_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at, thing, was, became)
    VALUES (NULL, (SELECT shop_id FROM products WHERE id = in_product_id), 'product_changed', CONCAT('product ', in_product_id, ' (', v_sku, '): ', v_state, ' -> ', in_state), '', in_actor, in_staff_id, v_now,
            CONCAT('product ', in_product_id, ' state'), v_state, in_state);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END set_product_state$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_product_state TO doorbuster_admin@'%';
