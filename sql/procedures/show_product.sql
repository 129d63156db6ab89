-- show_product: one product as staff see it.
--
-- Answers at most one row: as list_products. No row: no such product, another shop's, or somebody who may not read.
-- Locks: none.
-- Called by store.ShowProduct. Proved by testdata/sql/show_product.test.

DROP PROCEDURE IF EXISTS show_product;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE show_product(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_product_id BIGINT UNSIGNED
  )
  COMMENT 'One product as staff see it. Returns at most one row.'
  READS SQL DATA
  SQL SECURITY DEFINER
show_product: BEGIN
  DECLARE v_actor VARCHAR(100);
  DECLARE v_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;

  CALL check_staff(in_staff_id, 'read', v_actor, v_shop_id, v_allowed);
  SELECT id, sku, title, body, vendor, image_url, price_cents, list_price_cents, currency, state, version, changed_at, created_at
    FROM products
   WHERE id = in_product_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id);
END show_product$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE show_product TO doorbuster_admin@'%';
