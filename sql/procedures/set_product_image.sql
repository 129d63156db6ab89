-- set_product_image: a product gets a picture, another one, or none.
--
-- in_image_id is the first half of the SHA-256 of in_bytes; NULL takes the picture away, and all that follows is not read. The same picture is kept once per
-- shop. One that is not shown any more is deleted by clean_up, not here: an item of a sale may show it.
--
-- Outcomes, first match wins:
--   not_allowed      the member may not change products
--   no_such_product  no product of this number, or another shop's
--   set              the product has this picture, or none
--
-- Answers one row: outcome.
-- Locks: the product, the picture; then a line of the log.
-- Called by store.SetProductImage. Proved by testdata/sql/set_product_image.test.

DROP PROCEDURE IF EXISTS set_product_image;

DELIMITER $$

CREATE DEFINER = doorbuster_owner@localhost PROCEDURE set_product_image(
    IN in_staff_id   BIGINT UNSIGNED,
    IN in_product_id BIGINT UNSIGNED,
    IN in_image_id   BINARY(16),
    IN in_media_type VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    IN in_width      SMALLINT UNSIGNED,
    IN in_height     SMALLINT UNSIGNED,
    IN in_bytes      MEDIUMBLOB,
    IN in_actor      VARCHAR(100)
  )
  COMMENT 'Gives a product a picture, or takes it away. Returns one row: outcome.'
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
set_product_image: BEGIN
  DECLARE v_outcome VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_shop_id, v_product_shop_id BIGINT UNSIGNED;
  DECLARE v_allowed BOOLEAN;
  DECLARE v_before, v_after VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
  DECLARE EXIT HANDLER FOR 1265 BEGIN ROLLBACK; RESIGNAL; END; -- "data truncated" has SQLSTATE 01000 and is no SQLEXCEPTION

  CALL check_staff(in_staff_id, 'sell', in_actor, v_shop_id, v_allowed);
  SET v_after = IF(in_image_id IS NULL, '', CONCAT('images/', LOWER(HEX(in_image_id)), IF(in_media_type = 'image/png', '.png', '.jpg')));
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT shop_id, image_url INTO v_product_shop_id, v_before
    FROM products WHERE id = in_product_id AND v_allowed AND (v_shop_id IS NULL OR shop_id = v_shop_id) FOR UPDATE;
  SET v_outcome = CASE
    WHEN NOT v_allowed             THEN 'not_allowed'
    WHEN v_product_shop_id IS NULL THEN 'no_such_product'
    ELSE 'set' END;
  IF v_outcome = 'set' AND in_image_id IS NOT NULL THEN
    -- One that was there already is looked at again a day from now, so clean_up does not take it away under our hands.
    INSERT INTO images (id, shop_id, media_type, width, height, bytes, made_at, look_at)
    VALUES (in_image_id, v_product_shop_id, in_media_type, in_width, in_height, in_bytes, v_now, v_now + INTERVAL 1 DAY)
    ON DUPLICATE KEY UPDATE look_at = v_now + INTERVAL 1 DAY;
  END IF;
  IF v_outcome = 'set' AND v_before <> v_after THEN
    UPDATE products SET image_url = v_after, changed_at = v_now WHERE id = in_product_id;
    INSERT INTO sale_log (sale_id, shop_id, action, detail, reason, actor, staff_id, made_at)
    VALUES (NULL, (SELECT shop_id FROM products WHERE id = in_product_id), 'product_changed', CONCAT('product ', in_product_id, ': picture ', IF(v_before = '', 'none', LEFT(v_before, 120)), ' -> ', IF(v_after = '', 'none', v_after)),
            '', in_actor, in_staff_id, v_now);
  END IF;
  COMMIT;

  SELECT v_outcome AS outcome;
END set_product_image$$

DELIMITER ;

GRANT EXECUTE ON PROCEDURE set_product_image TO doorbuster_admin@'%';
